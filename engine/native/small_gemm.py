"""Products of float32 matrices that are small or thin, where a BLAS spends more time on getting ready than on arithmetic.

The product is cut into tiles of up to 8 rows by 16 columns that stay in vector registers for the whole inner sum (as in
Goto and van de Geijn 2008, Anatomy of high-performance matrix multiplication; nothing is blocked for caches). Rows of b are
read as they lie; a transposed b, and rows that would push each other out of the cache, are first packed into a strip on the
stack. `start` says what sums begin with: 0, nothing; 1, what is in c; else the address of a row that every row of c begins
with, such as biases. A few rows times a large transposed b (a small batch times weights) are not packed at all: tiles of
sums along both. On an AVX-512 machine (Zen 4) this runs at 90 to 100 % of what the processor can do, where OpenBLAS reaches 50 %
for a batch of 20 times 784×500 weights and 85 to 100 % for batches of 128; on an AVX2 machine they are level from 64×128×64 on.
"""

from typing import Any

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, register_jitable

from engine.native.strips import (
    COLUMNS,
    EIGHT,
    FLOAT,
    INT,
    STRIP,
    added_up,
    at,
    first_lanes,
    get,
    load,
    masked,
    pack,
    put,
    room_on_stack,
    splat,
    zeros,
)

FEATURES = {name for name, there in llvmlite.binding.get_host_cpu_features().items() if there}
ROWS = 8 if "avx512f" in FEATURES else 6  # of a tile, which stays in registers: two strips fill sixteen of half the size
HIGH, WIDE = (5, 4) if "avx512f" in FEATURES else (3, 2)  # rows and columns of a tile of sums along both matrices
FEW, DEEP = 32, 256  # so few rows, and at least so many terms, are not packed
ALIAS = 1024  # bytes: rows of b that lie a multiple of this apart push each other out of the cache
DEEPEST = 512  # terms of a sum at once: the strip on the stack holds them
LARGEST = 1 << 19  # multiplications that are done here whatever the shape
THIN = 512 if "avx512f" in FEATURES else 32  # the least of rows, columns and terms, up to which more are done here


def _begins(builder: ir.IRBuilder, start: ir.Value, c: ir.Value, c_row: ir.Value, rows: int) -> list[ir.Value]:
    """Where what the sums begin with is, for each row."""
    own = builder.icmp_signed("==", start, INT(1))
    first, apart = builder.select(own, c, start), builder.select(own, c_row, INT(0))
    return [builder.add(first, builder.mul(apart, INT(row))) for row in range(rows)]


def _known(builder: ir.IRBuilder, start: ir.Value, places: list[ir.Value], some: Any) -> list[ir.Value]:
    """What the sums of a tile begin with: what is there, or zeros."""
    begin, first = builder.block, []
    with builder.if_then(builder.icmp_signed("!=", start, INT(0))):
        known = [some(place) for place in places]
        inside = builder.block
    for value in known:
        phi = builder.phi(value.type)
        phi.add_incoming(zeros(value.type), begin)
        phi.add_incoming(value, inside)
        first.append(phi)
    return first


