"""What every primitive must do: its gradient is the derivative, machine code equals the plain function, PyTorch agrees."""

from __future__ import annotations

import importlib
import pkgutil
import zlib
from collections.abc import Callable

import numpy as np
import pytest

import engine.ops
from engine.kernels.operand import operands
from engine.ops.activation_function import ActivationFunction
from engine.ops.affine import Affine
from engine.ops.losses import Loss
from engine.ops.maxout import MaxPieces
from engine.ops.primitive import Primitive, primitives
from tests.engine.kernel_calls import compiled, gradient, plain, use
from tests.oracles import torch_functions

for module in pkgutil.iter_modules(engine.ops.__path__):
    importlib.import_module(f"engine.ops.{module.name}")
ALL = primitives()
SHAPES = 20


def cases(kind: type[Primitive]) -> list[tuple[Primitive, list[np.ndarray]]]:
    rng = np.random.default_rng(zlib.crc32(kind.__name__.encode()))
    return [kind.sample(rng) for _ in range(SHAPES)]


def differentiable(kind: type[Primitive]) -> list[str]:
    return [name for name in kind.inputs if kind.gradient(name) is not None]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_gradient_is_the_derivative(kind: type[Primitive]) -> None:
    """Central differences of a random projection, float64, 20 random shapes with sizes down to 1."""
    if kind.surrogate:
        assert not differentiable(kind) or kind.oracle == "", "a surrogate has no derivative to check"
        return
    assert differentiable(kind)
    for primitive, inputs in cases(kind):
        rng = np.random.default_rng(0)
        names = use(primitive, inputs)
        dy = rng.normal(size=names["y"].shape)
        for name in differentiable(kind):
            position = kind.inputs.index(name)
            analytic = gradient(primitive, names, name, dy)
            numeric = np.empty_like(analytic)
            for index in np.ndindex(analytic.shape):
                values = []
                for side in (1e-6, -1e-6):
                    moved = [array.copy() for array in inputs]
                    moved[position][index] += side
                    values.append(float((use(primitive, moved)["y"] * dy).sum()))
                numeric[index] = (values[0] - values[1]) / 2e-6
            np.testing.assert_allclose(analytic, numeric, rtol=1e-5, atol=1e-6, err_msg=f"{primitive} ∂/∂{name}")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_machine_code_equals_the_plain_function(kind: type[Primitive], dtype: type) -> None:
    tolerance = {"rtol": 3e-5, "atol": 2e-6} if dtype is np.float32 else {"rtol": 1e-11, "atol": 1e-13}
    for primitive, inputs in cases(kind)[:8]:
        mine, twin = use(primitive, inputs, dtype), use(primitive, inputs, dtype, call=plain)
        for name in ("y", *kind.saves):
            assert np.isfinite(mine[name]).all(), f"{name} is not filled"
            np.testing.assert_allclose(mine[name], twin[name], **tolerance)
        dy = np.random.default_rng(1).normal(size=mine["y"].shape)
        for name in differentiable(kind):
            np.testing.assert_allclose(gradient(primitive, mine, name, dy, dtype),
                                       gradient(primitive, twin, name, dy, dtype, call=plain), **tolerance)


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind.oracle], ids=lambda kind: kind.__name__)
def test_pytorch_agrees(kind: type[Primitive]) -> None:
    """Forward and every gradient, float64."""
    torch = pytest.importorskip("torch")
    function: Callable = getattr(torch_functions, kind.oracle)
    for primitive, inputs in cases(kind):
        tensors = [torch.tensor(array, requires_grad=array.dtype.kind == "f") for array in inputs]
        expected = function(*tensors, **primitive.attributes)
        names = use(primitive, inputs)
        np.testing.assert_allclose(names["y"], expected.detach().numpy().reshape(names["y"].shape), rtol=1e-9, atol=1e-10)
        dy = np.random.default_rng(2).normal(size=names["y"].shape)
        expected.backward(torch.tensor(dy).reshape(expected.shape))
        for name in differentiable(kind):
            tensor = tensors[kind.inputs.index(name)]
            np.testing.assert_allclose(gradient(primitive, names, name, dy), tensor.grad.numpy(), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_an_accumulating_kernel_adds(kind: type[Primitive]) -> None:
    primitive, inputs = cases(kind)[0]
    names = use(primitive, inputs)
    dy = np.ones_like(names["y"])
    for name in differentiable(kind):
        kernel = primitive.gradient(name)
        if "accumulate" not in operands(kernel):
            continue
        first = gradient(primitive, names, name, dy)
        total = first.copy()
        compiled(kernel, {**names, "dy": dy, f"d{name}": total, "accumulate": 1})
        np.testing.assert_allclose(total, 2 * first)


@pytest.mark.parametrize("kind", [kind for kind in ALL if issubclass(kind, ActivationFunction | Loss)],
                         ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_logits_stay_finite(kind: type[Primitive], dtype: type) -> None:
    primitive = kind()
    x = np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4]])
    others = {"t": np.array([1, 2]) if "t" in kind.ints else np.array([[1.0, 0, 0.5], [0, 1, 1]]),
              "alpha": np.full(3, 0.25)}
    names = use(primitive, [x, *(others[name] for name in kind.inputs[1:])], dtype)
    assert np.isfinite(names["y"]).all()
    for name in differentiable(kind):
        assert np.isfinite(gradient(primitive, names, name, np.ones_like(names["y"]), dtype)).all()


@pytest.mark.parametrize("kind", [kind for kind in ALL if issubclass(kind, ActivationFunction | Loss | Affine | MaxPieces)],
                         ids=lambda kind: kind.__name__)
def test_nan_passes_through(kind: type[Primitive]) -> None:
    """A NaN must reach the guard, in float32 with all its flags too."""
    primitive, inputs = cases(kind)[0]
    inputs[0].flat[0] = np.nan
    assert np.isnan(use(primitive, inputs, np.float32)["y"]).any()
