"""Matrix products: through the BLAS that scipy ships, small ones through our own; un-jitted, through numpy.

BLAS is column-major: a row-major matrix is its own transpose there, so `c = op(a) op(b)` is asked for as
`cᵀ = op(b)ᵀ op(a)ᵀ`, with no copy.
"""

from functools import cache
from typing import Any

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import cfunc, types
from numba.core import cgutils
from numba.extending import get_cython_function_address, intrinsic, overload, register_jitable

from engine.kernels.small_gemm import DEEPEST, LARGEST, small_gemm

SYMBOLS = {types.float32: "hourglass_sgemm", types.float64: "hourglass_dgemm"}
llvmlite.binding.add_symbol("hourglass_sgemm", get_cython_function_address("scipy.linalg.cython_blas", "sgemm"))
llvmlite.binding.add_symbol("hourglass_dgemm", get_cython_function_address("scipy.linalg.cython_blas", "dgemm"))

SMALL, SMALL_ARGUMENTS = "hourglass_small_gemm", 12


@cache
def link_small_gemm() -> Any:
    """Compiles (or loads) the product of small matrices and makes it known to the linker. Before any kernel is loaded."""

    def entry(a, a_row, a_column, b, b_row, b_column, c, c_row, rows, columns, depth, keep):
        small_gemm(a, a_row, a_column, b, b_row, b_column, c, c_row, rows, columns, depth, keep)

    made = cfunc(types.void(*[types.int64] * SMALL_ARGUMENTS), cache=True, error_model="numpy")(entry)
    llvmlite.binding.add_symbol(SMALL, made.address)
    return made  # kept: the address lives as long as this


@intrinsic
def _call_small(typingctx, arguments):
    """Calls `small_gemm` by its symbol."""

    def codegen(context, builder, signature, args):
        word = ir.IntType(64)
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), [word] * SMALL_ARGUMENTS), SMALL)
        builder.call(function, [builder.extract_value(args[0], index) for index in range(SMALL_ARGUMENTS)])
        return context.get_dummy_value()

    return types.void(arguments), codegen


def gemm(a, b, c, transpose_a, transpose_b, keep):
    """`c = keep·c + op(a) op(b)`, where op transposes if its flag is 1. `keep` is 0 (c is only written) or 1."""
    product = (a.T if transpose_a else a) @ (b.T if transpose_b else b)
    if keep:
        c += product
    else:
        c[:] = product


@intrinsic
def _call_gemm(typingctx, flags, m, n, k, a, lda, b, ldb, c, ldc):
    """Calls BLAS with every scalar on the stack: nothing is allocated. `flags` is (transpose a, transpose b, keep)."""
    element = c.dtype
    symbol = SYMBOLS[element]

    def codegen(context, builder, signature, args):
        real = context.get_value_type(element)
        int32, int8 = ir.IntType(32), ir.IntType(8)
        flags_value, *sizes, a_value, lda_value, b_value, ldb_value, c_value, ldc_value = args

        def on_stack(value: ir.Value) -> ir.Value:
            slot = cgutils.alloca_once(builder, value.type)
            builder.store(value, slot)
            return slot

        def whole(value: ir.Value) -> ir.Value:
            return on_stack(builder.trunc(value, int32))

        def letter(index: int) -> ir.Value:
            flag = builder.extract_value(flags_value, index)
            yes = builder.icmp_signed("!=", flag, flag.type(0))
            return on_stack(builder.select(yes, int8(ord("T")), int8(ord("N"))))

        def data(kind: types.Array, value: ir.Value) -> ir.Value:
            return context.make_array(kind)(context, builder, value).data

        keep = builder.extract_value(flags_value, 2)
        beta = builder.select(builder.icmp_signed("!=", keep, keep.type(0)), real(1.0), real(0.0))
        pointer = real.as_pointer()
        arguments = [letter(0), letter(1), *(whole(size) for size in sizes), on_stack(real(1.0)),
                     data(a, a_value), whole(lda_value), data(b, b_value), whole(ldb_value),
                     on_stack(beta), data(c, c_value), whole(ldc_value)]
        kinds = [int8.as_pointer()] * 2 + [int32.as_pointer()] * 3 + [pointer, pointer, int32.as_pointer()] + [
            pointer, int32.as_pointer(), pointer, pointer, int32.as_pointer()]
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(ir.VoidType(), kinds), symbol)
        builder.call(function, arguments)
        return context.get_dummy_value()

    return types.void(flags, m, n, k, a, lda, b, ldb, c, ldc), codegen


@overload(gemm)
def _gemm(a, b, c, transpose_a, transpose_b, keep):
    def large(a, b, c, transpose_a, transpose_b, keep):
        inner = a.shape[0] if transpose_a else a.shape[1]
        size = np.int64(a.itemsize)
        _call_gemm(
            (np.int64(transpose_b), np.int64(transpose_a), np.int64(keep)),
            c.shape[1], c.shape[0], inner,
            b, max(b.strides[0] // size, 1), a, max(a.strides[0] // size, 1), c, max(c.strides[0] // size, 1),
        )

    def any_size(a, b, c, transpose_a, transpose_b, keep):
        inner = a.shape[0] if transpose_a else a.shape[1]
        if inner <= DEEPEST and c.shape[0] * c.shape[1] * inner <= LARGEST:
            unit = np.int64(4)
            _call_small((
                np.int64(a.ctypes.data), unit if transpose_a else a.strides[0], a.strides[0] if transpose_a else unit,
                np.int64(b.ctypes.data), unit if transpose_b else b.strides[0], b.strides[0] if transpose_b else unit,
                np.int64(c.ctypes.data), c.strides[0], c.shape[0], c.shape[1], inner, np.int64(keep),
            ))
        else:
            large_gemm(a, b, c, transpose_a, transpose_b, keep)

    large_gemm = register_jitable(large)
    return any_size if a.dtype == types.float32 else large
