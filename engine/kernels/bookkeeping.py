"""Kernels around a step: fetching samples, guarding, adding up reports, statistics of layers."""

import numpy as np

from engine.kernels.operand import Count, Read, ReadInts, Update, UpdateInts, Write, WriteInts
from engine.kernels.philox import high, low, philox


def gather(data: Read[2], order: ReadInts[1], position: ReadInts[1], y: Write[2]) -> None:
    """Copies the samples of this batch: row i of y is sample `order[position + i]`."""
    rows = order[position[0] : position[0] + y.shape[0]]
    for i in range(y.shape[0]):
        source, target = data[rows[i]], y[i]
        for j in range(target.size):
            target[j] = source[j]


def gather_labels(data: ReadInts[1], order: ReadInts[1], position: ReadInts[1], y: WriteInts[1]) -> None:
    """Copies the labels of this batch."""
    rows = order[position[0] : position[0] + y.size]
    for i in range(y.size):
        y[i] = data[rows[i]]


def gather_sequences(data: Read[3], order: ReadInts[1], position: ReadInts[1], y: Write[3]) -> None:
    """Copies the sequences of this batch (N×T×F) with time outermost (T×B×F)."""
    rows = order[position[0] : position[0] + y.shape[1]]
    for t in range(y.shape[0]):
        for i in range(y.shape[1]):
            source, target = data[rows[i], t], y[t, i]
            for j in range(target.size):
                target[j] = source[j]


def keep_order(rows: ReadInts[1], order: WriteInts[1]) -> None:
    """The samples in their own order."""
    for i in range(order.size):
        order[i] = rows[i]


def shuffle(rows: ReadInts[1], run: ReadInts[1], anew: Count, order: WriteInts[1]) -> None:
    """The samples in the order of this epoch: Fisher and Yates, drawing from (seed, epoch) alone. Not `anew`: in the
    order of the first epoch, so that mini-batches stay what they are."""
    for i in range(order.size):
        order[i] = rows[i]
    key0, key1 = low(run[0]), np.uint64(0x53487546)  # a stream of its own
    epoch0, epoch1 = low(run[2] * anew), high(run[2] * anew)
    words = (np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0))
    for i in range(order.size - 1, 0, -1):
        turn = i & 3  # one draw gives four words
        if turn == 3 or i == order.size - 1:
            words = philox(key0, key1, np.uint64(i >> 2), epoch0, epoch1, high(run[0]))
        word = words[0] if turn == 0 else (words[1] if turn == 1 else (words[2] if turn == 2 else words[3]))
        j = np.int64((word * np.uint64(i + 1)) >> np.uint64(32))
        order[i], order[j] = order[j], order[i]


def weighted_total(losses: Read[1], weights: Read[1], total: Write[1]) -> None:
    """The objective: the weighted sum of the losses that count; others may be NaN."""
    value = losses.dtype.type(0)
    for i in range(losses.size):
        if weights[i] != 0:
            value += losses[i] * weights[i]
    total[0] = value


def guard(total: Read[1], gradients: Read[1], run: UpdateInts[1]) -> None:
    """Halts the run when the objective or a gradient is not finite: `x·0` is 0 for finite x and NaN otherwise."""
    zero = total.dtype.type(0)
    trouble = total[0] * zero
    for i in range(gradients.size):
        trouble += gradients[i] * zero
    if trouble != zero:  # true for NaN too
        run[4] = 1


def copy(x: Read[1], y: Write[1]) -> None:
    """`y = x`."""
    for i in range(x.size):
        y[i] = x[i]


def add_into(x: Read[1], total: Update[1]) -> None:
    """`total += x`."""
    for i in range(x.size):
        total[i] += x[i]


def add_report(report: Read[1], rows: Count, sums: Update[1]) -> None:
    """Adds the batch's figures to the epoch's, weighted by its samples."""
    weight = report.dtype.type(rows)
    for i in range(report.size):
        sums[i] += report[i] * weight


def epoch_report(sums: Update[1], columns: ReadInts[1], factors: Read[1], rows: Count, out: Write[1]) -> None:
    """The epoch's figures: sums over samples divided by them, each with a factor; then the sums start anew."""
    for i in range(out.size):
        out[i] = sums[columns[i]] * factors[i] / out.dtype.type(rows)
    for i in range(sums.size):
        sums[i] = 0


def parameter_statistics(w: Read[1], g: Read[1], before: Read[1], out: Write[1]) -> None:
    """‖∂E/∂w‖, ‖w‖ and ‖Δw‖/‖w‖ of one layer's weights."""
    zero = w.dtype.type(0)
    gradient, size, moved = zero, zero, zero
    for i in range(w.size):
        gradient += g[i] * g[i]
        size += w[i] * w[i]
        step = w[i] - before[i]
        moved += step * step
    out[0] = np.sqrt(gradient)
    out[1] = np.sqrt(size)
    out[2] = np.sqrt(moved / size) if size > zero else zero


def length(x: Read[2], out: Write[1]) -> None:
    """‖x‖, over all samples and units."""
    total = x.dtype.type(0)
    for i in range(x.shape[0]):
        row = x[i]
        for j in range(row.size):
            total += row[j] * row[j]
    out[0] = np.sqrt(total)


NEVER, AT_ZERO, AT_BOUNDS, AT_SIGNS = 0, 1, 2, 3  # how an activation falls silent: not at all, 0, 0 or 1, −1 or 1


def activity_statistics(y: Read[2], silence: Count, out: Write[1]) -> None:
    """Mean, standard deviation, and the share of silent units: rectifiers that are 0 for the whole batch, values of
    squashing functions where their slope is under a twentieth of its maximum."""
    one, zero = y.dtype.type(1), y.dtype.type(0)
    total, square, silent = zero, zero, zero
    for i in range(y.shape[0]):
        row = y[i]
        for j in range(row.size):
            total += row[j]
            square += row[j] * row[j]
    count = y.dtype.type(max(y.size, 1))
    if silence == 1:
        for j in range(y.shape[1]):
            largest = zero
            for i in range(y.shape[0]):
                largest = max(largest, y[i, j])
            silent += one if largest <= zero else zero
        silent /= y.dtype.type(max(y.shape[1], 1))
    elif silence != 0:
        for i in range(y.shape[0]):
            row = y[i]
            for j in range(row.size):
                slope = y.dtype.type(4) * row[j] * (one - row[j]) if silence == 2 else one - row[j] * row[j]
                silent += one if slope < y.dtype.type(0.05) else zero
        silent /= count
    mean = total / count
    spread = square / count - mean * mean
    out[0] = mean
    out[1] = np.sqrt(spread) if spread > zero else zero
    out[2] = silent
