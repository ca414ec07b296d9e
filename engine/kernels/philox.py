"""Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3).

A draw is a pure function of (key, counter), so nothing but a few integers need be saved to replay it.
Words are held in uint64 with the upper half zero, so that the 32×32 products are exact.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload, register_jitable

from engine.kernels.stack import stack_array

MASK = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
MULTIPLIER_0, MULTIPLIER_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
WEYL_0, WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)


@register_jitable
def philox(key0, key1, c0, c1, c2, c3):
    """Four random 32-bit words (in uint64) from a 64-bit key and a 128-bit counter, all given as uint64 words."""
    for _ in range(10):
        p0 = MULTIPLIER_0 * c0
        p1 = MULTIPLIER_1 * c2
        c0, c1, c2, c3 = (p1 >> HALF) ^ c1 ^ key0, p1 & MASK, (p0 >> HALF) ^ c3 ^ key1, p0 & MASK
        key0 = (key0 + WEYL_0) & MASK
        key1 = (key1 + WEYL_1) & MASK
    return c0, c1, c2, c3


SIDE, WORDS = 16, 64  # blocks that are computed side by side, and their words


@intrinsic
def _side_by_side(typingctx, key, counter, first):
    """The words of the blocks `first`…`first + 15` as an array on the stack, block by block as `philox` gives them. `key` is
    (key0, key1), `counter` (c0, c1, c3).

    Written as vectors, since no compiler finds them behind the 64-bit products: a quarter of the time."""
    kind = types.Array(types.uint32, 1, "C")

    def codegen(context, builder, signature, args):
        lanes, halves = ir.VectorType(ir.IntType(64), SIDE), ir.VectorType(ir.IntType(32), SIDE)
        key, counter, first = args

        def constant(value: int) -> ir.Constant:
            return ir.Constant(lanes, [value] * SIDE)

        def everywhere(value: ir.Value) -> ir.Value:
            one = builder.insert_element(ir.Constant(lanes, ir.Undefined), value, ir.IntType(32)(0))
            return builder.shuffle_vector(one, one, ir.Constant(halves, [0] * SIDE))

        def parts(product: ir.Value) -> tuple[ir.Value, ir.Value]:
            return builder.lshr(product, constant(32)), builder.and_(product, constant(int(MASK)))

        def joined(left: ir.Value, right: ir.Value, order: list[int]) -> ir.Value:
            return builder.shuffle_vector(left, right, ir.Constant(ir.VectorType(ir.IntType(32), len(order)), order))

        key0, key1 = (everywhere(builder.extract_value(key, index)) for index in range(2))
        c0, c1, c3 = (everywhere(builder.extract_value(counter, index)) for index in range(3))
        c2 = builder.add(everywhere(first), ir.Constant(lanes, list(range(SIDE))))
        for turn in range(10):
            if turn:
                key0 = builder.and_(builder.add(key0, constant(int(WEYL_0))), constant(int(MASK)))
                key1 = builder.and_(builder.add(key1, constant(int(WEYL_1))), constant(int(MASK)))
            high0, low0 = parts(builder.mul(constant(int(MULTIPLIER_0)), c0))
            high1, low1 = parts(builder.mul(constant(int(MULTIPLIER_1)), c2))
            c0, c1 = builder.xor(builder.xor(high1, c1), key0), low1
            c2, c3 = builder.xor(builder.xor(high0, c3), key1), low0
        r0, r1, r2, r3 = (builder.trunc(word, halves) for word in (c0, c1, c2, c3))
        pairs = [joined(left, right, [index + half for index in range(SIDE) for half in (0, SIDE)])
                 for left, right in ((r0, r1), (r2, r3))]
        order = [place for block in range(SIDE)
                 for place in (2 * block, 2 * block + 1, 2 * SIDE + 2 * block, 2 * SIDE + 2 * block + 1)]
        words = joined(pairs[0], pairs[1], order)
        with builder.goto_entry_block():
            room = builder.alloca(words.type)
        room.align = 64
        builder.store(words, room).align = 64
        return stack_array(context, builder, kind, room, WORDS)

    return kind(key, counter, first), codegen


def words_at(run, stream, first):
    """64 random words for the places `first`…`first + 63` (a multiple of 64) of what an operation draws in a step."""
    blocks = np.arange(first // 4, first // 4 + SIDE, dtype=np.uint64)
    words = philox(low(run[0]), low(stream), low(run[1]), high(run[1]), blocks, high(run[0]))
    return np.stack(words, 1).astype(np.uint32).ravel()


@overload(words_at, inline="always")  # the array lives as long as the function that it is on the stack of
def _words_at(run, stream, first):
    return lambda run, stream, first: _side_by_side(
        (low(run[0]), low(stream)), (low(run[1]), high(run[1]), high(run[0])), np.uint64(first >> 2))


@register_jitable
def low(value):
    """The lower 32 bits of an int64."""
    return np.uint64(value) & MASK


@register_jitable
def high(value):
    """The upper 32 bits of an int64."""
    return np.uint64(value) >> HALF
