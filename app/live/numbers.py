"""Words for the numbers on axes and colour scales. Values elsewhere read as `app.numerals` says."""

from __future__ import annotations

import math

from app import numerals
from app.numerals import short

__all__ = ["percent", "power_of_ten", "short", "signed", "tick"]

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def percent(share: float) -> str:
    """`0.4 %`, `97 %`, `0 %` for nothing at all, and `< 0.1 %` for next to nothing."""
    if 0 < share < 0.0005:
        return "< 0.1 %"
    return "0 %" if share == 0 else "NaN" if math.isnan(share) else numerals.percent(share)


def power_of_ten(exponent: int) -> str:
    """`10⁻²`: the tick of a logarithmic axis."""
    return "10" + str(exponent).translate(SUPERSCRIPTS)


def tick(value: float, step: float) -> str:
    """A tick of a linear axis: as many decimals as the step between ticks needs, and no more."""
    if abs(value) < 1e-9 * step:
        return "0"
    if abs(value) >= 1e6 or step < 1e-4:
        return _scientific(value)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    text = f"{value:,.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def signed(value: float, figures: int = 2) -> str:
    """`+1.8`, `−1.8`, `0`: a limit of a signed scale, rounded to few figures."""
    if value == 0 or not math.isfinite(value):
        return short(value)
    size = abs(value)
    if size < 1e-3 or size >= 1e4:
        text = _scientific(size)
    else:
        text = f"{size:,.{max(0, figures - 1 - math.floor(math.log10(float(f'{size:.{figures}g}'))))}f}"
    return ("+" if value > 0 else "−") + text


def _scientific(value: float) -> str:
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}".replace("-", "−", 1 if value < 0 else 0)
