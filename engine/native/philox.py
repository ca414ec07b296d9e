"""Random words side by side."""

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from engine.kernels.philox import MASK, MULTIPLIER_0, MULTIPLIER_1, SIDE, WEYL_0, WEYL_1, WORDS, high, low, words_at
from engine.native.stack import stack_array


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


@overload(words_at, inline="always")  # the array lives as long as the function that it is on the stack of
def _words_at(run, stream, first):
    return lambda run, stream, first: _side_by_side(
        (low(run[0]), low(stream)), (low(run[1]), high(run[1]), high(run[0])), np.uint64(first >> 2))
