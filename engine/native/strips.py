"""Strips of float32 numbers at given addresses: loading, masking, spreading, transposing, packing them.

What takes a `builder` writes code for the intrinsics that use it; the rest is called by kernels. Addresses and strides are
in bytes.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, register_jitable

COLUMNS = 16  # numbers in a strip
FLOAT, INT = ir.FloatType(), ir.IntType(64)
STRIP = ir.VectorType(FLOAT, COLUMNS)
EIGHT = ir.VectorType(FLOAT, 8)


def at(builder: ir.IRBuilder, address: ir.Value, kind: ir.Type) -> ir.Value:
    """An address as a pointer to values of this type."""
    return builder.inttoptr(address, kind.as_pointer())


def load(builder: ir.IRBuilder, address: ir.Value, kind: ir.Type) -> ir.Value:
    """The value at an address that is aligned to single numbers only."""
    value = builder.load(at(builder, address, kind))
    value.align = 4
    return value


def zeros(kind: ir.VectorType) -> ir.Constant:
    """A vector of zeros."""
    return ir.Constant(kind, [0.0] * kind.count)


def splat(builder: ir.IRBuilder, value: ir.Value, kind: ir.VectorType) -> ir.Value:
    """A number in every lane."""
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.IntType(32)(0))
    return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined),
                                  ir.Constant(ir.VectorType(ir.IntType(32), kind.count), [0] * kind.count))


def first_lanes(builder: ir.IRBuilder, lanes: int, width: ir.Value) -> ir.Value:
    """A mask of the first `width` of so many lanes."""
    kind = ir.VectorType(ir.IntType(32), lanes)
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), builder.trunc(width, ir.IntType(32)), ir.IntType(32)(0))
    return builder.icmp_signed("<", ir.Constant(kind, list(range(lanes))),
                               builder.shuffle_vector(one, one, ir.Constant(kind, [0] * lanes)))


def masked(builder: ir.IRBuilder, what: str, address: ir.Value, mask: ir.Value, value: ir.Value) -> ir.Value:
    """`load` or `store` of the lanes of a mask; what is stored, or stands in the other lanes of what is loaded."""
    place = at(builder, address, value.type)
    given = [place, ir.IntType(32)(4), mask, value] if what == "load" else [value, place, ir.IntType(32)(4), mask]
    lanes = value.type.count
    kind = ir.FunctionType(value.type if what == "load" else ir.VoidType(), [one.type for one in given])
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.masked.{what}.v{lanes}f32.p0v{lanes}f32")
    return builder.call(function, given)


def _lanes(builder: ir.IRBuilder, x: ir.Value, y: ir.Value, lanes: list[int]) -> ir.Value:
    """Lanes of two vectors, counted through."""
    return builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes))


def added_up(builder: ir.IRBuilder, vectors: list[ir.Value]) -> ir.Value:
    """The sums of the lanes of each of up to 4 strips, side by side: strips are folded into one another, so that four sums
    take hardly more than one."""
    wanted, blocks = len(vectors), range(0, COLUMNS, 4)  # within fours of lanes numbers are moved quickly
    if wanted == 3:
        vectors = [*vectors, zeros(STRIP)]
    for left, right in (([0, 16, 2, 18], [1, 17, 3, 19]), ([0, 1, 16, 17], [2, 3, 18, 19])):
        if len(vectors) > 1:
            vectors = [builder.fadd(_lanes(builder, x, y, [block + lane for block in blocks for lane in left]),
                                    _lanes(builder, x, y, [block + lane for block in blocks for lane in right]))
                       for x, y in zip(vectors[::2], vectors[1::2], strict=True)]
    (total,) = vectors
    while total.type.count // 2 >= wanted:
        half = total.type.count // 2
        total = builder.fadd(_lanes(builder, total, total, list(range(half))),
                             _lanes(builder, total, total, list(range(half, 2 * half))))
    return _lanes(builder, total, total, list(range(wanted)))


@intrinsic
def transpose_eight(typingctx, source, source_row, target, target_row):
    """Copies an 8×8 block to its transpose; addresses and strides in bytes, as int64."""

    def codegen(context, builder, signature, args):
        source, source_row, target, target_row = args

        def mixed(x: ir.Value, y: ir.Value, order: list[int]) -> ir.Value:
            return builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(ir.IntType(32), 8), order))

        rows = [load(builder, builder.add(source, builder.mul(source_row, INT(i))), EIGHT) for i in range(8)]
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
            builder.store(row, at(builder, builder.add(target, builder.mul(target_row, INT(i))), EIGHT)).align = 4
        return context.get_dummy_value()

    return types.void(*[types.int64] * 4), codegen


@intrinsic
def move_strip(typingctx, source, target):
    """Copies 16 neighbours."""

    def codegen(context, builder, signature, args):
        builder.store(load(builder, args[0], STRIP), at(builder, args[1], STRIP)).align = 4
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), codegen


@intrinsic
def clear_strip(typingctx, target):
    """Writes 16 zeros."""

    def codegen(context, builder, signature, args):
        builder.store(zeros(STRIP), at(builder, args[0], STRIP)).align = 4
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
        return load(builder, args[0], FLOAT)

    return types.float32(types.int64), codegen


@intrinsic
def put(typingctx, address, value):
    """Writes a float32 to an address."""

    def codegen(context, builder, signature, args):
        builder.store(args[1], at(builder, args[0], FLOAT)).align = 4
        return context.get_dummy_value()

    return types.void(types.int64, types.float32), codegen


@register_jitable
def pack(b, b_row, b_column, strip, depth, columns):
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
