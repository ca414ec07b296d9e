"""Products of float32 matrices that are small or thin, where a BLAS spends more time on getting ready than on arithmetic.

The product is cut into tiles of up to 8 rows by 16 columns that stay in vector registers for the whole inner sum (as in
Goto and van de Geijn 2008, Anatomy of high-performance matrix multiplication; nothing is blocked for caches). Rows of b are
read as they lie; a transposed b, rows that would push each other out of the cache, and the last columns are first packed into
a strip on the stack. A few rows times a large transposed b (a small batch times weights) are not packed at all: tiles of sums
along both. On an AVX-512 machine (Zen 4) this runs at 90 to 100 % of what the processor can do, where OpenBLAS reaches 50 %
for a batch of 20 times 784×500 weights and 85 to 100 % for batches of 128; on an AVX2 machine they are level from 64×128×64 on.
"""

from typing import Any

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, register_jitable

FEATURES = {name for name, there in llvmlite.binding.get_host_cpu_features().items() if there}
COLUMNS = 16
ROWS = 8 if "avx512f" in FEATURES else 6  # of a tile, which stays in registers: two strips fill sixteen of half the size
HIGH, WIDE = (5, 4) if "avx512f" in FEATURES else (3, 2)  # rows and columns of a tile of sums along both matrices
FEW, DEEP = 32, 256  # so few rows, and at least so many terms, are not packed
ALIAS = 1024  # bytes: rows of b that lie a multiple of this apart push each other out of the cache
DEEPEST = 512  # terms of a sum at once: the strip on the stack holds them
LARGEST = 1 << 19  # multiplications that are done here whatever the shape
THIN = 512 if "avx512f" in FEATURES else 32  # the least of rows, columns and terms, up to which more are done here
FLOAT, INT = ir.FloatType(), ir.IntType(64)
STRIP = ir.VectorType(FLOAT, COLUMNS)
EIGHT = ir.VectorType(FLOAT, 8)


def _at(builder: ir.IRBuilder, address: ir.Value, kind: ir.Type) -> ir.Value:
    return builder.inttoptr(address, kind.as_pointer())


def _splat(builder: ir.IRBuilder, value: ir.Value, kind: ir.VectorType) -> ir.Value:
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.IntType(32)(0))
    return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined),
                                  ir.Constant(ir.VectorType(ir.IntType(32), kind.count), [0] * kind.count))


def _load(builder: ir.IRBuilder, address: ir.Value, kind: ir.Type) -> ir.Value:
    value = builder.load(_at(builder, address, kind))
    value.align = 4
    return value


def _first(builder: ir.IRBuilder, lanes: int, width: ir.Value) -> ir.Value:
    """A mask of the first `width` of so many lanes."""
    kind = ir.VectorType(ir.IntType(32), lanes)
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), builder.trunc(width, ir.IntType(32)), ir.IntType(32)(0))
    return builder.icmp_signed("<", ir.Constant(kind, list(range(lanes))),
                               builder.shuffle_vector(one, one, ir.Constant(kind, [0] * lanes)))


def _masked(builder: ir.IRBuilder, what: str, address: ir.Value, mask: ir.Value, value: ir.Value) -> ir.Value:
    """`load` or `store` of the lanes of a mask; what is stored, or stands in the other lanes of what is loaded."""
    place = _at(builder, address, value.type)
    given = [place, ir.IntType(32)(4), mask, value] if what == "load" else [value, place, ir.IntType(32)(4), mask]
    lanes = value.type.count
    kind = ir.FunctionType(value.type if what == "load" else ir.VoidType(), [one.type for one in given])
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.masked.{what}.v{lanes}f32.p0v{lanes}f32")
    return builder.call(function, given)


def _zeros(kind: ir.VectorType) -> ir.Constant:
    return ir.Constant(kind, [0.0] * kind.count)


def _known(builder: ir.IRBuilder, keep: ir.Value, places: list[ir.Value], load: Any) -> list[ir.Value]:
    """What the sums of a tile begin with: what is there, or zeros."""
    begin, first = builder.block, []
    with builder.if_then(builder.icmp_signed("!=", keep, INT(0))):
        known = [load(place) for place in places]
        inside = builder.block
    for value in known:
        phi = builder.phi(value.type)
        phi.add_incoming(_zeros(value.type), begin)
        phi.add_incoming(value, inside)
        first.append(phi)
    return first


