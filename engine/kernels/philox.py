"""Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3).

A draw is a pure function of (key, counter), so nothing but a few integers need be saved to replay it.
Words are held in uint64 with the upper half zero, so that the 32×32 products are exact.
"""

import numpy as np
from numba.extending import register_jitable

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


@register_jitable
def low(value):
    """The lower 32 bits of an int64."""
    return np.uint64(value) & MASK


@register_jitable
def high(value):
    """The upper 32 bits of an int64."""
    return np.uint64(value) >> HALF
