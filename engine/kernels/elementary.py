"""exp, log, tanh, sigmoid, erf, the circle, division by a root for kernels, in the precision of what they are given."""

import math

import numpy as np


def exp(x):
    """eˣ in the precision of x."""
    return np.exp(x)


def tanh(x):
    """Hyperbolic tangent in the precision of x."""
    return np.tanh(x)


def log(x):
    """Natural logarithm in the precision of x."""
    return np.log(x)


def sigmoid(x):
    """1/(1+e⁻ˣ) in the precision of x."""
    one = x.dtype.type(1)
    return one / (one + np.exp(-x)) if x > -80 else np.exp(x)


def erf(x):
    """The error function `2/√π ∫₀ˣ e^−t² dt` in the precision of x."""
    return x.dtype.type(math.erf(x))


def circle(turns):
    """`(cos 2πt, sin 2πt)` for t in [−½, ½], in the precision of t."""
    angle, real = 2.0 * math.pi * float(turns), turns.dtype.type
    return real(math.cos(angle)), real(math.sin(angle))


def over_root(x, v, factor, epsilon):
    """`x / (factor √v + ε)` in the precision of x: the step of an optimiser that is adapted to the size of gradients."""
    return x / (np.sqrt(v) * factor + epsilon)