@intrinsic(prefer_literal=True)
def tile(typingctx, rows, lanes, a, a_row, a_column, b, b_row, c, c_row, depth, keep, width):
    """`c = keep·c + a b` for a literal number of rows and of lanes: all 16 columns, or the first `width` of 8; addresses and
    strides in bytes, as int64."""
    count, full = rows.literal_value, lanes.literal_value == COLUMNS
    kind = STRIP if full else EIGHT

    def codegen(context, builder, signature, args):
        _, _, a, a_row, a_column, b, b_row, c, c_row, depth, keep, width = args
        mask = None if full else _first(builder, kind.count, width)

        def load(address: ir.Value) -> ir.Value:
            return _load(builder, address, kind) if full else _masked(builder, "load", address, mask, _zeros(kind))

        # fused where the processor can, and still vectors where it cannot
        fma = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * 3),
                                             f"llvm.fmuladd.v{kind.count}f32")
        places = [builder.add(c, builder.mul(c_row, INT(row))) for row in range(count)]
        starts = [builder.add(a, builder.mul(a_row, INT(row))) for row in range(count)]
        first = _known(builder, keep, places, load)
        before = builder.block
        loop, after = builder.append_basic_block("sum"), builder.append_basic_block("done")
        builder.branch(loop)
        builder.position_at_end(loop)
        k, sums = builder.phi(INT), [builder.phi(kind) for _ in range(count)]
        strip = load(builder.add(b, builder.mul(b_row, k)))
        offset = builder.mul(a_column, k)
        made = [builder.call(fma, [_splat(builder, _load(builder, builder.add(start, offset), FLOAT), kind), strip,
                                   total])
                for start, total in zip(starts, sums, strict=True)]
        following = builder.add(k, INT(1))
        builder.cbranch(builder.icmp_signed("<", following, depth), loop, after)
        k.add_incoming(INT(0), before)
        k.add_incoming(following, loop)
        for total, start, result in zip(sums, first, made, strict=True):
            total.add_incoming(start, before)
            total.add_incoming(result, loop)
        builder.position_at_end(after)
        for place, result in zip(places, made, strict=True):
            if full:
                builder.store(result, _at(builder, place, kind)).align = 4
            else:
                _masked(builder, "store", place, mask, result)
        return context.get_dummy_value()

    return types.void(rows, lanes, *[types.int64] * 10), codegen


