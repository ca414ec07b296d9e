"""Our primitive operations as a backend of ONNX: each node is one call of a compiled kernel. What we do not have is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, helper, numpy_helper
from onnx.backend.base import Backend, BackendRep
from onnx.backend.test.runner import BackendIsNotSupposedToImplementIt

from engine.ops.affine import Affine, Linear, LinearTransposed
from engine.ops.elementwise import Add, StopGradient, Subtract
from engine.ops.losses import AbsoluteSum, CrossEntropy
from engine.ops.maxout import MaxPieces
from engine.ops.metrics import Mean
from engine.ops.primitive import Primitive
from engine.ops.rectifiers import ELU, GELU, SELU, LeakyReLU, PReLU, ReLU, SiLU, Softplus, TanhGELU
from engine.ops.sampling import Dropout
from engine.ops.saturating import HardSigmoid, Sigmoid, Softmax, Tanh
from engine.ops.shaping import Flatten
from tests.engine.kernel_calls import use

Arrays = Sequence[np.ndarray]


class Unsupported(BackendIsNotSupposedToImplementIt):
    """This node asks for what no operation of ours does; the sentence says what."""


def need(holds: bool, node: NodeProto, what: str) -> None:
    if not holds:
        raise Unsupported(f"unsupported: {node.op_type} with {what}")


def call(primitive: Primitive, *inputs: np.ndarray) -> np.ndarray:
    """The output of one forward kernel, in the inputs' own precision."""
    return use(primitive, list(inputs), inputs[0].dtype)["y"]


def bend(kind: type[Primitive], **defaults: Any) -> Callable:
    """A function of each number: `defaults` are ONNX's attributes, under the names that the primitive has for them."""
    def run(node: NodeProto, given: dict[str, Any], inputs: Arrays) -> list[np.ndarray]:
        return [call(kind(**{name: float(given.get("alpha", value)) for name, value in defaults.items()}), inputs[0])]
    return run


def only(kind: type[Primitive], **wanted: float) -> Callable:
    """A function whose numbers are fixed: other attributes are none of ours."""
    def run(node: NodeProto, given: dict[str, Any], inputs: Arrays) -> list[np.ndarray]:
        for name, value in wanted.items():
            need(abs(given.get(name, STANDARD[node.op_type][name]) - value) < 1e-6, node, f"another {name} than {value:g}")
        return [call(kind(), inputs[0])]
    return run


STANDARD = {"Selu": {"alpha": 1.6732632, "gamma": 1.0507010}, "HardSigmoid": {"alpha": 0.2, "beta": 0.5},
            "Swish": {"alpha": 1.0}}  # where a node does not say


def gelu(node: NodeProto, given: dict[str, Any], inputs: Arrays) -> list[np.ndarray]:
    return [call(TanhGELU() if given.get("approximate") == b"tanh" else GELU(), inputs[0])]


def prelu(node: NodeProto, given: dict[str, Any], inputs: Arrays) -> list[np.ndarray]:
    x, slope = inputs
    need(slope.shape == x.shape[x.ndim - slope.ndim :] or slope.size == 1, node, f"slopes {slope.shape} for {x.shape}")
    return [call(PReLU(), x, slope.ravel())]


def softmax(node: NodeProto, given: dict[str, Any], inputs: Arrays) -> list[np.ndarray]:
    need(given.get("axis", -1) in (-1, inputs[0].ndim - 1), node, "an axis that is not the last")
    return [call(Softmax(), inputs[0])]


def gemm(node: NodeProto, given: dict[str, Any], inputs: Arrays) -> list[np.ndarray]:
    a, b, *c = inputs
    need(given.get("alpha", 1) == 1 == given.get("beta", 1), node, "factors")
    need(not given.get("transA"), node, "its first matrix transposed")
    turned = bool(given.get("transB"))
    units = len(b) if turned else b.shape[1]
    if turned and c and c[0].size == units:
        return [call(Affine(), a, b, c[0].reshape(units))]
    y = call(Linear() if turned else LinearTransposed(), a, b)
    return [call(Add(), y, np.ascontiguousarray(np.broadcast_to(c[0], y.shape))) if c else y]


def matmul(node: NodeProto, given: dict[str, Any], inputs: Arrays) -> list[np.ndarray]:
    need(all(array.ndim == 2 for array in inputs), node, "other arrays than two matrices")
    return [call(LinearTransposed(), *inputs)]


def pair(kind: type[Primitive]) -> Callable:
    def run(node: NodeProto, given: dict[str, Any], inputs: Arrays) -> list[np.ndarray]:
        need(inputs[0].shape == inputs[1].shape, node, "different shapes")
        return [call(kind(), *inputs)]
    return run


