"""ONNX's own node tests: all that ask for what we have come out right, every other is refused in words."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx.backend.test.loader import load_model_tests  # noqa: E402
from onnx.backend.test.runner import Runner  # noqa: E402

from tests.oracles.onnx_backend import OPERATIONS, Hourglass, Unsupported  # noqa: E402

# how many cases of each operation are ours; a newer suite may hold more
RIGHT = {"Add": 1, "Dropout": 5, "Elu": 3, "Flatten": 3, "Gelu": 4, "Gemm": 7, "Identity": 1, "LeakyRelu": 3, "MatMul": 1,
         "Max": 5, "PRelu": 2, "ReduceL1": 2, "ReduceMean": 2, "Relu": 1, "Selu": 1, "Sigmoid": 2, "Softmax": 5,
         "SoftmaxCrossEntropyLoss": 1, "Softplus": 2, "Sub": 2, "Swish": 1, "Tanh": 2}  # fmt: skip


@pytest.fixture(scope="module")
def answers() -> dict[str, tuple[str, list[str]]]:
    """For each case "right", "wrong" or the words of the refusal, and the operations of which its model is made."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        cases = load_model_tests(kind="node")
    return {case.name: (answer(case), [node.op_type for node in case.model.graph.node]) for case in cases}


def answer(case: Any) -> str:
    """What our backend says to one case."""
    prepared = Hourglass.prepare(case.model)
    for given, wanted in case.data_sets:
        try:
            Runner.assert_similar_outputs(wanted, prepared.run(given), case.rtol, case.atol)
        except Unsupported as refusal:
            return str(refusal)
        except AssertionError:
            return "wrong"
    return "right"


def test_every_case_of_what_we_have_is_right_and_none_is_wrong(answers) -> None:
    assert [name for name, (said, _) in answers.items() if said == "wrong"] == []
    right = Counter(kinds[0] for said, kinds in answers.values() if said == "right" and len(kinds) == 1)
    assert {kind: min(right[kind], count) for kind, count in RIGHT.items()} == RIGHT
    assert RIGHT.keys() | {"HardSigmoid"} == OPERATIONS.keys()  # ours is x/6 + ½, which no case asks for


def test_the_rest_is_refused_by_name(answers) -> None:
    refused = {name: (said, kinds) for name, (said, kinds) in answers.items() if said != "right"}
    assert len(refused) > 1500
    for name, (said, kinds) in refused.items():
        assert said.startswith("unsupported: "), name
        assert any(kind in said for kind in kinds), name
