"""Whole trainings, step by step beside PyTorch: the same first weights, the same batches, float64."""

from __future__ import annotations

import numpy as np
import pytest

from engine.executor import Machine
from engine.ops.primitive import Region
from tests.engine.small_networks import classifier, document, machine

STEPS = 100


def batches(made: Machine, x: np.ndarray, t: np.ndarray):
    """Runs a step, then gives the batch that it took."""
    size = made.assembly.batch
    for _ in range(STEPS):
        start = made.cursor
        made.run(1)
        rows = made.regions[Region.ORDER][start : start + size]
        yield x[rows], t[rows]


@pytest.mark.parametrize(("optimizer", "options", "theirs"), [
    ("sgd", {"learning_rate": 0.1}, lambda torch, w: torch.optim.SGD(w, lr=0.1)),
    ("momentum", {"learning_rate": 0.05, "momentum": 0.9, "damped": False},
     lambda torch, w: torch.optim.SGD(w, lr=0.05, momentum=0.9)),
    ("adam", {"learning_rate": 0.01}, lambda torch, w: torch.optim.Adam(w, lr=0.01)),
])  # fmt: skip
def test_a_classifier(optimizer, options, theirs) -> None:
    torch = pytest.importorskip("torch")
    made = machine(classifier(batch_size=16, optimizer=optimizer, **options), np.float64)
    names = ("hidden/weight", "hidden/bias", "top/weight", "top/bias")
    w = [torch.tensor(made.parameter(name).copy(), requires_grad=True) for name in names]
    steps = theirs(torch, w)
    columns = made.dataset.columns
    x, t = columns[("norm", "x")].values.astype(float), columns[("iris", "label")].values
    for inputs, labels in batches(made, x, t):
        steps.zero_grad()
        hidden = torch.tanh(torch.nn.functional.linear(torch.tensor(inputs), w[0], w[1]))
        torch.nn.functional.cross_entropy(torch.nn.functional.linear(hidden, w[2], w[3]), torch.tensor(labels)).backward()
        steps.step()
    for name, value in zip(names, w, strict=True):
        np.testing.assert_allclose(made.parameter(name), value.detach().numpy(), rtol=0, atol=1e-9)


@pytest.mark.parametrize("tied", [False, True])
def test_an_autoencoder(tied: bool) -> None:
    torch = pytest.importorskip("torch")
    doc = document({"digits": ("digits", {}), "ae": ("autoencoder", {"units": 12, "tied": tied})}, "digits.pixels>ae.x",
                   learning_rate=0.01)
    made = machine(doc, np.float64)
    w = {name: torch.tensor(made.parameter(name).copy(), requires_grad=True) for name in made.network.parameters}
    steps = torch.optim.Adam(w.values(), lr=0.01)
    x = made.dataset.columns[("digits", "pixels")].values.astype(float)
    linear = torch.nn.functional.linear
    for inputs, _ in batches(made, x, x):
        steps.zero_grad()
        given = torch.tensor(inputs)
        code = torch.sigmoid(linear(given, w["ae/encode.weight"], w["ae/encode.bias"]))
        back = w["ae/encode.weight"].T if tied else w["ae/decode.weight"]
        ((linear(code, back, w["ae/decode.bias"]) - given) ** 2).sum(1).mean().backward()
        steps.step()
    for name, value in w.items():
        np.testing.assert_allclose(made.parameter(name), value.detach().numpy(), rtol=0, atol=1e-9)
