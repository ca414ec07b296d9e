"""Numbers as people write and read them: typed ones are understood, shown ones are short. Files never use this."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def read(text: str, *, whole: bool = False) -> float | None:
    """What a typed number or small sum (`3*8`, `1/3`, `0,01`, `1,797`) means; None when it means no number."""
    try:
        value = _value(ast.parse(_plain(text, whole=whole), mode="eval").body)
    except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        return None
    return value if isinstance(value, float) and math.isfinite(value) else None


def _plain(text: str, *, whole: bool) -> str:
    """Decimal comma and grouping comma told apart; signs that word processors like made plain."""
    text = text.strip().replace("−", "-").replace("×", "*").replace("\u00a0", "").replace("'", "")[:200]
    digits = text.replace(",", "")
    grouped = [len(part) for part in text.split(",")[1:]]
    if not grouped:
        return text
    if "." in text or len(grouped) > 1 or (whole and digits.isdigit() and grouped == [3]):
        return digits
    return text.replace(",", ".")


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
        return _value(node.operand) * (-1 if isinstance(node.op, ast.USub) else 1)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.left), _value(node.right))
    raise ValueError("not a number")


def typed(value: float) -> str:
    """A value as it stands in a field: all that matters of it, without a tail of noise."""
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = f"{value:.9g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{mantissa}e{int(exponent)}"
    return text


def short(value: float | None) -> str:
    """Three significant figures, `3e-6` below a thousandth, commas for thousands, `–` for none."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    size = abs(value)
    if size >= 999.5:
        return f"{value:,.0f}".replace("-", "−")
    if size and size < 1e-3:
        mantissa, exponent = f"{value:.0e}".split("e")
        return f"{mantissa}e{int(exponent)}".replace("-", "−", 1) if value < 0 else f"{mantissa}e{int(exponent)}"
    decimals = max(0, 2 - math.floor(math.log10(size))) if size else 0
    return f"{value:.{decimals}f}".replace("-", "−")


def percent(share: float | None) -> str:
    """A share as `0.4 %`, `97 %`."""
    if share is None or not math.isfinite(share):
        return "–"
    return f"{share * 100:.0f} %" if abs(share) >= 0.0995 else f"{share * 100:.1f} %"


def step(value: float, *, up: bool, fine: bool = False) -> float:
    """The next value one unit of the leading digit away (second digit when fine): 0.003 → 0.004, 0.01 → 0.009."""
    sign = 1 if up else -1
    if value == 0:
        return sign * (0.001 if fine else 0.01)
    away = (value > 0) == up
    size = abs(value)
    exponent = math.floor(math.log10(size) + 1e-12)
    if not away and math.isclose(size, 10.0**exponent, rel_tol=1e-9):
        exponent -= 1
    return float(f"{value + sign * 10.0 ** (exponent - fine):.6g}")


def duration(seconds: float | None) -> str:
    """Time left: `0:02`, `12:40`, `1:05:00`, `–`."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return "–"
    whole = math.ceil(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
