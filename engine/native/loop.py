"""The loop that trains: it walks instruction tables for as many steps as asked, without the interpreter."""

import numpy as np
from numba import njit

from engine import jit
from engine.native import crew

# Places in the counters, one array of int64 for the whole run.
SEED = 0
STEP = 1  # steps done; while a step runs, its number from 0
EPOCH = 2  # epochs done
CURSOR = 3  # samples of this epoch that are done
HALT = 4  # 1: something was not finite, nothing was updated in this step
ROWS = 5  # training samples
EPOCH_LIMIT = 6  # 0: endless
WATCH_EVERY = 7  # statistics of layers are taken every so many steps; 0: never
CHECKED = 8  # validation samples that are done
CHECK_ROWS = 9  # validation samples
BATCH = 10
CHECK_BATCH = 11
SEARCHED = 12  # 1: the line search of this step is over
COUNTERS = 16

# Sections of the training table, in order; marks hold where each begins.
ADVANCE, PASS, BEFORE, UPDATE, AFTER, RECORD, RECORD_ALL, EPOCH_END, EPOCH_BEGIN = range(9)
SECTIONS = ("advance", "pass", "before", "update", "after", "record", "record_all", "epoch_end", "epoch_begin")


@njit(nogil=True, cache=True, error_model="numpy")
def walk(table, advances, begin, end):
    """Runs the rows of a table. A row marked `REPEAT` (1) runs the rows after it several times: as often as it says, or
    until the whole number at the address that it gives (if any) is not 0. A row marked `TOGETHER` (2) shares the rows
    after it between threads."""
    word = 8
    row = begin
    start = table.ctypes.data
    width = table.shape[1]
    while row < end:
        entry = table[row, 0]
        if entry == 1:
            count, body, first, last, flag = table[row, 1], table[row, 2], table[row, 3], table[row, 4], table[row, 5]
            turns = 0
            while turns < count and (flag == 0 or jit.peek(flag) == 0):
                for inner in range(row + 1, row + 1 + body):
                    jit.call(table[inner, 0], start + (inner * width + 1) * word)
                for k in range(first, last):
                    table[advances[k, 0], advances[k, 1]] += advances[k, 2]
                turns += 1
            for k in range(first, last):
                table[advances[k, 0], advances[k, 1]] -= turns * advances[k, 2]
            row += 1 + body
        elif entry == 2:
            table[row, 1] = width  # for the function that runs one of them
            crew.share(jit.row_entry(), start + row * width * word, table[row, 2])
            row += 1 + table[row, 2]
        else:
            jit.call(entry, start + (row * width + 1) * word)
            row += 1


@njit(nogil=True, cache=True, error_model="numpy")
def train(steps, c, signals, full, short, advances, marks, check_full, check_short, check_advances, check_end):
    """Trains for so many steps, or to the epoch limit, or until `signals[0]` is set, or until a step halts.

    Returns the number of steps done. `full` and `short` are the same program bound to the batch size and to the size of
    the last, short batch.
    """
    done = 0
    while done < steps and c[HALT] == 0 and signals[0] == 0:
        if c[CURSOR] == 0:
            if c[EPOCH_LIMIT] > 0 and c[EPOCH] >= c[EPOCH_LIMIT]:
                break
            walk(full, advances, marks[EPOCH_BEGIN], marks[EPOCH_BEGIN + 1])
        rows = min(c[BATCH], c[ROWS] - c[CURSOR])
        table = full if rows == c[BATCH] else short
        walk(table, advances, marks[ADVANCE], marks[PASS + 1])
        if c[HALT] != 0:
            break
        watch = c[WATCH_EVERY] > 0 and c[STEP] % c[WATCH_EVERY] == 0
        if watch:
            walk(table, advances, marks[BEFORE], marks[BEFORE + 1])
        walk(table, advances, marks[UPDATE], marks[UPDATE + 1])
        if watch:
            walk(table, advances, marks[AFTER], marks[AFTER + 1])
            walk(table, advances, marks[RECORD_ALL], marks[RECORD_ALL + 1])
        else:
            walk(table, advances, marks[RECORD], marks[RECORD + 1])
        c[STEP] += 1
        c[CURSOR] += rows
        done += 1
        if c[CURSOR] >= c[ROWS]:
            check(c, check_full, check_short, check_advances, check_end)
            walk(full, advances, marks[EPOCH_END], marks[EPOCH_END + 1])
            c[EPOCH] += 1
            c[CURSOR] = 0
    return done


@njit(nogil=True, cache=True, error_model="numpy")
def check(c, full, short, advances, end):
    """One pass over the validation samples."""
    c[CHECKED] = 0
    while c[CHECKED] < c[CHECK_ROWS]:
        rows = min(c[CHECK_BATCH], c[CHECK_ROWS] - c[CHECKED])
        walk(full if rows == c[CHECK_BATCH] else short, advances, 0, end)
        c[CHECKED] += rows


def no_table() -> np.ndarray:
    """An empty table, for programs that are not there."""
    return np.zeros((0, 1), np.int64)
