"""Noise on both sides of the border: drawn once it is data, drawn anew it is compiled."""

import numpy as np
import pytest
from scipy.stats import kstest

from engine import load
from engine.data.columns import Column
from engine.data.half import run_data_half
from engine.errors import RunProblem
from engine.nodes import CATALOG
from engine.nodes.noise import KINDS, Noise
from engine.ops.sampling import GaussianNoise, Replacing
from graphs import storage
from graphs.checks import check
from graphs.spec import Site, features
from tests.engine.kernel_calls import use
from tests.engine.small_networks import document, machine


def denoiser(**parameters):
    """Digits, spoilt; a hidden layer; the clean digits as target."""
    nodes = {"digits": ("digits", {}), "noise": ("noise", parameters),
             "hidden": ("dense", {"units": 24, "activation": "relu"}), "top": ("dense", {"units": 64}),
             "loss": ("squared_error", {})}
    return document(nodes, "digits.pixels>noise.x noise.x>hidden.x hidden.y>top.x top.y>loss.prediction "
                           "digits.pixels>loss.target", epochs=10)


def test_gaussian_noise_is_normal_and_new_in_every_step():
    seen = [use(GaussianNoise(sigma=0.5), [np.full((300, 101), 2.0)], np.float32)["y"]]
    left = (seen[0].astype(np.float64).ravel() - 2) / 0.5
    assert kstest(left, "norm").pvalue > 0.01
    assert abs(np.corrcoef(left[:-1], left[1:])[0, 1]) < 0.02


@pytest.mark.parametrize("rate", [0.0, 0.25, 1.0])
def test_replaced_values_are_as_many_as_asked_for_and_evenly_low_and_high(rate):
    names = use(Replacing(rate=rate, least=-3.0, most=7.0), [np.ones((200, 101))], np.float32)
    y, total = names["y"], 200 * 101
    assert (y != 1).sum() / total == pytest.approx(rate, abs=0.01)
    assert (y == -3).sum() == pytest.approx((y == 7).sum(), abs=0.02 * total)
    assert np.array_equal(names["mask"], (y == 1).astype(np.float32))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(1, 1), (3, 1), (500, 64)])
def test_fixed_noise_is_what_it_says(kind, size):
    node = Noise(kind=kind, drawn="fixed", sigma=0.2, share=0.4, seed=3)
    shape = features(size[1], low=-1.0, high=2.0)
    x = np.random.default_rng(0).uniform(-0.9, 1.9, size).astype(np.float32)
    made = node.apply(node.learn(Column(x, shape), np.arange(0)), x)
    assert np.array_equal(made, node.apply(node.learn(Column(x, shape), np.arange(0)), x))
    assert made.dtype == np.float32
    if x.size < 10:
        return
    if kind == "gaussian":
        assert (made - x).std() == pytest.approx(0.2, rel=0.03)
        return
    assert (made != x).mean() == pytest.approx(0.4, abs=0.01)
    assert set(np.unique(made[made != x])) == ({0.0} if kind == "masking" else {-1.0, 2.0})


def test_ranges_are_known_where_they_can_be():
    def ranged(low, high, kind):
        made = Noise(kind=kind).shapes({"x": features(3, low=low, high=high)}, Site("n"))["x"]
        return made.low, made.high

    assert ranged(0.0, 1.0, "gaussian") == (None, None)
    assert ranged(0.5, 1.0, "masking") == (0.0, 1.0)
    assert ranged(-3.0, -2.0, "masking") == (-3.0, 0.0)
    assert ranged(0.5, 1.0, "salt_and_pepper") == (0.5, 1.0)
    assert ranged(None, 1.0, "salt_and_pepper") == (None, None)


