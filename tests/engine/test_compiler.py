"""Documents become networks: the gradient of a whole network, what stands aside in use, what is fused and shared."""

from __future__ import annotations

import numpy as np
import pytest

from engine.assembly import assemble
from engine.compiler import compile_network
from engine.errors import OutOfRoom
from engine.executor import Machine
from engine.memory import estimate, require_room
from engine.native import loop
from engine.ops.primitive import Region
from graphs import edits
from tests.effort import calls
from tests.engine.small_networks import autoencoder, checked, classifier, document, machine, network, stacked


def objective(made: Machine) -> float:
    """The objective of the first batch, without an update."""
    made.reset_counters()
    made.walk_section(loop.EPOCH_BEGIN)
    made.walk_section(loop.PASS)
    return made.losses()["loss"]


@pytest.mark.parametrize("doc", [autoencoder(batch_size=5), classifier(batch_size=4), stacked()], ids=["ae", "mlp", "stacked"])
def test_the_gradient_of_a_network_is_the_derivative_of_its_own_objective(doc) -> None:
    """Central differences of 40 weights, float64. In a stack a lower autoencoder does not feel the losses that take its
    code as data, so there only the upper weights are compared with the plain total."""
    made = machine(doc, np.float64)
    objective(made)
    rng = np.random.default_rng(0)
    lower = {key for key in made.network.parameters if key.startswith("one/")} if "two" in doc.nodes else set()
    analytic = {key: made.gradient(key).copy() for key in made.network.parameters}
    for key in sorted(made.network.parameters.keys() - lower):
        for _ in range(8):
            index = tuple(rng.integers(0, size) for size in made.parameter(key).shape)
            values = []
            for side in (1e-6, -2e-6):
                made.parameter(key)[index] += side
                values.append(objective(made))
            made.parameter(key)[index] += 1e-6
            np.testing.assert_allclose(analytic[key][index], (values[0] - values[1]) / 2e-6, rtol=2e-5, atol=1e-7)


def test_stacked_autoencoders_do_not_disturb_each_other() -> None:
    """Alone, or under another autoencoder: the lower one gets the same gradient, because the upper one's own loss takes
    its input as data."""
    nodes = {"digits": ("digits", {}), "one": ("autoencoder", {"units": 6})}
    alone = machine(document(nodes, "digits.pixels>one.x", batch_size=9), np.float64)
    nodes["two"] = ("autoencoder", {"units": 3})
    under = machine(document(nodes, "digits.pixels>one.x one.code>two.x", batch_size=9), np.float64)
    objective(alone)
    objective(under)
    for key in alone.network.parameters:
        np.testing.assert_allclose(under.gradient(key), alone.gradient(key), rtol=1e-12)
    assert np.abs(under.gradient("two/encode.weight")).max() > 0


def test_a_supervised_loss_reaches_through_the_code() -> None:
    made = machine(stacked(), np.float64)
    objective(made)
    with_top = made.gradient("one/encode.weight").copy()
    without = machine(edits.set_parameter(stacked(), "loss", "weight", 0.0), np.float64)
    objective(without)
    assert np.abs(with_top - without.gradient("one/encode.weight")).max() > 1e-6


def test_tied_weights_have_one_owner_and_the_sum_of_both_gradients() -> None:
    nodes = {"digits": ("digits", {}), "ae": ("autoencoder", {"units": 5, "tied": True})}
    made = machine(document(nodes, "digits.pixels>ae.x", batch_size=6), np.float64)
    assert sorted(made.network.parameters) == ["ae/decode.bias", "ae/encode.bias", "ae/encode.weight"]
    objective(made)
    x = made.dataset.columns[("digits", "pixels")].values[made.regions[Region.ORDER][:6]].astype(float)
    w, b, c = (made.parameter(f"ae/{name}") for name in ("encode.weight", "encode.bias", "decode.bias"))
    h = 1 / (1 + np.exp(-(x @ w.T + b)))
    d = 2 * (h @ w + c - x) / len(x)
    du = d @ w.T * h * (1 - h)
    np.testing.assert_allclose(made.gradient("ae/encode.weight"), du.T @ x + h.T @ d, rtol=1e-10)


