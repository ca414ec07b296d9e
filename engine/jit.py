"""Kernels to machine code: compile flags, the disk cache, and calling a kernel by its address.

A kernel is compiled into a C function `void entry(int64*)`. Its argument points at the words of one instruction: for
an array its address and sizes, for a scalar its address, for a count the number itself. `address(kernel, dtype)` gives
the entry; the executor's loop calls it in a few nanoseconds.
"""

from __future__ import annotations

import hashlib
import os
import types as python_types
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding
import numba
import numpy as np
import platformdirs
from llvmlite import ir
from numba import cfunc, njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

from engine.kernels.operand import Kernel, Operand, operands
from engine.native import crew, elementary, philox, plain, products, stack  # noqa: F401 (they tell numba what kernels call)

# nnan and ninf are left out on purpose: with them the NaN checks that users rely on are deleted by the optimiser
FLAGS: dict[str, Any] = {
    "error_model": "numpy",  # otherwise each division carries a branch and nothing vectorises
    "fastmath": {"contract", "reassoc", "arcp", "nsz", "afn"},
}
FLOATS = {np.dtype(np.float32): types.float32, np.dtype(np.float64): types.float64}
WORDS = types.CPointer(types.int64)


def cache_folder() -> Path:
    """Where compiled kernels live: keyed by every source that can end up inside one, private to the user."""
    digest = hashlib.sha256(numba.__version__.encode())
    here = Path(__file__).parent
    rules = ("optimizer", "optimizers", "quasi_newton", "schedules", "penalties")
    for source in sorted([*(path for part in ("kernels", "native", "ops") for path in here.glob(f"{part}/*.py")),
                          *(here / f"{name}.py" for name in ("jit", "executor", *rules))]):
        digest.update(source.name.encode() + source.read_bytes())
    root = os.environ.get("HOURGLASS_CACHE") or platformdirs.user_cache_dir("hourglass", appauthor=False)
    return Path(root) / "kernels" / digest.hexdigest()[:16]


