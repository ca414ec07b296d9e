"""The quasi-Newton method L-BFGS (準ニュートン法, O8): full batch, float64, with a line search of its own.

One step of the run is one iteration: the pass gives E and ∇E at w, `begin` makes a direction from the last pairs (s, y)
and sets w to the first trial; then forward, backward and `judge` repeat until the strong Wolfe conditions hold. All it
knows lies in the optimiser's state, so a run can be paused, stepped and resumed like any other.
Nocedal and Wright (2006), algorithms 7.4, 3.5 and 3.6. Annotations are values here: kernels are read by them.
"""

from typing import ClassVar

import numpy as np

from engine.kernels.operand import Kernel, Read, Scalar, Update, UpdateInts, Write
from engine.optimizer import Optimizer, rate

PAIRS = 10
TRIALS = 25  # of one line search
ARMIJO, WOLFE = 1e-4, 0.1  # how much of the promised descent there must be, how much of the slope may be left
LEVEL = 1e-13  # so near the bottom that values no longer tell, only slopes can
SEARCHED = 12  # the place in the run's counters that says: this line search is over

# Places in `search`. The line begins at 0; LOW is the best point so far, HIGH the other end once there is a bracket.
COUNT, NEXT, TRIED, BRACKETED, T, F0, D0, T_LOW, F_LOW, D_LOW, T_HIGH, F_HIGH, D_HIGH, VERDICT, ALPHAS = range(15)
GO_ON, ACCEPTED, GAVE_UP = 0.0, 1.0, 2.0  # verdicts
SEARCH = ALPHAS + PAIRS


def direct(g: Read[1], steps: Read[2], changes: Read[2], direction: Update[1], search: Update[1]) -> None:
    """`direction = −H g` by two loops over the pairs of steps and changes, and its slope D0."""
    count, following, scale, slope = int(search[COUNT]), int(search[NEXT]), 0.0, 0.0
    for i in range(g.size):
        direction[i] = -g[i]
    for k in range(count):
        row = (following - 1 - k) % steps.shape[0]
        s, y = steps[row], changes[row]
        curvature, size, along = 0.0, 0.0, 0.0
        for i in range(g.size):
            curvature += s[i] * y[i]
            size += y[i] * y[i]
            along += s[i] * direction[i]
        search[ALPHAS + row] = along / curvature if curvature > 0.0 else 0.0
        if curvature > 0.0:
            scale = curvature / size if scale == 0.0 else scale
            for i in range(g.size):
                direction[i] -= search[ALPHAS + row] * y[i]
    for i in range(g.size):
        direction[i] *= scale if scale > 0.0 else 1.0
    for k in range(count):
        row = (following - count + k) % steps.shape[0]
        s, y = steps[row], changes[row]
        curvature, along = 0.0, 0.0
        for i in range(g.size):
            curvature += s[i] * y[i]
            along += y[i] * direction[i]
        for i in range(g.size):
            direction[i] += s[i] * (search[ALPHAS + row] - along / curvature) if curvature > 0.0 else 0.0
    for i in range(g.size):
        slope += g[i] * direction[i]
    search[D0] = slope


def begin(w: Update[1], g: Read[1], direction: Update[1], origin: Write[1], slope: Write[1], search: Update[1],
          objective: Read[1], learning_rate: Scalar, run: UpdateInts[1]) -> None:
    """Starts a line search: where it begins, and its first trial."""
    steepest = 0.0
    for i in range(w.size):
        origin[i], slope[i] = w[i], g[i]
        steepest += abs(g[i])
    if not search[D0] < 0.0:  # rounding has spoilt the pairs: a new beginning with steepest descent
        search[COUNT], search[D0] = 0.0, 0.0
        for i in range(w.size):
            direction[i] = -g[i]
            search[D0] -= g[i] * g[i]
    first = 1.0 if search[COUNT] > 0.0 else min(1.0, 1.0 / max(steepest, 1e-300))
    search[T], search[F0] = first * learning_rate, objective[0]
    search[T_LOW], search[F_LOW], search[D_LOW] = 0.0, objective[0], search[D0]
    search[TRIED], search[BRACKETED] = 0.0, 0.0
    run[SEARCHED] = 0 if search[D0] < 0.0 else 1  # at the bottom there is nothing to search
    for i in range(w.size):
        w[i] = origin[i] + search[T] * direction[i] if search[D0] < 0.0 else origin[i]


