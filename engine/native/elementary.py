"""exp, log, tanh, sigmoid, erf, the circle, division by a root: vectorised in float32, the C library's in float64.

In float32 `exp` reduces its argument to r in [-ln2/2, ln2/2] by x = n·ln2 + r, takes a polynomial of degree 6 for eʳ
and puts n into the exponent bits. Without branches and calls, so that loops over it vectorise; accurate to
about 1e-7 relative.
"""

import math

import numpy as np
from numba import types
from numba.extending import intrinsic, overload, register_jitable

from engine.kernels.elementary import circle, erf, exp, log, over_root, sigmoid, tanh

LOWEST, HIGHEST = np.float32(-87.3), np.float32(88.7)
LEAST, MOST = np.float32(1e-36), np.float32(3e38)  # of what a root is taken of


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


@intrinsic
def _bits(typingctx, x):
    """The bits of a float32 as an int32."""

    def codegen(context, builder, signature, args):
        return builder.bitcast(args[0], context.get_value_type(types.int32))

    return types.int32(types.float32), codegen


@intrinsic
def _from_bits(typingctx, bits):
    """The float32 of these bits."""

    def codegen(context, builder, signature, args):
        return builder.bitcast(args[0], context.get_value_type(types.float32))

    return types.float32(types.int32), codegen


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


@register_jitable
def _log32(x):
    # x = m·2ⁿ with m in [√½, √2); ln m by a polynomial (Cephes, logf). Numbers below 2⁻¹²⁶ count as 0
    bits = _bits(x)
    m = _from_bits(np.int32((bits & np.int32(0x007FFFFF)) | np.int32(0x3F800000)))
    n = np.float32((bits >> np.int32(23)) - np.int32(127))
    large = m > np.float32(1.41421356)
    f = (m * np.float32(0.5) if large else m) - np.float32(1)
    n = n + (np.float32(1) if large else np.float32(0))
    p = np.float32(7.0376836292e-2)
    p = p * f + np.float32(-1.1514610310e-1)
    p = p * f + np.float32(1.1676998740e-1)
    p = p * f + np.float32(-1.2420140846e-1)
    p = p * f + np.float32(1.4249322787e-1)
    p = p * f + np.float32(-1.6668057665e-1)
    p = p * f + np.float32(2.0000714765e-1)
    p = p * f + np.float32(-2.4999993993e-1)
    p = p * f + np.float32(3.3333331174e-1)
    square = f * f
    y = f * square * p + n * np.float32(-2.12194440054690583e-4) - np.float32(0.5) * square
    y = f + y + n * np.float32(0.693359375)
    inside = (x >= np.float32(1.17549435e-38)) & (x <= np.float32(3.4028235e38))
    outside = np.float32(-np.inf) if x >= np.float32(0) else np.float32(np.nan)
    outside = x if x > np.float32(3.4028235e38) else outside
    return y if inside else outside


@overload(log)
def _log(x):
    if x == types.float32:
        return lambda x: _log32(x)
    return lambda x: math.log(x)


@register_jitable
def _erf32(x):
    # a rational function on [−4, 4], where erf reaches ±1 (as in Eigen)
    t = np.float32(-4) if x < np.float32(-4) else (np.float32(4) if x > np.float32(4) else x)
    square = t * t
    p = np.float32(-2.72614225801306e-10)
    p = p * square + np.float32(2.77068142495902e-08)
    p = p * square + np.float32(-2.10102402082508e-06)
    p = p * square + np.float32(-5.69250639462346e-05)
    p = p * square + np.float32(-7.34990630326855e-04)
    p = p * square + np.float32(-2.95459980854025e-03)
    p = p * square + np.float32(-1.60960333262415e-02)
    q = np.float32(-1.45660718464996e-05)
    q = q * square + np.float32(-2.13374055278905e-04)
    q = q * square + np.float32(-1.68282697438203e-03)
    q = q * square + np.float32(-7.37332916720468e-03)
    q = q * square + np.float32(-1.42647390514189e-02)
    return t * p / q


@overload(erf)
def _erf(x):
    if x == types.float32:
        return lambda x: _erf32(x)
    return lambda x: math.erf(x)


