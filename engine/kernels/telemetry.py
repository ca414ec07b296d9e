"""How the numbers of one training step enter the decimated history. Plain functions in the numba subset.

The history is a grid of buckets (rows) by channels (columns). Every bucket stands for `WIDTH` steps. When all rows are
full, neighbours merge and the width doubles, so memory stays bounded and no extreme is ever lost.
"""

from engine.kernels.operand import Count, Read, Update, UpdateInts

# Places in the `state` array of int64 counters.
VERSION = 0  # odd while rows merge; rows before the last change only then
SEQUENCE = 1  # odd while the last row is written
USED = 2  # rows in use; the last one may still be filling
WIDTH = 3  # steps a bucket stands for
FILLED = 4  # steps already in the last row
ORIGIN = 5  # steps done before the first recorded one
STATE_SIZE = 8

HIGHEST = 3.4028234e38  # the largest float32; beyond it, and for NaN, there is no value


def record(stats: Read[1], fresh: Count, low: Update[2], high: Update[2], total: Update[2], count: UpdateInts[2],
           state: UpdateInts[1]) -> None:
    """Adds the first `fresh` numbers of `stats` as one step. What is not finite counts as missing."""
    channels = low.shape[1]
    if state[USED] == 0 or state[FILLED] == state[WIDTH]:
        if state[USED] == low.shape[0]:
            state[VERSION] += 1
            half = low.shape[0] // 2
            for row in range(half):
                left = 2 * row
                for k in range(channels):
                    low[row, k] = min(low[left, k], low[left + 1, k])
                    high[row, k] = max(high[left, k], high[left + 1, k])
                    total[row, k] = total[left, k] + total[left + 1, k]
                    count[row, k] = count[left, k] + count[left + 1, k]
            state[USED] = half
            state[WIDTH] *= 2
            state[VERSION] += 1
        fresh_row = state[USED]
        for k in range(channels):
            low[fresh_row, k] = HIGHEST
            high[fresh_row, k] = -HIGHEST
            total[fresh_row, k] = 0.0
            count[fresh_row, k] = 0
        state[FILLED] = 0
        state[USED] = fresh_row + 1
    row = state[USED] - 1
    state[SEQUENCE] += 1
    for k in range(fresh):
        value = stats[k]
        if -HIGHEST <= value <= HIGHEST:
            low[row, k] = min(low[row, k], value)
            high[row, k] = max(high[row, k], value)
            total[row, k] += value
            count[row, k] += 1
    state[FILLED] += 1
    state[SEQUENCE] += 1