def judge(g: Read[1], direction: Read[1], search: Update[1], objective: Read[1], run: UpdateInts[1]) -> None:
    """Is this trial good enough (strong Wolfe)? If not, it becomes one end of the bracket."""
    t, value, slope = search[T], objective[0], 0.0
    for i in range(g.size):
        slope += g[i] * direction[i]
    search[TRIED] += 1.0
    finite = abs(value) < np.inf and abs(slope) < np.inf
    enough = finite and value <= search[F0] + ARMIJO * t * search[D0]
    level = finite and abs(value - search[F0]) <= LEVEL * abs(search[F0])
    search[VERDICT] = GO_ON
    if (enough or level) and abs(slope) <= -WOLFE * search[D0]:
        search[VERDICT] = ACCEPTED
    elif search[TRIED] >= TRIALS:
        search[VERDICT] = GAVE_UP
    elif (enough and value < search[F_LOW]) or (level and slope < 0.0):
        turned = slope >= 0.0 if search[BRACKETED] == 0.0 else slope * (search[T_HIGH] - search[T_LOW]) >= 0.0
        if turned:
            search[T_HIGH], search[F_HIGH], search[D_HIGH] = search[T_LOW], search[F_LOW], search[D_LOW]
            search[BRACKETED] = 1.0
        else:  # remembered for the step beyond, which `follow` makes from the two last slopes
            search[F_HIGH] = search[F_HIGH] if search[BRACKETED] == 1.0 else (slope - search[D_LOW]) / (t - search[T_LOW])
        search[T_LOW], search[F_LOW], search[D_LOW] = t, value, slope
    else:
        search[T_HIGH], search[F_HIGH], search[D_HIGH] = t, value, slope
        search[BRACKETED] = 1.0
    run[SEARCHED] = 0 if search[VERDICT] == GO_ON else 1


def keep_pair(g: Read[1], direction: Read[1], slope: Read[1], steps: Update[2], changes: Update[2],
              search: Update[1]) -> None:
    """Of a trial that was taken: the step and the change of the gradient, where the curvature is positive."""
    if search[VERDICT] != ACCEPTED:
        return
    curvature, size = 0.0, 0.0
    for i in range(g.size):
        curvature += search[T] * direction[i] * (g[i] - slope[i])
        size += (g[i] - slope[i]) * (g[i] - slope[i])
    if curvature > 1e-14 * size:
        row = int(search[NEXT])
        for i in range(g.size):
            steps[row, i] = search[T] * direction[i]
            changes[row, i] = g[i] - slope[i]
        search[NEXT] = (row + 1) % steps.shape[0]
        search[COUNT] = min(search[COUNT] + 1.0, steps.shape[0])


def follow(w: Write[1], direction: Read[1], origin: Read[1], search: Update[1]) -> None:
    """The next trial: beyond while it goes downhill, else the minimum of the cubic through both ends of the bracket."""
    if search[VERDICT] == GAVE_UP:  # the best that there was; where nothing was better, a new beginning
        search[COUNT] = search[COUNT] if search[T_LOW] > 0.0 else 0.0
        search[T] = search[T_LOW]
    elif search[VERDICT] == GO_ON and search[BRACKETED] == 0.0:
        bend = search[F_HIGH]
        farther = search[T] - search[D_LOW] / bend if bend > 0.0 else 10.0 * search[T]
        search[T] = min(max(farther, 2.0 * search[T]), 10.0 * search[T])
    elif search[VERDICT] == GO_ON:
        width, share = search[T_HIGH] - search[T_LOW], 0.1
        if abs(search[F_HIGH]) < np.inf and abs(search[D_HIGH]) < np.inf:
            share = 0.5
            low, high = search[D_LOW], search[D_HIGH]
            middle = low + high - 3.0 * (search[F_HIGH] - search[F_LOW]) / width
            inside = middle * middle - low * high
            if inside >= 0.0:
                root = np.sqrt(inside) * (1.0 if width > 0.0 else -1.0)
                if high - low + 2.0 * root != 0.0:
                    share = 1.0 - (high + root - middle) / (high - low + 2.0 * root)
        search[T] = search[T_LOW] + min(max(share, 0.1), 0.9) * width
    for i in range(w.size):
        w[i] = origin[i] + search[T] * direction[i]


class LBFGS(Optimizer):
    """Newton's method from the last few gradients: few, long steps with the whole set, for smooth and smaller problems."""

    title = "L-BFGS"
    equation = "w ← w − t H ∇E,   H from the last 10 pairs (Δw, Δ∇E)"
    source = "O8; Liu and Nocedal (1989), Mathematical Programming 45"
    state = ("direction", "origin", "slope", *(f"step{k}" for k in range(PAIRS)), *(f"change{k}" for k in range(PAIRS)))
    full_batch = True
    wide = True
    searches: ClassVar[tuple[Kernel, ...]] = (direct, begin)
    trials: ClassVar[tuple[Kernel, ...]] = (judge, keep_pair, follow)

    learning_rate: float = rate(1.0)
