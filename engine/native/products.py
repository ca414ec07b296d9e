"""Matrix products: large ones cut into pieces for all cores, each through our own where it is small or thin, else through
the BLAS that scipy ships.

BLAS is column-major: a row-major matrix is its own transpose there, so `c = op(a) op(b)` is asked for as
`cᵀ = op(b)ᵀ op(a)ᵀ`, with no copy. Nothing here allocates.
"""

from functools import cache
from typing import Any

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import cfunc, types
from numba.core import cgutils
from numba.extending import get_cython_function_address, intrinsic, overload, register_jitable
from numba.np.arrayobj import make_array

from engine.kernels.products import gemm, gemm_onto
from engine.native import crew
from engine.native.small_gemm import LARGEST, THIN, small_gemm

BLAS = {types.float32: "hourglass_sgemm", types.float64: "hourglass_dgemm"}
SMALL, SMALL_ARGUMENTS = "hourglass_small_gemm", 12
PIECE = {types.float32: "hourglass_sgemm_piece", types.float64: "hourglass_dgemm_piece"}
JOB = 13  # words: transpose a, transpose b, keep, rows, columns, depth, a, a_row, b, b_row, c, c_row, pieces
SHARED = 1 << 20  # multiplications in a piece, at least: with fewer, handing it over costs more than it saves
PIECES_EACH = 2  # for each thread: whoever is late leaves more of them to the others
SEAM = 16  # pieces begin at multiples of this, since BLAS works in blocks of rows and columns


@cache
def link_products() -> Any:
    """Compiles (or loads) the parts of products and makes them known to the linker. Before any kernel is loaded.
    Only here scipy is imported: the window, which runs no kernel, does without."""
    for symbol, name in zip(BLAS.values(), ("sgemm", "dgemm"), strict=True):
        llvmlite.binding.add_symbol(symbol, get_cython_function_address("scipy.linalg.cython_blas", name))

    def small(a, a_row, a_column, b, b_row, b_column, c, c_row, rows, columns, depth, start):
        small_gemm(a, a_row, a_column, b, b_row, b_column, c, c_row, rows, columns, depth, start)

    def piece32(words, piece):
        _piece(np.float32(0), np.int64(4), words, piece)

    def piece64(words, piece):
        _piece(np.float64(0), np.int64(8), words, piece)

    def link(function: Any, arguments: int, symbol: str) -> Any:
        made = cfunc(types.void(*[types.int64] * arguments), cache=True, error_model="numpy")(function)
        llvmlite.binding.add_symbol(symbol, made.address)
        return made

    return [link(small, SMALL_ARGUMENTS, SMALL), link(piece32, 2, PIECE[types.float32]),
            link(piece64, 2, PIECE[types.float64])]  # kept: an address lives as long as its function


@intrinsic
def _address(typingctx, array):
    """Where an array begins. (`array.ctypes.data` counts references, which takes as long as a small product.)"""

    def codegen(context, builder, signature, args):
        return builder.ptrtoint(make_array(array)(context, builder, args[0]).data, ir.IntType(64))

    return types.int64(array), codegen


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


@intrinsic
def _call_blas(typingctx, element, job):
    """Calls BLAS with every scalar on the stack. `element` is any number of the float type, `job` as in `JOB`, with the
    strides of rows in elements."""

    def codegen(context, builder, signature, args):
        real, int32, int8 = context.get_value_type(element), ir.IntType(32), ir.IntType(8)
        words = [builder.extract_value(args[1], index) for index in range(JOB - 1)]
        transpose_a, transpose_b, keep, rows, columns, depth, a, a_row, b, b_row, c, c_row = words

        def on_stack(value: ir.Value) -> ir.Value:
            slot = cgutils.alloca_once(builder, value.type)
            builder.store(value, slot)
            return slot

        def whole(value: ir.Value) -> ir.Value:
            return on_stack(builder.trunc(value, int32))

        def choice(flag: ir.Value, yes: ir.Value, no: ir.Value) -> ir.Value:
            return on_stack(builder.select(builder.icmp_signed("!=", flag, flag.type(0)), yes, no))

        def matrix(address: ir.Value, row: ir.Value) -> list[ir.Value]:
            return [builder.inttoptr(address, real.as_pointer()), whole(row)]

        letters = [choice(flag, int8(ord("T")), int8(ord("N"))) for flag in (transpose_b, transpose_a)]
        arguments = [*letters, whole(columns), whole(rows), whole(depth), on_stack(real(1.0)), *matrix(b, b_row),
                     *matrix(a, a_row), choice(keep, real(1.0), real(0.0)), *matrix(c, c_row)]
        kind = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, BLAS[element]), arguments)
        return context.get_dummy_value()

    return types.void(element, job), codegen


@intrinsic
def _piece_entry(typingctx, element):
    """The address of the function that does one piece of a product of this float type."""

    def codegen(context, builder, signature, args):
        word = ir.IntType(64)
        kind = ir.FunctionType(ir.VoidType(), [word, word])
        return builder.ptrtoint(cgutils.get_or_insert_function(builder.module, kind, PIECE[element]), word)

    return types.int64(element), codegen


