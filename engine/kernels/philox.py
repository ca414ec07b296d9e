"""Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3).

A draw is a pure function of (key, counter), so nothing but a few integers need be saved to replay it.
Words are held in uint64 with the upper half zero, so that the 32×32 products are exact.
"""

import numpy as np

MASK = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
MULTIPLIER_0, MULTIPLIER_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
WEYL_0, WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
SIDE, WORDS = 16, 64  # blocks that are computed side by side, and their words


def philox(key0, key1, c0, c1, c2, c3):
    """Four random 32-bit words (in uint64) from a 64-bit key and a 128-bit counter, all given as uint64 words."""
    for _ in range(10):
        p0 = MULTIPLIER_0 * c0
        p1 = MULTIPLIER_1 * c2
        c0, c1, c2, c3 = (p1 >> HALF) ^ c1 ^ key0, p1 & MASK, (p0 >> HALF) ^ c3 ^ key1, p0 & MASK
        key0 = (key0 + WEYL_0) & MASK
        key1 = (key1 + WEYL_1) & MASK
    return c0, c1, c2, c3


def words_at(run, stream, first):
    """64 random words for the places `first`…`first + 63` (a multiple of 64) of what an operation draws in a step."""
    blocks = np.arange(first // 4, first // 4 + SIDE, dtype=np.uint64)
    words = philox(low(run[0]), low(stream), low(run[1]), high(run[1]), blocks, high(run[0]))
    return np.stack(words, 1).astype(np.uint32).ravel()


def low(value):
    """The lower 32 bits of an int64."""
    return np.uint64(value) & MASK


def high(value):
    """The upper 32 bits of an int64."""
    return np.uint64(value) >> HALF
