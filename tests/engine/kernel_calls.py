"""Calling one kernel for a test: plainly, as Python over numpy arrays, or compiled, through the words of an instruction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine import jit
from engine.kernels.operand import Kernel, operands
from engine.native import loop
from engine.ops.primitive import BATCH, Primitive, joined

RUN = np.array([7, 3, 0, 0, 0, 1, 0, 0], np.int64)  # seed 7, step 3


def arguments(kernel: Kernel, values: Mapping[str, Any], dtype: np.dtype) -> list[Any]:
    """The values in the kernel's order, each array in the rank and type that the kernel asks for."""
    made = []
    for name, operand in operands(kernel).items():
        value = values[name]
        if operand.immediate:
            made.append(int(value))
        elif operand.rank == 0:
            made.append(np.asarray(value, dtype).reshape(()))
        else:
            array = np.asarray(value)
            made.append(array.reshape(joined(array.shape, operand.rank)))
    return made


def plain(kernel: Kernel, values: Mapping[str, Any], dtype: Any = np.float64) -> None:
    """Runs the kernel as the Python function that it is."""
    scalars = [value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value
               for value in arguments(kernel, values, np.dtype(dtype))]
    kernel(*scalars)


def compiled(kernel: Kernel, values: Mapping[str, Any], dtype: Any = np.float64) -> None:
    """Runs the kernel's machine code."""
    words, kept = [jit.address(kernel, np.dtype(dtype))], []
    for operand, value in zip(operands(kernel).values(), arguments(kernel, values, np.dtype(dtype)), strict=True):
        if operand.immediate:
            words.append(value)
        else:
            assert value.flags.c_contiguous
            assert value.dtype == (np.int64 if operand.ints else dtype)
            kept.append(value)
            words += [value.ctypes.data, *value.shape]
    table = np.array([words], np.int64)
    loop.walk(table, np.zeros((0, 3), np.int64), 0, 1)


def outputs(primitive: Primitive, inputs: list[np.ndarray], dtype: Any) -> dict[str, np.ndarray]:
    """NaN-filled room for the output and the saved values, sized by the primitive's own shape rule."""
    axes = [array.shape for array in inputs]
    rooms = {"y": primitive.axes(*axes), **primitive.saved_axes(*axes)}
    assert not any(axis == BATCH for extent in rooms.values() for axis in extent)
    return {name: np.zeros(extent, np.int64) if name in primitive.ints else np.full(extent, np.nan, dtype)
            for name, extent in rooms.items()}


def use(primitive: Primitive, inputs: list[np.ndarray], dtype: Any = np.float64, call: Any = compiled) -> dict[str, Any]:
    """The forward pass: everything that has a name afterwards."""
    typed = [array if array.dtype.kind == "i" else np.ascontiguousarray(array, dtype) for array in inputs]
    names: dict[str, Any] = dict(zip(primitive.inputs, typed, strict=True))
    names |= outputs(primitive, typed, dtype) | dict(primitive.attributes)
    names |= {"run": RUN, "stream": 12345}
    call(primitive.forward, names, dtype)
    return names


def gradient(primitive: Primitive, names: dict[str, Any], of: str, dy: np.ndarray, dtype: Any = np.float64,
             call: Any = compiled) -> np.ndarray:
    """∂E/∂input from ∂E/∂y, after `use`."""
    kernel = primitive.gradient(of)
    assert kernel is not None
    into = np.full(names[of].shape, np.nan, dtype)
    call(kernel, {**names, "dy": np.ascontiguousarray(dy, dtype), f"d{of}": into, "accumulate": 0}, dtype)
    return into