@intrinsic
def _on_stack(typingctx, job):
    """The address of the words of a tuple on the stack."""

    def codegen(context, builder, signature, args):
        slot = cgutils.alloca_once(builder, args[0].type)
        builder.store(args[0], slot)
        return builder.ptrtoint(slot, ir.IntType(64))

    return types.int64(job), codegen


@intrinsic
def _words(typingctx, address):
    """The job whose words lie at an address."""
    kind = types.UniTuple(types.int64, JOB)

    def codegen(context, builder, signature, args):
        return builder.load(builder.inttoptr(args[0], context.get_value_type(kind).as_pointer()))

    return kind(types.int64), codegen


@register_jitable
def _whole(element, size, job):
    """A product in one piece."""
    transpose_a, transpose_b, keep, rows, columns, depth, a, a_row, b, b_row, c, c_row = job
    if size == 4 and min(rows, columns, depth) <= THIN:
        a_row, b_row, c_row = a_row * size, b_row * size, c_row * size
        _call_small((a, size if transpose_a else a_row, a_row if transpose_a else size,
                     b, size if transpose_b else b_row, b_row if transpose_b else size, c, c_row, rows, columns, depth, keep))
    else:
        _call_blas(element, job)


@register_jitable
def _piece(element, size, words, piece):
    """One piece of a product: some rows of a gradient of weights, as threads share weights when they are updated; else some
    columns of c where it is wide, or some rows."""
    transpose_a, transpose_b, keep, rows, columns, depth, a, a_row, b, b_row, c, c_row, pieces = _words(words)
    by_rows = rows > columns or (transpose_a and rows >= pieces * SEAM)
    side = rows if by_rows else columns
    step = (side + pieces * SEAM - 1) // (pieces * SEAM) * SEAM
    first = piece * step
    count = min(step, side - first)
    if count <= 0:
        return
    if not by_rows:
        columns, b, c = count, b + first * size * (b_row if transpose_b else 1), c + first * size
    else:
        rows, a, c = count, a + first * size * (1 if transpose_a else a_row), c + first * size * c_row
    _whole(element, size, (transpose_a, transpose_b, keep, rows, columns, depth, a, a_row, b, b_row, c, c_row))


@register_jitable
def _large(a, b, c, transpose_a, transpose_b, keep):
    size = np.int64(a.itemsize)
    rows, columns = np.int64(c.shape[0]), np.int64(c.shape[1])
    depth = np.int64(a.shape[0] if transpose_a else a.shape[1])
    job = (np.int64(transpose_a), np.int64(transpose_b), np.int64(keep), rows, columns, depth,
           _address(a), max(a.strides[0] // size, 1), _address(b), max(b.strides[0] // size, 1),
           _address(c), max(c.strides[0] // size, 1))
    element = a.dtype.type(0)
    pieces = min(crew.size() * PIECES_EACH, rows * columns * depth // SHARED, crew.MOST_PIECES)
    if pieces < 2:
        _whole(element, size, job)
    else:
        crew.share(_piece_entry(element), _on_stack((*job, pieces)), pieces)


@register_jitable
def _is_small(a, c, transpose_a):
    return c.shape[0] * c.shape[1] * (a.shape[0] if transpose_a else a.shape[1]) <= LARGEST


@register_jitable
def _small(a, b, c, transpose_a, transpose_b, start):
    unit = np.int64(4)
    _call_small((
        _address(a), unit if transpose_a else a.strides[0], a.strides[0] if transpose_a else unit,
        _address(b), unit if transpose_b else b.strides[0], b.strides[0] if transpose_b else unit,
        _address(c), c.strides[0], c.shape[0], c.shape[1], a.shape[0] if transpose_a else a.shape[1], np.int64(start)))


@overload(gemm)
def _gemm(a, b, c, transpose_a, transpose_b, keep):
    def any_size(a, b, c, transpose_a, transpose_b, keep):
        if _is_small(a, c, transpose_a):
            _small(a, b, c, transpose_a, transpose_b, keep)
        else:
            _large(a, b, c, transpose_a, transpose_b, keep)

    def large(a, b, c, transpose_a, transpose_b, keep):
        _large(a, b, c, transpose_a, transpose_b, keep)

    return any_size if a.dtype == types.float32 else large


@register_jitable
def _fill_rows(b, y):
    """Every row of y becomes b."""
    for i in range(y.shape[0]):
        row = y[i]
        for j in range(b.size):
            row[j] = b[j]


@overload(gemm_onto)
def _gemm_onto(row, a, b, c, transpose_a, transpose_b):
    def any_size(row, a, b, c, transpose_a, transpose_b):
        if _is_small(a, c, transpose_a):
            _small(a, b, c, transpose_a, transpose_b, _address(row))
        else:
            _fill_rows(row, c)
            _large(a, b, c, transpose_a, transpose_b, 1)

    def large(row, a, b, c, transpose_a, transpose_b):
        _fill_rows(row, c)
        _large(a, b, c, transpose_a, transpose_b, 1)

    return any_size if a.dtype == types.float32 else large