def test_fresh_noise_acts_in_training_alone_and_fixed_noise_belongs_to_the_data():
    fresh, fixed = machine(denoiser()), machine(denoiser(drawn="fixed"))
    assert ("noise", "x") not in fresh.dataset.columns
    spoilt = fixed.dataset.columns["noise", "x"].values - fixed.dataset.columns["digits", "pixels"].values
    assert spoilt.std() == pytest.approx(0.1, rel=0.02)
    assert spoilt[fixed.dataset.validation].std() == pytest.approx(0.1, rel=0.05)
    pixels = fresh.dataset.columns["digits", "pixels"].values[:9]
    clean = fresh.forward({("digits", "pixels"): pixels}, [("noise", "x")])["noise", "x"]
    assert np.array_equal(clean, pixels)


@pytest.mark.parametrize("kind", KINDS)
def test_fresh_noise_is_another_in_every_step_and_the_same_in_every_run(kind):
    losses = []
    for _ in range(2):
        made = machine(denoiser(kind=kind), seed=5)
        made.set_settings({"learning_rate": 0.0})
        made.run(1)
        first = made.losses()["loss"]
        made.reset_counters()
        made.run(1)
        assert made.losses()["loss"] == first
        made.run(len(made.dataset.train) // 32)
        losses.append([first, made.losses()["loss"]])
    assert losses[0] == losses[1]
    plain = machine(denoiser(kind=kind, sigma=0.0, share=0.0), seed=5)
    plain.set_settings({"learning_rate": 0.0})
    plain.run(1)
    assert plain.losses()["loss"] != losses[0][0]


def test_there_is_nothing_to_look_at_where_noise_is_drawn_in_every_step():
    found = check(denoiser(), CATALOG)
    with pytest.raises(RunProblem, match="noise has no samples of its own before training starts"):
        run_data_half(found, None, found.training, ["noise"])


def test_a_network_learns_to_take_noise_away():
    made = machine(denoiser(drawn="fixed", sigma=0.3))
    made.run(10**9)
    assert made.evaluate(made.dataset.validation)["mean_squared_error/loss"] < 0.04 < 0.3**2


def test_only_fresh_noise_can_follow_a_layer():
    def behind(drawn):
        nodes = {"iris": ("iris", {}), "hidden": ("dense", {"units": 4}), "noise": ("noise", {"drawn": drawn}),
                 "top": ("dense", {"units": 3}), "loss": ("cross_entropy", {})}
        return document(nodes, "iris.features>hidden.x hidden.y>noise.x noise.x>top.x top.y>loss.prediction "
                               "iris.label>loss.label")

    machine(behind("fresh")).run(3)
    (problem,) = check(behind("fixed"), CATALOG).errors
    assert "it cannot follow hidden, which computes in every step" in problem.text
    machine(problem.cures[0].edit(behind("fixed"))).run(3)


def test_a_preparation_cannot_follow_fresh_noise():
    nodes = {"iris": ("iris", {}), "noise": ("noise", {}), "norm": ("normalize", {}), "top": ("dense", {"units": 3}),
             "loss": ("cross_entropy", {})}
    doc = document(nodes, "iris.features>noise.x noise.x>norm.x norm.x>top.x top.y>loss.prediction iris.label>loss.label")
    (problem,) = check(doc, CATALOG).errors
    assert (problem.place.node, problem.code) == ("norm", "halves")


@pytest.mark.parametrize("drawn", ["fresh", "fixed"])
def test_new_samples_are_not_spoilt(drawn, tmp_path):
    storage.save(denoiser(drawn=drawn, sigma=2.0), tmp_path / "net.json")
    net = load(tmp_path / "net.json")
    net.train(1)
    sample = np.full((2, 64), 0.5, np.float32)
    w = net["hidden"].weights, net["hidden"].bias
    assert np.allclose(net.predict(sample, "hidden.y"), np.maximum(sample @ w[0].T + w[1], 0), atol=1e-5)
    net.save(tmp_path / "run")
    assert np.array_equal(load(tmp_path / "run").predict(sample), net.predict(sample))