def use_cache() -> None:
    """Points numba's disk cache at our own folder (0700: numba's cache files are pickles)."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    numba.config.CACHE_DIR = str(folder)


use_cache()


def _element(operand: Operand, real: types.Type) -> types.Type:
    return types.int64 if operand.ints else real


def _array_type(operand: Operand, real: types.Type) -> types.Array:
    return types.Array(_element(operand, real), operand.rank, "A" if operand.strided else "C")


def _unpacker(kernel: Kernel, real: types.Type) -> Any:
    """An intrinsic that turns a pointer to an instruction's words into the tuple of the kernel's arguments."""
    arguments = tuple(operands(kernel).values())

    def argument_type(operand: Operand) -> types.Type:
        return _array_type(operand, real) if operand.rank else _element(operand, real)

    @intrinsic
    def unpack(typingctx, words):
        result = types.Tuple([argument_type(operand) for operand in arguments])

        def codegen(context, builder, signature, args):
            def word(index: int) -> ir.Value:
                return builder.load(builder.gep(args[0], [ir.IntType(64)(index)]))

            values, position = [], 0
            for operand in arguments:
                if operand.immediate:
                    values.append(word(position))
                else:
                    pointer = context.get_value_type(_element(operand, real)).as_pointer()
                    data = builder.inttoptr(word(position), pointer)
                    values.append(builder.load(data) if operand.rank == 0 else
                                  _array(context, builder, operand, real, data, word, position))
                position += operand.words
            return context.make_tuple(builder, result, values)

        return result(words), codegen

    return unpack


def _array(context, builder, operand, real, data, word, position):
    """A numba array over memory that nobody frees: sizes follow the address, then the row stride of `Rows`."""
    kind = _array_type(operand, real)
    size = context.get_abi_sizeof(context.get_value_type(kind.dtype))
    itemsize = context.get_constant(types.intp, size)
    shape = [word(position + 1 + axis) for axis in range(operand.rank)]
    strides = [itemsize]
    if operand.strided:
        strides.insert(0, builder.mul(word(position + 1 + operand.rank), itemsize))
    else:
        for extent in reversed(shape[1:]):
            strides.insert(0, builder.mul(strides[0], extent))
    array = make_array(kind)(context, builder)
    populate_array(array, data=data, shape=cgutils.pack_array(builder, shape),
                   strides=cgutils.pack_array(builder, strides), itemsize=itemsize, meminfo=None)
    return array._getvalue()


def _entry_template(words):
    kernel(*unpack(words))  # noqa: F821 (both names are put into this function's own globals)


def _entry(kernel: Kernel, real: types.Type) -> Any:
    """The C function of a kernel. The template is re-stamped with the kernel's name, file and line: numba's disk cache
    is keyed by these, and would miss for a closure over a dispatcher, whose identity changes in every process."""
    name = f"{kernel.__module__}.{kernel.__qualname__}.{real}".replace(".", "_").replace("<", "").replace(">", "")
    code = _entry_template.__code__.replace(
        co_name=name, co_qualname=name, co_filename=kernel.__code__.co_filename,
        co_firstlineno=kernel.__code__.co_firstlineno)
    dispatcher = njit(nogil=True, forceinline=True, **FLAGS)(kernel)
    function = python_types.FunctionType(code, {"kernel": dispatcher, "unpack": _unpacker(kernel, real)}, name)
    function.__module__ = kernel.__module__
    function.__qualname__ = name
    return cfunc(types.void(WORDS), cache=True, **FLAGS)(function)


ROW = "hourglass_row"
row_entry = crew.entry(ROW)


@cache
def link() -> Any:
    """Compiles (or loads) what kernels and the loop call by name, and makes it known to the linker. Before any of them
    is loaded."""

    def run_row(head, piece):
        """One of several independent rows of a table: `head` is the address of the row before them, whose second word
        holds the width of the table."""
        row = head + (1 + piece) * crew.look(head + 8) * 8
        call(crew.look(row), row + 8)

    made = cfunc(types.void(types.int64, types.int64), cache=True, error_model="numpy")(run_row)
    llvmlite.binding.add_symbol(ROW, made.address)
    return made, products.link_products()  # kept: an address lives as long as its function


_entries: dict[tuple[Kernel, np.dtype], Any] = {}


def address(kernel: Kernel, dtype: np.dtype) -> int:
    """The address of the kernel's C function, compiled now unless it is in the cache."""
    key = (kernel, np.dtype(dtype))
    if key not in _entries:
        link()
        _entries[key] = _entry(kernel, FLOATS[key[1]])
    return _entries[key].address


def prepare(kernels: Iterable[Kernel], dtype: np.dtype = np.float32,
            progress: Callable[[int, int], None] | None = None) -> None:
    """Compiles (or loads) these kernels, telling how many of how many are ready after each that was not."""
    wanted = list(dict.fromkeys(kernels))
    for done, kernel in enumerate(wanted):
        if (kernel, np.dtype(dtype)) not in _entries:
            if progress:
                progress(done, len(wanted))
            address(kernel, dtype)
    if progress:
        progress(len(wanted), len(wanted))


@cache
def checked(kernel: Kernel) -> Callable[..., None]:
    """The kernel as a bounds-checked function of arrays: an exception inside a C function would be ignored."""
    link()
    return njit(nogil=True, boundscheck=True, error_model="numpy")(kernel)


@intrinsic
def peek(typingctx, address):
    """The int64 at an address."""

    def codegen(context, builder, signature, args):
        return builder.load(builder.inttoptr(args[0], ir.IntType(64).as_pointer()))

    return types.int64(types.int64), codegen


@intrinsic
def call(typingctx, entry, words):
    """Calls the C function at address `entry` (int64) with a pointer to its words (int64)."""

    def codegen(context, builder, signature, args):
        pointer = ir.IntType(64).as_pointer()
        function = ir.FunctionType(ir.VoidType(), [pointer]).as_pointer()
        builder.call(builder.inttoptr(args[0], function), [builder.inttoptr(args[1], pointer)])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), codegen