@register_jitable
def _tanh32(x):
    # a rational function up to where tanh reaches ±1 (as in Eigen): one division, and neither exp nor a choice
    t = np.float32(-7.9988117) if x < np.float32(-7.9988117) else (np.float32(7.9988117) if x > np.float32(7.9988117) else x)
    square = t * t
    p = np.float32(-2.76076847742355e-16)
    p = p * square + np.float32(2.00018790482477e-13)
    p = p * square + np.float32(-8.60467152213735e-11)
    p = p * square + np.float32(5.12229709037114e-08)
    p = p * square + np.float32(1.48572235717979e-05)
    p = p * square + np.float32(6.37261928875436e-04)
    p = p * square + np.float32(4.89352455891786e-03)
    q = np.float32(1.19825839466702e-06)
    q = q * square + np.float32(1.18534705686654e-04)
    q = q * square + np.float32(2.26843463243900e-03)
    q = q * square + np.float32(4.89352518554385e-03)
    return t * p / q


@register_jitable
def _circle32(turns):
    # a quarter of a turn at most is left after taking whole quarters off, then the polynomials of Cephes (sinf, cosf)
    quarters = _round(turns * np.float32(4))
    angle = (turns * np.float32(4) - quarters) * np.float32(1.5707963267948966)
    square = angle * angle
    p = np.float32(-1.9515295891e-4)
    p = p * square + np.float32(8.3321608736e-3)
    p = p * square + np.float32(-1.6666654611e-1)
    sine = angle + angle * square * p
    q = np.float32(2.443315711809948e-5)
    q = q * square + np.float32(-1.388731625493765e-3)
    q = q * square + np.float32(4.166664568298827e-2)
    cosine = np.float32(1) - np.float32(0.5) * square + square * square * q
    quarter = np.int32(quarters)
    odd = (quarter & np.int32(1)) != np.int32(0)
    x, y = (sine if odd else cosine), (cosine if odd else sine)
    x = -x if ((quarter + np.int32(1)) & np.int32(2)) != np.int32(0) else x
    y = -y if (quarter & np.int32(2)) != np.int32(0) else y
    return x, y


@overload(circle)
def _circle(turns):
    if turns == types.float32:
        return lambda turns: _circle32(turns)
    return lambda turns: (math.cos(2.0 * math.pi * turns), math.sin(2.0 * math.pi * turns))


@overload(tanh)
def _tanh(x):
    if x == types.float32:
        return lambda x: _tanh32(x)
    return lambda x: math.tanh(x)


@register_jitable
def _sigmoid32(x):
    # 1 / (1 + 2ᵗ), the whole part of t added to exponent bits, for the rest a minimax polynomial (7.5e-8): shorter than by
    # `_exp32`, whose care for large arguments is lost on a number beside 1
    t = x * np.float32(-1.4426950408889634)
    t = np.float32(-125) if t < np.float32(-125) else (np.float32(127) if t > np.float32(127) else t)
    n = _round(t)
    f = t - n
    p = np.float32(0.0013276472454890609)
    p = p * f + np.float32(0.009675540961325169)
    p = p * f + np.float32(0.05550713092088699)
    p = p * f + np.float32(0.24022120237350464)
    p = p * f + np.float32(0.6931469440460205)
    p = p * f + np.float32(1.0000001192092896)
    return np.float32(1) / (np.float32(1) + _from_bits(np.int32(_bits(p) + (np.int32(n) << np.int32(23)))))


@overload(sigmoid)
def _sigmoid(x):
    if x == types.float32:
        return lambda x: _sigmoid32(x)
    return lambda x: 1.0 / (1.0 + math.exp(-x))


@register_jitable
def _over_root32(x, v, factor, epsilon):
    # x r / (factor + ε r) with r = 1/√v, of which processors have an estimate that one step makes good: a root and a
    # division one after the other would take as long as everything else of an update
    r = np.float32(1) / np.sqrt((MOST if v > MOST else v) + LEAST)
    return x * r / (factor + epsilon * r)


@overload(over_root)
def _over_root(x, v, factor, epsilon):
    if x == types.float32:
        return lambda x, v, factor, epsilon: _over_root32(x, v, factor, epsilon)
    return lambda x, v, factor, epsilon: x / (math.sqrt(v) * factor + epsilon)
