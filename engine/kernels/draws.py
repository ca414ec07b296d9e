"""Chances and normal numbers from random words, 64 at a time and vectorised."""

import numpy as np

from engine.kernels.elementary import circle, log
from engine.kernels.philox import WORDS

HALF = WORDS // 2


def chance(word):
    """A float32 in [0, 1), evenly distributed over multiples of 2⁻²⁴."""
    # whole numbers below 2³¹ become floats in one instruction on every processor; larger ones do not
    return np.float32(np.int32(word >> np.uint32(8))) * np.float32(2.0**-24)


def room(size, like):
    """Room for so many numbers (a literal) of the type of another array, not filled."""
    return np.empty(size, like.dtype)


def normals(words, like):
    """64 independent numbers from N(0, 1) of the type of an array, by the method of Box and Muller (1958): the first half
    of the words gives distances from the origin of a plane, the second half directions."""
    made, real = room(64, like), like.dtype.type
    across, along, far, turns = made[:HALF], made[HALF:], words[:HALF], words[HALF:]
    for i in range(HALF):
        share = real(np.int32(far[i] >> np.uint32(1))) * real(2.0**-31) + real(2.0**-32)  # above 0, at most 1
        radius = np.sqrt(real(-2) * log(share))
        cosine, sine = circle(real(chance(turns[i])) - real(0.5))
        across[i], along[i] = radius * cosine, radius * sine
    return made
