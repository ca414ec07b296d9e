"""Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3).

A draw is a pure function of (key, counter), so nothing but a few integers need be saved to replay it.
Words are held in uint64 with the upper half zero, so that the 32×32 products are exact.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload, register_jitable

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


EIGHT, WORDS = 8, 32  # blocks that are computed side by side, and their words


@intrinsic
def _mask_eight(typingctx, key, counter, first, limit, zero, keep, mask):
    """Fills 32 places at the address `mask` from the blocks `first`…`first + 7`, word by word as `philox` gives them: with
    `zero` where a word is below `limit`, else with `keep`. `key` is (key0, key1), `counter` (c0, c1, c3).

    Written as vectors, since no compiler finds them behind the 64-bit products: a quarter of the time."""

    def codegen(context, builder, signature, args):
        lanes, halves = ir.VectorType(ir.IntType(64), EIGHT), ir.VectorType(ir.IntType(32), EIGHT)
        key, counter, first, limit, zero, keep, mask = args

        def constant(value: int) -> ir.Constant:
            return ir.Constant(lanes, [value] * EIGHT)

        def everywhere(value: ir.Value, count: int = EIGHT) -> ir.Value:
            kind = ir.VectorType(value.type, count)
            one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.IntType(32)(0))
            return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(ir.IntType(32), count), [0] * count))

        def parts(product: ir.Value) -> tuple[ir.Value, ir.Value]:
            return builder.lshr(product, constant(32)), builder.and_(product, constant(int(MASK)))

        def joined(left: ir.Value, right: ir.Value, order: list[int]) -> ir.Value:
            return builder.shuffle_vector(left, right, ir.Constant(ir.VectorType(ir.IntType(32), len(order)), order))

        key0, key1 = (everywhere(builder.extract_value(key, index)) for index in range(2))
        c0, c1, c3 = (everywhere(builder.extract_value(counter, index)) for index in range(3))
        c2 = builder.add(everywhere(first), ir.Constant(lanes, list(range(EIGHT))))
        for turn in range(10):
            if turn:
                key0 = builder.and_(builder.add(key0, constant(int(WEYL_0))), constant(int(MASK)))
                key1 = builder.and_(builder.add(key1, constant(int(WEYL_1))), constant(int(MASK)))
            high0, low0 = parts(builder.mul(constant(int(MULTIPLIER_0)), c0))
            high1, low1 = parts(builder.mul(constant(int(MULTIPLIER_1)), c2))
            c0, c1 = builder.xor(builder.xor(high1, c1), key0), low1
            c2, c3 = builder.xor(builder.xor(high0, c3), key1), low0
        r0, r1, r2, r3 = (builder.trunc(word, halves) for word in (c0, c1, c2, c3))
        pairs = [joined(left, right, [index + half for index in range(EIGHT) for half in (0, EIGHT)])
                 for left, right in ((r0, r1), (r2, r3))]
        order = [place for block in range(EIGHT)
                 for place in (2 * block, 2 * block + 1, 2 * EIGHT + 2 * block, 2 * EIGHT + 2 * block + 1)]
        words = joined(pairs[0], pairs[1], order)
        below = builder.icmp_unsigned("<", words, everywhere(builder.trunc(limit, ir.IntType(32)), WORDS))
        chosen = builder.select(below, everywhere(zero, WORDS), everywhere(keep, WORDS))
        builder.store(chosen, builder.inttoptr(mask, chosen.type.as_pointer())).align = 4
        return context.get_dummy_value()

    return types.void(key, counter, first, limit, zero, keep, mask), codegen


def mask_start(key0, key1, c0, c1, c3, limit, zero, keep, mask):
    """Fills the beginning of a mask, four places from each block: `zero` where a word is below `limit`, else `keep`.
    Returns how many places are filled: all whole groups of eight blocks when compiled, else none."""
    return 0


@overload(mask_start)
def _mask_start(key0, key1, c0, c1, c3, limit, zero, keep, mask):
    def fill(key0, key1, c0, c1, c3, limit, zero, keep, mask):
        filled = mask.size // WORDS * WORDS
        size = np.int64(mask.itemsize)
        for start in range(0, filled, WORDS):
            _mask_eight((key0, key1), (c0, c1, c3), np.uint64(start // 4), limit, zero, keep,
                        np.int64(mask.ctypes.data) + start * size)
        return filled

    return fill


@register_jitable
def low(value):
    """The lower 32 bits of an int64."""
    return np.uint64(value) & MASK


@register_jitable
def high(value):
    """The upper 32 bits of an int64."""
    return np.uint64(value) >> HALF
