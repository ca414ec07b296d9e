"""Penalties on weights (正則化, U5, O13) and the clipping of gradients (O9): the kernels around an optimiser's update.

With λ₂ for ridge, λ₁ for LASSO and α for weight decay the objective is `E + λ₂ ‖w‖² + λ₁ Σ|w| + ½ α ‖w‖²`. Ridge and
coupled decay enter the gradient, decoupled decay the step, LASSO the proximal phase of the optimiser. Which segments
of the parameters are penalised, and how much, is `engine.segments`' to say.
Annotations are values here, not strings: kernels are read by them.
"""

import numpy as np

from engine.kernels.operand import Read, Scalar, Update, Write


def add_penalty(w: Read[1], l1: Scalar, square: Scalar, total: Update[1]) -> None:
    """`total += λ₁ Σ|w| + s Σ w²`, where s = λ₂ + α/2."""
    zero = w.dtype.type(0)
    absolute, squares = zero, zero
    for i in range(w.size):
        absolute += abs(w[i])
        squares += w[i] * w[i]
    total[0] += l1 * absolute + square * squares


def add_pull(w: Read[1], pull: Scalar, g: Update[1]) -> None:
    """`g += p w`, where p = 2 λ₂ + α."""
    for i in range(w.size):
        g[i] += pull * w[i]


def decay(w: Update[1], learning_rate: Scalar, weight_decay: Scalar) -> None:
    """`w ← w − η α w`: decoupled weight decay."""
    kept = w.dtype.type(1) - learning_rate * weight_decay
    for i in range(w.size):
        w[i] *= kept


def clip(g: Update[1], most: Scalar, norm: Write[1]) -> None:
    """`g ← g · g₀/‖g‖` when ‖g‖ ≥ g₀, over all gradients together; writes ‖g‖ as it was. Pascanu et al. (2013)."""
    squares = 0.0
    for i in range(g.size):
        squares += np.float64(g[i]) * np.float64(g[i])
    length = np.sqrt(squares)
    norm[0] = length
    if length >= most and length > 0.0:
        kept = g.dtype.type(most / length)
        for i in range(g.size):
            g[i] *= kept