@intrinsic(prefer_literal=True)
def tile(typingctx, rows, lanes, a, a_row, a_column, b, b_row, c, c_row, depth, start, width):
    """`c = start + a b` for a literal number of rows and of lanes: all 16 columns, or the first `width` of 8; addresses and
    strides in bytes, as int64."""
    count, full = rows.literal_value, lanes.literal_value == COLUMNS
    kind = STRIP if full else EIGHT

    def codegen(context, builder, signature, args):
        _, _, a, a_row, a_column, b, b_row, c, c_row, depth, start, width = args
        mask = None if full else first_lanes(builder, kind.count, width)

        def some(address: ir.Value) -> ir.Value:
            return load(builder, address, kind) if full else masked(builder, "load", address, mask, zeros(kind))

        # fused where the processor can, and still vectors where it cannot
        fma = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * 3),
                                             f"llvm.fmuladd.v{kind.count}f32")
        places = [builder.add(c, builder.mul(c_row, INT(row))) for row in range(count)]
        lefts = [builder.add(a, builder.mul(a_row, INT(row))) for row in range(count)]
        first = _known(builder, start, _begins(builder, start, c, c_row, count), some)
        before = builder.block
        loop, after = builder.append_basic_block("sum"), builder.append_basic_block("done")
        builder.branch(loop)
        builder.position_at_end(loop)
        k, sums = builder.phi(INT), [builder.phi(kind) for _ in range(count)]
        strip = some(builder.add(b, builder.mul(b_row, k)))
        offset = builder.mul(a_column, k)
        made = [builder.call(fma, [splat(builder, load(builder, builder.add(left, offset), FLOAT), kind), strip, total])
                for left, total in zip(lefts, sums, strict=True)]
        following = builder.add(k, INT(1))
        builder.cbranch(builder.icmp_signed("<", following, depth), loop, after)
        k.add_incoming(INT(0), before)
        k.add_incoming(following, loop)
        for total, begin, result in zip(sums, first, made, strict=True):
            total.add_incoming(begin, before)
            total.add_incoming(result, loop)
        builder.position_at_end(after)
        for place, result in zip(places, made, strict=True):
            if full:
                builder.store(result, at(builder, place, kind)).align = 4
            else:
                masked(builder, "store", place, mask, result)
        return context.get_dummy_value()

    return types.void(rows, lanes, *[types.int64] * 10), codegen


@intrinsic(prefer_literal=True)
def dots(typingctx, rows, columns, a, a_row, b, b_column, c, c_row, depth, start):
    """`c = start + a b` for literal numbers of rows and of columns that lie along the sum, as in `x wᵀ`: all whole strips
    of the sum, whose rest is the caller's. Addresses and strides in bytes, as int64."""
    height, width = rows.literal_value, columns.literal_value

    def codegen(context, builder, signature, args):
        _, _, a, a_row, b, b_column, c, c_row, depth, start = args
        fma = cgutils.get_or_insert_function(builder.module, ir.FunctionType(STRIP, [STRIP] * 3),
                                             f"llvm.fmuladd.v{COLUMNS}f32")
        lefts = [builder.add(a, builder.mul(a_row, INT(i))) for i in range(height)]
        rights = [builder.add(b, builder.mul(b_column, INT(j))) for j in range(width)]
        before = builder.block
        loop, after = builder.append_basic_block("dots"), builder.append_basic_block("added")
        builder.branch(loop)
        builder.position_at_end(loop)
        k, sums = builder.phi(INT), [builder.phi(STRIP) for _ in range(height * width)]
        offset = builder.mul(k, INT(4))
        columns_of_b = [load(builder, builder.add(right, offset), STRIP) for right in rights]
        made = []
        for i, left in enumerate(lefts):
            row = load(builder, builder.add(left, offset), STRIP)
            made += [builder.call(fma, [row, column, total])
                     for column, total in zip(columns_of_b, sums[i * width : (i + 1) * width], strict=True)]
        following = builder.add(k, INT(COLUMNS))
        again = builder.icmp_signed("<=", builder.add(following, INT(COLUMNS)), depth)
        builder.cbranch(again, loop, after)
        k.add_incoming(INT(0), before)
        k.add_incoming(following, loop)
        for total, result in zip(sums, made, strict=True):
            total.add_incoming(zeros(STRIP), before)
            total.add_incoming(result, loop)
        builder.position_at_end(after)
        kind = ir.VectorType(FLOAT, width)
        known = _known(builder, start, _begins(builder, start, c, c_row, height), lambda place: load(builder, place, kind))
        for i, old in enumerate(known):
            total = builder.fadd(old, added_up(builder, made[i * width : (i + 1) * width]))
            builder.store(total, at(builder, builder.add(c, builder.mul(c_row, INT(i))), kind)).align = 4
        return context.get_dummy_value()

    return types.void(rows, columns, *[types.int64] * 8), codegen


@register_jitable
def _further(start, columns):
    """What the sums of later columns begin with."""
    return start + columns * 4 if start > 1 else start


def _rows_of(lanes: int) -> Any:
    """A function for all rows of one strip: of 16 columns, or of the first `width` of 8."""

    @register_jitable
    def rows(a, a_row, a_column, b, b_row, c, c_row, depth, start, count, width):
        i = 0
        while ROWS >= 8 and count - i >= 8:
            tile(8, lanes, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, start, width)
            i += 8
        while count - i >= 6:
            tile(6, lanes, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, start, width)
            i += 6
        if count - i >= 4:
            tile(4, lanes, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, start, width)
            i += 4
        if count - i >= 2:
            tile(2, lanes, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, start, width)
            i += 2
        if count - i >= 1:
            tile(1, lanes, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, start, width)

    return rows


