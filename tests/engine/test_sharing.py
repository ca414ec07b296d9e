"""Layers that share weights (O15): one array, the gradient is the sum, as in PyTorch; and what happens when the owner goes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.nodes import CATALOG
from graphs import edits
from graphs.checks import check
from graphs.document import Document
from graphs.spec import field_extra
from tests.engine.small_networks import document, machine


def hourglass(bias: bool = True, **training: Any) -> Document:
    """64 → 9 → 9 → 64: the middle layers share their weights, the last has those of the first, transposed."""
    nodes = {"d": ("digits", {}), "zin": ("dense", {"units": 9, "activation": "tanh"}),
             "m1": ("dense", {"units": 9, "activation": "tanh"}),
             "a2": ("dense", {"units": 9, "activation": "tanh", "shares": "m1"}),
             "out": ("dense", {"units": 64, "shares": "zin", "transposed": True, "bias": bias}),
             "e": ("squared_error", {})}
    return document(nodes, "d.pixels>zin.x zin.y>m1.x m1.y>a2.x a2.y>out.x out.y>e.prediction d.pixels>e.target",
                    **{"optimizer": "sgd", "learning_rate": 0.02, "batches": "whole", **training})


@pytest.mark.parametrize("bias", [True, False])
def test_the_gradient_is_the_sum_over_all_uses(bias: bool) -> None:
    torch = pytest.importorskip("torch")
    made = machine(hourglass(bias), np.float64)
    assert {key for key in made.network.parameters if key.endswith("weight")} == {"zin/weight", "m1/weight"}
    w = {key: torch.tensor(made.parameter(key).copy(), requires_grad=True) for key in made.network.parameters}
    x = torch.tensor(made.dataset.columns[("d", "pixels")].values[made.dataset.train].astype(float))
    made.run(1)
    linear = torch.nn.functional.linear
    h = linear(x, w["zin/weight"], w["zin/bias"]).tanh()
    h = linear(linear(h, w["m1/weight"], w["m1/bias"]).tanh(), w["m1/weight"], w["a2/bias"]).tanh()
    back = linear(h, w["zin/weight"].T, w.get("out/bias"))
    ((back - x) ** 2).sum(1).mean().backward()
    for key, value in w.items():
        np.testing.assert_allclose(made.gradient(key), value.grad.numpy(), rtol=1e-7, atol=1e-12)


def test_a_frozen_owner_freezes_what_it_lends() -> None:
    made = machine(edits.set_parameter(hourglass(), "zin", "frozen", True))
    before = made.parameter("zin/weight").copy()
    made.run(3)
    assert (made.parameter("zin/weight") == before).all()


def problems(doc: Document) -> list[str]:
    return [problem.text for problem in check(doc, CATALOG).problems if problem.code == "reference"]


def test_a_rename_changes_nothing_and_a_removal_can_be_cured() -> None:
    doc = edits.rename(hourglass(), "m1", "middle")
    assert problems(doc) == []
    gone = edits.remove(doc, ["m1"])
    (problem,) = [found for found in check(gone, CATALOG).problems if found.code == "reference"]
    assert problem.text == "There is no node “m1” any more."
    assert problem.place.parameter == "shares"
    for cure in problem.cures:
        assert problems(cure.edit(gone)) == []


@pytest.mark.parametrize(("node", "parameters", "said"), [
    ("a2", {"shares": "a2"}, "itself"),
    ("a2", {"shares": "d"}, "no dense layer"),
    ("a2", {"shares": "out"}, "itself shares"),
    ("a2", {"units": 8}, "9×9, but this layer needs 8×9"),
    ("out", {"transposed": False}, "9×64, but this layer needs 64×9"),
])
def test_what_cannot_be_shared_is_said(node: str, parameters: dict[str, Any], said: str) -> None:
    doc = hourglass()
    for name, value in parameters.items():
        doc = edits.set_parameter(doc, node, name, value)
    assert any(said in text for text in problems(doc))


def test_a_copy_of_both_shares_among_itself() -> None:
    doc = hourglass()
    more, made = edits.duplicate(doc, ["m1", "a2"], (0, 200))
    copies = [more.nodes[key] for key in made]
    assert {node.parameters.get("shares") for node in copies} == {None, next(
        node.id for node in copies if "shares" not in node.parameters)}  # fmt: skip


def test_every_parameter_that_names_a_node_is_known_to_the_clipboard() -> None:
    from graphs.clipboard import REFERENCES

    names = {name for kind in CATALOG for name, info in kind.model_fields.items() if field_extra(info).get("widget") == "node"}
    assert names == REFERENCES
