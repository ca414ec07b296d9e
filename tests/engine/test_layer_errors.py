"""‖δ‖ of every layer (V1): what the engine tells while it trains is what PyTorch keeps at the sums."""

from __future__ import annotations

import numpy as np
import pytest

from engine.figures import LAYER_QUANTITIES
from engine.ops.primitive import Region
from engine.watching import Watching
from graphs.document import Document
from tests.engine.small_networks import autoencoder, document, machine
from tests.engine.small_runs import prepared


def told(made, quantity: str = "delta") -> dict[str, float]:
    """The newest numbers of one quantity, by node and layer."""
    report = made.view(made.assembly.report_slot)
    return {f"{channel.node}/{channel.layer}": float(value)
            for channel, value in zip(made.assembly.step_channels, report, strict=True) if channel.quantity == quantity}


def deep(depth: int, activation: str, **training: object) -> Document:
    """Digits through hidden layers of 16 units to classes."""
    nodes = {"digits": ("digits", {}), "top": ("dense", {"units": 10, "activation": "softmax"}), "loss": ("cross_entropy", {})}
    nodes |= {f"d{i}": ("dense", {"units": 16, "activation": activation}) for i in range(depth)}
    wires = ["digits.pixels>d0.x", *(f"d{i}.y>d{i + 1}.x" for i in range(depth - 1)), f"d{depth - 1}.y>top.x",
             "top.y>loss.prediction", "digits.label>loss.label"]
    return document(nodes, " ".join(wires), optimizer="sgd", learning_rate=0.1, batch_size=50, **training)


@pytest.mark.parametrize(("depth", "activation"), [(1, "sigmoid"), (3, "tanh"), (19, "relu")])
def test_the_error_at_every_layers_sums_is_pytorchs(depth: int, activation: str) -> None:
    torch = pytest.importorskip("torch")
    made = machine(deep(depth, activation), np.float64)
    layers = [*(f"d{i}" for i in range(depth)), "top"]
    w = [[torch.tensor(made.parameter(f"{name}/{part}").copy()) for part in ("weight", "bias")] for name in layers]
    start = made.cursor
    made.run(1)
    rows = made.regions[Region.ORDER][start : start + made.assembly.batch]
    value, sums = torch.tensor(made.dataset.columns["digits", "pixels"].values[rows].astype(float)).requires_grad_(), []
    for weight, bias in w:
        sums.append(torch.nn.functional.linear(value, weight, bias))
        sums[-1].retain_grad()
        value = getattr(torch, activation)(sums[-1])
    torch.nn.functional.cross_entropy(sums[-1], torch.tensor(made.dataset.columns["digits", "label"].values[rows])).backward()
    assert told(made) == pytest.approx({f"{name}/": float(u.grad.norm()) for name, u in zip(layers, sums, strict=True)})


def test_both_halves_of_an_autoencoder_have_one_and_frozen_roots_none() -> None:
    made = machine(autoencoder())
    made.run(1)
    assert {name: value > 0 for name, value in told(made).items()} == {"ae/encode": True, "ae/decode": True}
    doc = document({"digits": ("digits", {}), "ae": ("predictive_sparse_decomposition", {"units": 8})}, "digits.pixels>ae.x")
    made = machine(doc)  # whose dictionary acts in another form than it is kept
    made.run(1)
    assert {name: value > 0 for name, value in told(made).items()} == {"ae/encode": True, "ae/decode": True}
    doc = deep(3, "tanh")
    for name in ("d0", "d1"):
        doc.nodes[name].parameters["frozen"] = True
    made = machine(doc)
    made.run(1)
    assert {name: value > 0 for name, value in told(made).items()} == {"d0/": False, "d1/": False, "d2/": True, "top/": True}
    assert LAYER_QUANTITIES[-1] == "delta"


def test_the_sums_of_a_layer_and_the_slopes_that_it_learns_can_be_watched() -> None:
    doc = deep(2, "prelu")
    training = prepared(doc)
    for _ in training.advance(20):
        continue
    keys = ["sums:d0/", "sums:d1/", "slopes:d1/", "output:d0/y", "sums:digits/", "slopes:top/"]
    arrays = Watching(training.built, training.info, keys).arrays()
    machine, rows = training.machine, training.built.dataset.validation[:64]
    assert arrays.keys() == {"sums:d0/", "sums:d1/", "slopes:d1/", "output:d0/y"}
    x = machine.dataset.columns["digits", "pixels"].values[rows]
    sums = x @ machine.parameter("d0/weight").T + machine.parameter("d0/bias")
    np.testing.assert_allclose(arrays["sums:d0/"], sums, atol=1e-4)
    np.testing.assert_allclose(arrays["output:d0/y"], np.where(sums < 0, sums * machine.parameter("d0/alpha"), sums), atol=1e-4)
    np.testing.assert_array_equal(arrays["slopes:d1/"].ravel(), machine.parameter("d1/alpha"))
    assert (arrays["slopes:d1/"] != 0.25).any()
