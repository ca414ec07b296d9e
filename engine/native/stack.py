"""Small arrays on the stack of a kernel, for what lives no longer than a few lines: they cost nothing to make."""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload
from numba.np.arrayobj import make_array, populate_array

from engine.kernels.draws import room


def stack_array(context, builder, kind, room, size):
    """The numba array of this type (one axis) over memory that nobody frees."""
    itemsize = context.get_constant(types.intp, context.get_abi_sizeof(context.get_value_type(kind.dtype)))
    array = make_array(kind)(context, builder)
    data = builder.bitcast(room, context.get_value_type(kind.dtype).as_pointer())
    populate_array(array, data=data, shape=cgutils.pack_array(builder, [context.get_constant(types.intp, size)]),
                   strides=cgutils.pack_array(builder, [itemsize]), itemsize=itemsize, meminfo=None)
    return array._getvalue()


@intrinsic(prefer_literal=True)
def _room(typingctx, size, like):
    """An array of so many numbers (a literal) of the type of another array, not filled."""
    kind, count = types.Array(like.dtype, 1, "C"), size.literal_value

    def codegen(context, builder, signature, args):
        with builder.goto_entry_block():
            room = builder.alloca(ir.ArrayType(context.get_value_type(kind.dtype), count))
        room.align = 64
        return stack_array(context, builder, kind, room, count)

    return kind(size, like), codegen


@overload(room, inline="always", prefer_literal=True)  # it lives as long as the function that it is on the stack of
def _room_of(size, like):
    return lambda size, like: _room(size, like)
