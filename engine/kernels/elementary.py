"""exp, tanh, sigmoid and their like for kernels: vectorised in float32, the C library's in float64.

In float32 `exp` reduces its argument to r in [-ln2/2, ln2/2] by x = n·ln2 + r, takes a polynomial of degree 6 for eʳ
and puts n into the exponent bits. Without branches and calls, so that loops over it vectorise; accurate to
about 1e-7 relative. The plain Python functions here are the un-jitted reference.
"""

import math

import numpy as np
from numba import types
from numba.extending import intrinsic, overload, register_jitable

LOWEST, HIGHEST = np.float32(-87.3), np.float32(88.7)


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


@intrinsic
def _power_of_two(typingctx, n):
    """2ⁿ for an int32 n in −126…127, by writing the exponent bits of a float32."""

    def codegen(context, builder, signature, args):
        (value,) = args
        bits = builder.shl(builder.add(value, value.type(127)), value.type(23))
        return builder.bitcast(bits, context.get_value_type(types.float32))

    return types.float32(types.int32), codegen


@intrinsic
def _round(typingctx, x):
    """The nearest whole number, as one vector instruction."""

    def codegen(context, builder, signature, args):
        return builder.call(builder.module.declare_intrinsic("llvm.rint", [args[0].type]), args)

    return types.float32(types.float32), codegen


@register_jitable
def _exp32(x):
    # NaN must come out as NaN: `min`/`max` written as comparisons keep x when the comparison is false
    clipped = LOWEST if x < LOWEST else (HIGHEST if x > HIGHEST else x)
    n = _round(clipped * np.float32(1.4426950408889634))
    r = clipped - n * np.float32(0.693359375)
    r = r + n * np.float32(2.12194440054690583e-4)
    p = np.float32(1.3981999507e-3)
    p = p * r + np.float32(8.3334519073e-3)
    p = p * r + np.float32(4.1665795894e-2)
    p = p * r + np.float32(1.6666665459e-1)
    p = p * r + np.float32(5.0000001201e-1)
    return (p * r * r + r + np.float32(1)) * _power_of_two(np.int32(n))


@overload(exp)
def _exp(x):
    if x == types.float32:
        return lambda x: _exp32(x)
    return lambda x: math.exp(x)


@overload(log)
def _log(x):
    if x == types.float32:
        return lambda x: np.float32(math.log(x))
    return lambda x: math.log(x)


@register_jitable
def _tanh32(x):
    # near zero 1 − 2/(e²ˣ+1) cancels: below 0.625 an odd polynomial takes over (Cephes, tanhf)
    square = x * x
    p = np.float32(-5.70498872745e-3)
    p = p * square + np.float32(2.06390887954e-2)
    p = p * square + np.float32(-5.37397155531e-2)
    p = p * square + np.float32(1.33314422036e-1)
    p = p * square + np.float32(-3.33332819422e-1)
    near = x + x * square * p
    far = np.float32(1) - np.float32(2) / (_exp32(x + x) + np.float32(1))
    return near if square < np.float32(0.390625) else far


@overload(tanh)
def _tanh(x):
    if x == types.float32:
        return lambda x: _tanh32(x)
    return lambda x: math.tanh(x)


@overload(sigmoid)
def _sigmoid(x):
    if x == types.float32:
        return lambda x: np.float32(1) / (np.float32(1) + _exp32(-x))
    return lambda x: 1.0 / (1.0 + math.exp(-x))