@intrinsic(prefer_literal=True)
def dots(typingctx, rows, columns, a, a_row, b, b_column, c, c_row, depth, keep):
    """`c = keep·c + a b` for literal numbers of rows and of columns that lie along the sum, as in `x wᵀ`: all whole strips
    of the sum, whose rest is the caller's. Addresses and strides in bytes, as int64."""
    height, width = rows.literal_value, columns.literal_value

    def codegen(context, builder, signature, args):
        _, _, a, a_row, b, b_column, c, c_row, depth, keep = args
        fma = cgutils.get_or_insert_function(builder.module, ir.FunctionType(STRIP, [STRIP] * 3),
                                             f"llvm.fmuladd.v{COLUMNS}f32")
        add_up = cgutils.get_or_insert_function(builder.module, ir.FunctionType(FLOAT, [FLOAT, STRIP]),
                                                f"llvm.vector.reduce.fadd.v{COLUMNS}f32")
        lefts = [builder.add(a, builder.mul(a_row, INT(i))) for i in range(height)]
        rights = [builder.add(b, builder.mul(b_column, INT(j))) for j in range(width)]
        before = builder.block
        loop, after = builder.append_basic_block("dots"), builder.append_basic_block("added")
        builder.branch(loop)
        builder.position_at_end(loop)
        k, sums = builder.phi(INT), [builder.phi(STRIP) for _ in range(height * width)]
        offset = builder.mul(k, INT(4))
        columns_of_b = [_load(builder, builder.add(start, offset), STRIP) for start in rights]
        made = []
        for i, start in enumerate(lefts):
            row = _load(builder, builder.add(start, offset), STRIP)
            made += [builder.call(fma, [row, column, total])
                     for column, total in zip(columns_of_b, sums[i * width : (i + 1) * width], strict=True)]
        following = builder.add(k, INT(COLUMNS))
        again = builder.icmp_signed("<=", builder.add(following, INT(COLUMNS)), depth)
        builder.cbranch(again, loop, after)
        k.add_incoming(INT(0), before)
        k.add_incoming(following, loop)
        for total, result in zip(sums, made, strict=True):
            total.add_incoming(_zeros(STRIP), before)
            total.add_incoming(result, loop)
        builder.position_at_end(after)
        for place, result in enumerate(made):
            cell = builder.add(builder.add(c, builder.mul(c_row, INT(place // width))), INT(place % width * 4))
            old = builder.select(builder.icmp_signed("!=", keep, INT(0)), _load(builder, cell, FLOAT), FLOAT(0.0))
            builder.store(builder.call(add_up, [old, result], fastmath=("reassoc",)), _at(builder, cell, FLOAT)).align = 4
        return context.get_dummy_value()

    return types.void(rows, columns, *[types.int64] * 8), codegen


@intrinsic
def transpose_eight(typingctx, source, source_row, target, target_row):
    """Copies an 8×8 block to its transpose; addresses and strides in bytes, as int64."""

    def codegen(context, builder, signature, args):
        source, source_row, target, target_row = args

        def mixed(x: ir.Value, y: ir.Value, order: list[int]) -> ir.Value:
            return builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(ir.IntType(32), 8), order))

        rows = [_load(builder, builder.add(source, builder.mul(source_row, INT(i))), EIGHT) for i in range(8)]
        # three rounds of pairwise exchange: single elements, pairs, halves
        for low, high, distance in (([0, 8, 2, 10, 4, 12, 6, 14], [1, 9, 3, 11, 5, 13, 7, 15], 1),
                                    ([0, 1, 8, 9, 4, 5, 12, 13], [2, 3, 10, 11, 6, 7, 14, 15], 2),
                                    ([0, 1, 2, 3, 8, 9, 10, 11], [4, 5, 6, 7, 12, 13, 14, 15], 4)):
            exchanged = list(rows)
            for i in range(8):
                if not i & distance:
                    exchanged[i] = mixed(rows[i], rows[i + distance], low)
                    exchanged[i + distance] = mixed(rows[i], rows[i + distance], high)
            rows = exchanged
        for i, row in enumerate(rows):
            builder.store(row, _at(builder, builder.add(target, builder.mul(target_row, INT(i))), EIGHT)).align = 4
        return context.get_dummy_value()

    return types.void(*[types.int64] * 4), codegen


@intrinsic
def move_strip(typingctx, source, target):
    """Copies 16 neighbours."""

    def codegen(context, builder, signature, args):
        builder.store(_load(builder, args[0], STRIP), _at(builder, args[1], STRIP)).align = 4
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), codegen


@intrinsic
def clear_strip(typingctx, target):
    """Writes 16 zeros."""

    def codegen(context, builder, signature, args):
        builder.store(_zeros(STRIP), _at(builder, args[0], STRIP)).align = 4
        return context.get_dummy_value()

    return types.void(types.int64), codegen


@intrinsic(prefer_literal=True)
def room_on_stack(typingctx, count):
    """The address of that many floats (a literal) on the stack."""
    size = count.literal_value

    def codegen(context, builder, signature, args):
        with builder.goto_entry_block():  # numba's own way would fill it with zeros at every call: 0.35 µs
            room = builder.alloca(ir.ArrayType(FLOAT, size))
        room.align = 64
        return builder.ptrtoint(room, INT)

    return types.int64(count), codegen


@intrinsic
def get(typingctx, address):
    """The float32 at an address."""

    def codegen(context, builder, signature, args):
        return _load(builder, args[0], FLOAT)

    return types.float32(types.int64), codegen


@intrinsic
def put(typingctx, address, value):
    """Writes a float32 to an address."""

    def codegen(context, builder, signature, args):
        builder.store(args[1], _at(builder, args[0], FLOAT)).align = 4
        return context.get_dummy_value()

    return types.void(types.int64, types.float32), codegen


@register_jitable
def _pack(b, b_row, b_column, strip, depth, columns):
    """16 columns of b, side by side for each term of the sum; columns that are not there are zeros."""
    whole = 0
    if b_column == 4 and columns == COLUMNS:
        whole = depth
        for k in range(depth):
            move_strip(b + k * b_row, strip + k * 64)
    elif b_row == 4 and columns == COLUMNS:
        whole = depth // 8 * 8
        for k in range(0, whole, 8):
            for half in range(2):
                transpose_eight(b + half * 8 * b_column + k * 4, b_column, strip + k * 64 + half * 32, 64)
    for k in range(whole, depth):
        clear_strip(strip + k * 64)
        for j in range(columns):
            put(strip + k * 64 + j * 4, get(b + k * b_row + j * b_column))


@register_jitable
def _rows(a, a_row, a_column, b, b_row, c, c_row, depth, keep, count):
    """All rows of one strip of 16 columns."""
    i = 0
    while ROWS >= 8 and count - i >= 8:
        tile(8, 16, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, keep, np.int64(16))
        i += 8
    while count - i >= 6:
        tile(6, 16, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, keep, np.int64(16))
        i += 6
    if count - i >= 4:
        tile(4, 16, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, keep, np.int64(16))
        i += 4
    if count - i >= 2:
        tile(2, 16, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, keep, np.int64(16))
        i += 2
    if count - i >= 1:
        tile(1, 16, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, keep, np.int64(16))


@register_jitable
def _part_rows(a, a_row, a_column, b, b_row, c, c_row, depth, keep, count, width):
    """All rows of a strip of at most 8 columns."""
    i = 0
    while ROWS >= 8 and count - i >= 8:
        tile(8, 8, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, keep, width)
        i += 8
    while count - i >= 6:
        tile(6, 8, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, keep, width)
        i += 6
    if count - i >= 4:
        tile(4, 8, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, keep, width)
        i += 4
    if count - i >= 2:
        tile(2, 8, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, keep, width)
        i += 2
    if count - i >= 1:
        tile(1, 8, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, keep, width)


@register_jitable
def _dots_row(a, b, b_column, c, columns, depth, keep):
    """One row of a product with columns that lie along the sum."""
    j = 0
    while columns - j >= 4:
        dots(1, 4, a, np.int64(0), b + j * b_column, b_column, c + j * 4, np.int64(0), depth, keep)
        j += 4
    while columns - j >= 1:
        dots(1, 1, a, np.int64(0), b + j * b_column, b_column, c + j * 4, np.int64(0), depth, keep)
        j += 1


@register_jitable
def _dots_tile(width, a, a_row, b, b_column, c, c_row, depth, keep):
    """A tile of `HIGH` rows by up to `WIDE` columns."""
    if width == 4:
        dots(HIGH, 4, a, a_row, b, b_column, c, c_row, depth, keep)
    elif width == 3:
        dots(HIGH, 3, a, a_row, b, b_column, c, c_row, depth, keep)
    elif width == 2:
        dots(HIGH, 2, a, a_row, b, b_column, c, c_row, depth, keep)
    else:
        dots(HIGH, 1, a, a_row, b, b_column, c, c_row, depth, keep)


@register_jitable
def _along(a, a_row, b, b_column, c, c_row, rows, columns, depth, keep):
    """A product whose columns lie along the sum, as its rows do: where there are few of either, to pack would cost more
    than to multiply."""
    high = rows // HIGH * HIGH
    if high:
        for j in range(0, columns, WIDE):
            for i in range(0, high, HIGH):
                _dots_tile(min(WIDE, columns - j), a + i * a_row, a_row, b + j * b_column, b_column, c + i * c_row + j * 4,
                           c_row, depth, keep)
    for i in range(high, rows):
        _dots_row(a + i * a_row, b, b_column, c + i * c_row, columns, depth, keep)
    for i in range(rows):
        for k in range(depth // COLUMNS * COLUMNS, depth):
            for j in range(columns):
                cell = c + i * c_row + j * 4
                put(cell, get(cell) + get(a + i * a_row + k * 4) * get(b + j * b_column + k * 4))


@register_jitable
def _some_terms(a, a_row, a_column, b, b_row, b_column, c, c_row, rows, columns, depth, keep):
    """The same, with at most `DEEPEST` terms a sum."""
    strip = room_on_stack(8192)  # DEEPEST × COLUMNS
    for j in range(0, columns, COLUMNS):
        width = min(COLUMNS, columns - j)
        at, row = b + j * b_column, b_row
        if b_column != 4 or (rows >= 4 * ROWS and b_row % ALIAS == 0):
            _pack(at, b_row, b_column, strip, depth, width)
            at, row = strip, np.int64(64)
        if width == COLUMNS:
            _rows(a, a_row, a_column, at, row, c + j * 4, c_row, depth, keep, rows)
        else:
            for half in range(0, width, 8):
                _part_rows(a, a_row, a_column, at + half * 4, row, c + (j + half) * 4, c_row, depth, keep, rows,
                           min(8, width - half))


@njit(nogil=True)
def small_gemm(a, a_row, a_column, b, b_row, b_column, c, c_row, rows, columns, depth, keep):
    """`c = keep·c + a b` for float32: addresses and strides in bytes."""
    few = (rows == 1 and depth >= COLUMNS) or (columns <= 4 and depth >= 2 * COLUMNS) or (rows <= FEW and depth >= DEEP)
    if b_row == 4 and a_column == 4 and few:
        _along(a, a_row, b, b_column, c, c_row, rows, columns, depth, keep)
        return
    for first in range(0, depth, DEEPEST):
        _some_terms(a + first * a_column, a_row, a_column, b + first * b_row, b_row, b_column, c, c_row, rows, columns,
                    min(DEEPEST, depth - first), np.int64(1) if first else keep)