_rows, _part_rows = _rows_of(COLUMNS), _rows_of(8)


@register_jitable
def _dots_row(a, b, b_column, c, columns, depth, start):
    """One row of a product with columns that lie along the sum."""
    j = 0
    while columns - j >= 4:
        dots(1, 4, a, np.int64(0), b + j * b_column, b_column, c + j * 4, np.int64(0), depth, _further(start, j))
        j += 4
    while columns - j >= 1:
        dots(1, 1, a, np.int64(0), b + j * b_column, b_column, c + j * 4, np.int64(0), depth, _further(start, j))
        j += 1


@register_jitable
def _dots_tile(width, a, a_row, b, b_column, c, c_row, depth, start):
    """A tile of `HIGH` rows by up to `WIDE` columns."""
    if width == 4:
        dots(HIGH, 4, a, a_row, b, b_column, c, c_row, depth, start)
    elif width == 3:
        dots(HIGH, 3, a, a_row, b, b_column, c, c_row, depth, start)
    elif width == 2:
        dots(HIGH, 2, a, a_row, b, b_column, c, c_row, depth, start)
    else:
        dots(HIGH, 1, a, a_row, b, b_column, c, c_row, depth, start)


@register_jitable
def _along(a, a_row, b, b_column, c, c_row, rows, columns, depth, start):
    """A product whose columns lie along the sum, as its rows do: where there are few of either, to pack would cost more
    than to multiply."""
    high = rows // HIGH * HIGH
    if high:
        for j in range(0, columns, WIDE):
            for i in range(0, high, HIGH):
                _dots_tile(min(WIDE, columns - j), a + i * a_row, a_row, b + j * b_column, b_column, c + i * c_row + j * 4,
                           c_row, depth, _further(start, j))
    for i in range(high, rows):
        _dots_row(a + i * a_row, b, b_column, c + i * c_row, columns, depth, start)
    for i in range(rows):
        for k in range(depth // COLUMNS * COLUMNS, depth):
            for j in range(columns):
                cell = c + i * c_row + j * 4
                put(cell, get(cell) + get(a + i * a_row + k * 4) * get(b + j * b_column + k * 4))


@register_jitable
def _some_terms(a, a_row, a_column, b, b_row, b_column, c, c_row, rows, columns, depth, start):
    """The same, with at most `DEEPEST` terms a sum."""
    strip = room_on_stack(8192)  # DEEPEST × COLUMNS
    for j in range(0, columns, COLUMNS):
        width = min(COLUMNS, columns - j)
        at, row = b + j * b_column, b_row
        if b_column != 4 or (rows >= 4 * ROWS and b_row % ALIAS == 0):
            pack(at, b_row, b_column, strip, depth, width)
            at, row = strip, np.int64(64)
        if width == COLUMNS:
            _rows(a, a_row, a_column, at, row, c + j * 4, c_row, depth, _further(start, j), rows, width)
        else:
            for half in range(0, width, 8):
                _part_rows(a, a_row, a_column, at + half * 4, row, c + (j + half) * 4, c_row, depth,
                           _further(start, j + half), rows, min(8, width - half))


@njit(nogil=True)
def small_gemm(a, a_row, a_column, b, b_row, b_column, c, c_row, rows, columns, depth, start):
    """`c = start + a b` for float32: addresses and strides in bytes."""
    few = (rows == 1 and depth >= COLUMNS) or (columns <= 4 and depth >= 2 * COLUMNS) or (rows <= FEW and depth >= DEEP)
    if b_row == 4 and a_column == 4 and few:
        _along(a, a_row, b, b_column, c, c_row, rows, columns, depth, start)
        return
    for first in range(0, depth, DEEPEST):
        _some_terms(a + first * a_column, a_row, a_column, b + first * b_row, b_row, b_column, c, c_row, rows, columns,
                    min(DEEPEST, depth - first), np.int64(1) if first else start)