def test_a_wired_reconstruction_replaces_the_own_loss() -> None:
    nodes = {"digits": ("digits", {}), "ae": ("autoencoder", {"units": 5}), "loss": ("squared_error", {})}
    wired = document(nodes, "digits.pixels>ae.x ae.reconstruction>loss.prediction digits.pixels>loss.target")
    assert [loss.node for loss in network(wired)[0].losses] == ["loss"]
    assert [loss.node for loss in network(autoencoder())[0].losses] == ["ae"]


def test_softmax_before_cross_entropy_is_fused() -> None:
    found, dataset = network(classifier())
    text = assemble(found, dataset.rows, len(dataset.train), len(dataset.validation)).text()
    train = text[: text.index("# predict")]
    assert "Softmax" not in train
    assert "Softmax" in text[text.index("# predict") :]


def test_dropout_stands_aside_in_use() -> None:
    made = machine(classifier(dropout=0.5))
    text = made.assembly.text()
    assert text.count("Dropout.forward") == 1
    x = {("norm", "x"): made.dataset.columns[("norm", "x")].values[:10]}
    first = made.forward(x, [("top", "y")])[("top", "y")]
    np.testing.assert_array_equal(first, made.forward(x, [("top", "y")])[("top", "y")])
    np.testing.assert_allclose(first.sum(1), 1, rtol=1e-5)


def test_a_bypassed_node_passes_its_input_on() -> None:
    plain = machine(edits.bypass(classifier(dropout=0.5), ["drop"], True))
    assert "Dropout" not in plain.assembly.text()


def test_compiling_fifty_nodes_is_bookkeeping_in_proportion_to_them() -> None:
    """The aim of 10 ms is measured by `python -m tests.benchmarks answers`."""

    def effort(layers: int) -> int:
        nodes = {"digits": ("digits", {}), "loss": ("cross_entropy", {})}
        wires, before = [], "digits.pixels"
        for index in range(layers):
            name = f"d{index}"
            nodes[name] = ("dense", {"units": 10, "activation": "tanh"})
            wires.append(f"{before}>{name}.x")
            before = f"{name}.y"
        found = checked(document(nodes, " ".join([*wires, f"{before}>loss.prediction", "digits.label>loss.label"])))

        def work() -> None:
            made = assemble(compile_network(found, found.training), 1797, 1437, 360)
            made.verify()
            made.tables()

        work()  # what is remembered for good is
        return calls(work)

    assert effort(48) < 100_000
    assert effort(48) < 2.3 * effort(24)


def test_memory_is_refused_before_it_is_taken() -> None:
    nodes = {"digits": ("digits", {}), "huge": ("dense", {"units": 65536}), "vast": ("dense", {"units": 65536}),
             "top": ("dense", {"units": 10}), "loss": ("cross_entropy", {})}
    found, dataset = network(document(nodes, "digits.pixels>huge.x huge.y>vast.x vast.y>top.x top.y>loss.prediction "
                                             "digits.label>loss.label"))
    with pytest.raises(OutOfRoom, match=r"needs 86 GB of memory.*Largest: vast 85\.9 GB, huge .* MB.*Use fewer units") as refusal:
        Machine(found, dataset)
    assert refusal.value.node == "vast"


def test_the_estimate_counts_what_is_allocated() -> None:
    made = machine(classifier())
    taken = sum(array.nbytes for region, array in made.regions.items())
    assert abs(estimate(made.assembly).total - taken) < 0.02 * taken
    assert require_room(made.assembly, 10**9).total == estimate(made.assembly).total
    with pytest.raises(OutOfRoom):
        require_room(made.assembly, 1000)
