"""Generated numbers: the swiss roll against scikit-learn's formula, curves against themselves, 1-of-8; and learning."""

import numpy as np
import pytest

from engine.data.room import insist_on_room
from engine.nodes import CATALOG
from engine.nodes.generated import Generated, NoisyCurve, OneOfEight, SwissRoll
from graphs.spec import Shape, ShapeError, features
from tests.engine.small_networks import document, machine
from tests.engine.test_data_sources import SITE, loaded

DRAWN = [kind for kind in CATALOG if issubclass(kind, Generated) and "seed" in kind.model_fields]


def same(first, second):
    return all(np.array_equal(first[port].values, second[port].values) for port in first)


@pytest.mark.parametrize("kind", DRAWN, ids=lambda kind: kind.type_name())
@pytest.mark.parametrize("size", [1, 2, 37])
def test_a_seed_draws_the_same_samples_again_and_another_seed_others(kind, size):
    first = kind(size=size).load({}, SITE)
    assert {column.rows for column in first.values()} == {size}
    assert same(first, kind(size=size).load({}, SITE))
    assert size < 37 or not same(first, kind(size=size, seed=1).load({}, SITE))


@pytest.mark.parametrize("kind", [kind for kind in CATALOG if issubclass(kind, Generated)],
                         ids=lambda kind: kind.type_name())
def test_samples_keep_what_the_shape_rule_promises(kind):
    for parameters, _ in kind.samples:
        node = kind(**parameters)
        columns, names = node.load({}, SITE), node.component_names(SITE)
        assert columns.keys() == node.shapes({}, SITE).keys() == {port.name for port in kind.outputs}
        for port, shape in node.shapes({}, SITE).items():
            values = columns[port].values
            assert columns[port].shape == shape
            assert values.shape[1:] == shape.sizes
            assert np.isfinite(values).all()
            assert shape.low is None or values.min() >= shape.low
            assert shape.high is None or values.max() <= shape.high
            assert len(names.get(port, ())) in (0, shape.sizes[-1] if shape.sizes else 0)
            if shape.ragged:
                assert not values[~columns[port].mask()].any()


def test_the_swiss_roll_is_that_of_scikit_learn():
    columns = loaded(SwissRoll(size=400, noise=0.0))
    points, position = columns["points"].values * 4.5 * np.pi, columns["position"].values[:, 0]
    angle = 1.5 * np.pi * (1 + 2 * position)  # sklearn.datasets.make_swiss_roll's t
    assert np.allclose(points[:, 0], angle * np.cos(angle), atol=1e-4)
    assert np.allclose(points[:, 2], angle * np.sin(angle), atol=1e-4)
    assert np.abs(points[:, 1]).max() <= 10.5
    assert np.ptp(points[:, 1]) > 20
    assert np.array_equal(columns["label"].values, (6 * position).astype(int))
    noisy = SwissRoll(size=400, noise=0.1).load({}, SITE)["points"].values
    assert (noisy - columns["points"].values).std() == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize(("parameters", "curve"), [
    ({"curve": "line", "slope": -2.0, "intercept": 0.5}, lambda x: 0.5 - 2 * x),
    ({"curve": "sine", "periods": 2.0}, lambda x: np.sin(2 * np.pi * 2 * (x + 1) / 4)),
    ({"curve": "polynomial", "coefficients": "1, 0, -3,0.5"}, lambda x: 1 - 3 * x**2 + 0.5 * x**3),
])
def test_noise_lies_around_the_curve(parameters, curve):
    node = NoisyCurve(size=20_000, low=-1.0, high=3.0, noise=0.25, **parameters)
    columns = node.load({}, SITE)
    x, y = (columns[port].values[:, 0].astype(np.float64) for port in "xy")
    left = y - curve(x)
    assert (x.min(), x.max()) == pytest.approx((-1, 3), abs=0.01)
    assert left.std() == pytest.approx(0.25, rel=0.03)
    assert abs(left.mean()) < 0.01
    assert abs(np.corrcoef(x, left)[0, 1]) < 0.03


def test_a_polynomial_that_overflows_is_a_sentence():
    node = NoisyCurve(curve="polynomial", coefficients=",".join(["0"] * 15 + ["1"]), high=1e6)
    with pytest.raises(ShapeError, match="too large"):
        node.load({}, SITE)


def test_one_of_eight():
    columns = loaded(OneOfEight())
    assert columns["x"].rows == 3200
    assert np.array_equal(columns["x"].values[:8], np.eye(8))
    assert np.array_equal(columns["x"].values.argmax(axis=1), columns["label"].values)
    assert loaded(OneOfEight(classes=3, copies=1))["x"].values.tolist() == np.eye(3).tolist()


def test_what_does_not_fit_is_told_before_it_is_made():
    with pytest.raises(ShapeError, match="more than the free memory holds"):
        insist_on_room(10**9, [features(4096)])
    insist_on_room(10, [features(3), Shape(features(1).kind, (2,))])


LEARNED = {
    "swiss roll": ({"set": ("swiss_roll", {}), "hidden": ("dense", {"units": 32, "activation": "tanh"}),
                    "top": ("dense", {"units": 1}), "loss": ("squared_error", {})},
                   "set.points>hidden.x hidden.y>top.x top.y>loss.prediction set.position>loss.target",
                   "mean_squared_error/loss", 0.005),  # of a variance of 0.083
    "sine": ({"set": ("noisy_curve", {"size": 800}), "hidden": ("dense", {"units": 32, "activation": "tanh"}),
              "top": ("dense", {"units": 1}), "loss": ("squared_error", {})},
             "set.x>hidden.x hidden.y>top.x top.y>loss.prediction set.y>loss.target",
             "mean_squared_error/loss", 0.02),  # σ² = 0.01
    "8-3-8": ({"set": ("one_of_eight", {}), "code": ("dense", {"units": 3, "activation": "sigmoid"}),
               "top": ("dense", {"units": 8}), "loss": ("cross_entropy", {})},
              "set.x>code.x code.y>top.x top.y>loss.prediction set.label>loss.label", "loss", 0.1),  # ln 8 by chance
}


@pytest.mark.parametrize("name", LEARNED)
def test_a_network_learns_it_with_its_defaults(name):
    nodes, wires, figure, bound = LEARNED[name]
    made = machine(document(nodes, wires))
    before = made.evaluate(made.dataset.validation)[figure]
    made.run(10**9)
    after = made.evaluate(made.dataset.validation)[figure]
    assert made.finished
    assert after < bound < before, f"{before:.4g} → {after:.4g}"


def test_eight_three_eight_is_solved_from_every_start():
    """A4: all eight vectors come back, thresholded, whatever the first weights."""
    nodes = {"set": ("one_of_eight", {}), "net": ("autoencoder", {
        "units": 3, "output_activation": "sigmoid", "loss": "binary_cross_entropy"})}
    eight = np.eye(8, dtype=np.float32)
    for seed in range(6):
        made = machine(document(nodes, "set.x>net.x", learning_rate=0.03), seed=seed)
        made.run(10**9)
        rebuilt = made.forward({("set", "x"): eight}, [("net", "reconstruction")])["net", "reconstruction"]
        assert np.array_equal(rebuilt > 0.5, eight > 0.5), seed