def largest(node: NodeProto, given: dict[str, Any], inputs: Arrays) -> list[np.ndarray]:
    need(len({array.shape for array in inputs}) == 1, node, "different shapes")
    pieces = np.stack([array.ravel() for array in inputs], axis=1).reshape(1, -1)
    return [call(MaxPieces(pieces=len(inputs)), pieces).reshape(inputs[0].shape)]


def over_all(kind: type[Primitive]) -> Callable:
    """A number made of all numbers."""
    def run(node: NodeProto, given: dict[str, Any], inputs: Arrays) -> list[np.ndarray]:
        x, keeps = inputs[0], given.get("keepdims", 1)
        axes = inputs[1] if len(inputs) > 1 else given.get("axes", ())
        need(not len(axes) or len(axes) == x.ndim, node, "some axes alone")
        need(x.size > 0, node, "nothing to reduce")
        return [call(kind(), x.reshape(1, -1)).reshape((1,) * x.ndim if keeps else ())]
    return run


def flatten(node: NodeProto, given: dict[str, Any], inputs: Arrays) -> list[np.ndarray]:
    need(given.get("axis", 1) % inputs[0].ndim == 1, node, "more than the first axis kept")
    return [call(Flatten(), inputs[0])]


def dropout(node: NodeProto, given: dict[str, Any], inputs: Arrays) -> list[np.ndarray]:
    need(len(node.output) == 1, node, "its mask told")
    ratio = float(inputs[1]) if len(inputs) > 1 and inputs[1].size else 0.5
    training = len(inputs) > 2 and bool(inputs[2])
    need(not training or ratio == 0, node, "numpy's random numbers")
    return [call(Dropout(rate=0.0), inputs[0])]


def cross_entropy(node: NodeProto, given: dict[str, Any], inputs: Arrays) -> list[np.ndarray]:
    need(given.get("reduction", b"mean") == b"mean", node, "another reduction than the mean")
    need(len(inputs) == 2 and "ignore_index" not in given, node, "weights or labels left out")
    need(inputs[0].ndim == 2 and len(node.output) == 1, node, "more than one label a sample, or log probabilities told")
    return [call(CrossEntropy(), *inputs).reshape(())]


OPERATIONS: dict[str, Callable[[NodeProto, dict[str, Any], Arrays], list[np.ndarray]]] = {
    "Identity": bend(StopGradient), "Relu": bend(ReLU), "LeakyRelu": bend(LeakyReLU, slope=0.01), "PRelu": prelu,
    "Elu": bend(ELU, alpha=1.0), "Selu": only(SELU, alpha=1.6732632, gamma=1.0507010), "Gelu": gelu,
    "Swish": only(SiLU, alpha=1.0), "Softplus": bend(Softplus), "Sigmoid": bend(Sigmoid), "Tanh": bend(Tanh),
    "HardSigmoid": only(HardSigmoid, alpha=1 / 6, beta=0.5), "Softmax": softmax, "Gemm": gemm, "MatMul": matmul,
    "Add": pair(Add), "Sub": pair(Subtract), "Max": largest, "ReduceMean": over_all(Mean), "ReduceL1": over_all(AbsoluteSum),
    "Flatten": flatten, "Dropout": dropout, "SoftmaxCrossEntropyLoss": cross_entropy,
}  # fmt: skip


class Prepared(BackendRep):
    """A model that can be run."""

    def __init__(self, model: ModelProto) -> None:
        self.graph = model.graph

    def run(self, inputs: Any, **kwargs: Any) -> tuple[Any, ...]:
        known = {given.name: value for given, value in zip(self.graph.input, inputs, strict=False)}
        known |= {tensor.name: numpy_helper.to_array(tensor) for tensor in self.graph.initializer}
        for node in self.graph.node:
            attributes = {one.name: helper.get_attribute_value(one) for one in node.attribute}
            if node.domain not in ("", "ai.onnx") or node.op_type not in OPERATIONS:
                raise Unsupported(f"unsupported: {node.op_type}, which is no operation of ours")
            given = [known[name] for name in node.input if name]
            for value in given[:1]:
                need(isinstance(value, np.ndarray) and value.dtype in (np.float32, np.float64), node,
                     "numbers that are not float32 or float64")
            known |= dict(zip(node.output, OPERATIONS[node.op_type](node, attributes, given), strict=False))
        return tuple(known[made.name] for made in self.graph.output)


class Hourglass(Backend):
    """What `onnx.backend.test` asks for."""

    @classmethod
    def prepare(cls, model: ModelProto, device: str = "CPU", **kwargs: Any) -> Prepared:
        return Prepared(model)

    @classmethod
    def supports_device(cls, device: str) -> bool:
        return device == "CPU"
