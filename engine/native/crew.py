"""Work shared between threads: a few pieces, each taken by whoever is free.

A BLAS that gives every thread the same share waits for the slowest, and on a desktop there is always one whose core is
wanted elsewhere. Here the thread that trains cuts a large product into pieces and takes them one by one; the others of
the crew take pieces too while they are awake. Whoever is late finds nothing left and holds nobody up for longer than a
piece. What is computed does not depend on who computes it.

Every thread has pieces of its own, the same ones each time, and helps with those of others when it is done: what a core
has written it finds in its own cache in the next step, and to fetch it from another core's takes longer than to compute it.

The ticket is one word, (generation, pieces, which of them are taken): it changes only as a whole, so a latecomer can never
mistake the pieces of one job for those of the next.
"""

import os
import platform

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, register_jitable

INT = ir.IntType(64)
LINE = 64  # bytes: each word has a cache line of its own, so that waiting for one does not slow writing of another
TICKET, DONE, ACTIVE, BUSY, MEMBERS, ASKED, ENTRY, WORDS = (LINE * place for place in range(8))
MOST_PIECES = 32
ALL_TAKEN = (1 << MOST_PIECES) - 1
PATIENCE = 4000  # looks before a waiting thread offers its core to others

_raw = np.zeros(9 * LINE, np.uint8)
SHARED = _raw[-_raw.ctypes.data % LINE :][: 8 * LINE].view(np.int64)
llvmlite.binding.add_symbol("hourglass_crew", SHARED.ctypes.data)
YIELD = "SwitchToThread" if os.name == "nt" else "sched_yield"
PAUSE = "llvm.x86.sse2.pause" if platform.machine() in ("x86_64", "AMD64") else ""


@intrinsic
def shared(typingctx, offset):
    """The address of a word of the crew."""

    def codegen(context, builder, signature, args):
        name = "hourglass_crew"
        place = builder.module.globals.get(name) or ir.GlobalVariable(builder.module, ir.IntType(8), name)
        return builder.add(builder.ptrtoint(place, INT), args[0])

    return types.int64(types.int64), codegen


def _pointer(builder: ir.IRBuilder, address: ir.Value) -> ir.Value:
    return builder.inttoptr(address, INT.as_pointer())


@intrinsic
def look(typingctx, address):
    """The word at an address, with everything that was written before it."""

    def codegen(context, builder, signature, args):
        return builder.load_atomic(_pointer(builder, args[0]), "acquire", 8)

    return types.int64(types.int64), codegen


@intrinsic
def publish(typingctx, address, value):
    """Writes a word after everything that was written before."""

    def codegen(context, builder, signature, args):
        builder.store_atomic(args[1], _pointer(builder, args[0]), "release", 8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), codegen


@intrinsic
def add(typingctx, address, value):
    """Adds to a word; returns what it was."""

    def codegen(context, builder, signature, args):
        return builder.atomic_rmw("add", _pointer(builder, args[0]), args[1], "seq_cst")

    return types.int64(types.int64, types.int64), codegen


@intrinsic
def exchange(typingctx, address, old, new):
    """Turns a word from `old` to `new`; returns whether it was `old`."""

    def codegen(context, builder, signature, args):
        found = builder.cmpxchg(_pointer(builder, args[0]), args[1], args[2], "seq_cst", "seq_cst")
        return builder.zext(builder.extract_value(found, 1), INT)

    return types.int64(types.int64, types.int64, types.int64), codegen


@intrinsic
def pause(typingctx):
    """Tells the processor that this is a waiting loop, where it has a word for that."""

    def codegen(context, builder, signature, args):
        if PAUSE:
            kind = ir.FunctionType(ir.VoidType(), [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, PAUSE), [])
        return context.get_dummy_value()

    return types.void(), codegen


@intrinsic
def offer(typingctx):
    """Offers the core to other threads."""

    def codegen(context, builder, signature, args):
        kind = ir.FunctionType(ir.IntType(32), [])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, YIELD), [])
        return context.get_dummy_value()

    return types.void(), codegen


@intrinsic
def call_piece(typingctx, entry, words, piece):
    """Calls the C function `void entry(int64 words, int64 piece)` by its address."""

    def codegen(context, builder, signature, args):
        function = ir.FunctionType(ir.VoidType(), [INT, INT]).as_pointer()
        builder.call(builder.inttoptr(args[0], function), args[1:])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), codegen


def entry(symbol):
    """An intrinsic: the address of a C function `void (int64 words, int64 piece)` that the linker knows by this name."""

    @intrinsic
    def address(typingctx):
        def codegen(context, builder, signature, args):
            kind = ir.FunctionType(ir.VoidType(), [INT, INT])
            return builder.ptrtoint(cgutils.get_or_insert_function(builder.module, kind, symbol), INT)

        return types.int64(), codegen

    return address


@register_jitable
def _choose(ticket, member):
    """A piece that nobody has taken: the first of this member's own, else the last of all; −1: none."""
    pieces, members = (ticket >> 32) & 0xFF, look(shared(MEMBERS))
    for piece in range(member * pieces // members, (member + 1) * pieces // members):
        if (ticket >> piece) & 1 == 0:
            return piece
    for piece in range(pieces - 1, -1, -1):
        if (ticket >> piece) & 1 == 0:
            return piece
    return np.int64(-1)


@register_jitable
def _take_pieces(member):
    """Does pieces of the present job until none is left. Returns whether there was one."""
    found = False
    while True:
        ticket = look(shared(TICKET))
        piece = _choose(ticket, member)
        if piece < 0:
            return found
        if exchange(shared(TICKET), ticket, ticket | (np.int64(1) << piece)) != 0:
            call_piece(look(shared(ENTRY)), look(shared(WORDS)), piece)
            add(shared(DONE), 1)
            found = True


@register_jitable
def size():
    """How many threads there are to share with, the caller among them; 0 where products are not to be shared."""
    return look(shared(MEMBERS))


@register_jitable
def share(function, words, pieces):
    """Has `function(words, piece)` called for each piece, by whoever is free, and returns when all are done."""
    add(shared(ASKED), 1)
    if look(shared(ACTIVE)) == 0 or exchange(shared(BUSY), 0, 1) == 0:
        for piece in range(pieces):
            call_piece(function, words, piece)
        return
    publish(shared(ENTRY), function)
    publish(shared(WORDS), words)
    publish(shared(DONE), 0)
    generation = ((look(shared(TICKET)) >> 40) + 1) & 0x3FFFFF
    publish(shared(TICKET), generation << 40 | pieces << 32 | ALL_TAKEN >> pieces << pieces)
    _take_pieces(0)
    looks = 0
    while look(shared(DONE)) < pieces:
        pause()
        looks += 1
        if looks > PATIENCE:
            offer()
    publish(shared(BUSY), 0)


@njit(nogil=True, cache=True)
def serve(member):
    """What another member of the crew (1, 2, …; 0 is who asks) does while a run is active."""
    looks = 0
    while look(shared(ACTIVE)) != 0:
        if _take_pieces(member):
            looks = 0
        pause()
        looks += 1
        if looks > PATIENCE:
            offer()
