"""The colours of the two themes as values, and the arithmetic on them. Hex values stand here and nowhere else."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtGui import QColor

from graphs.spec import Family, Kind

# token: (dark, light)
CHROME: Mapping[str, tuple[str, str]] = {
    "window": ("14161A", "ECEEF1"),
    "canvas": ("101216", "F6F7F9"),
    "panel": ("1A1C21", "FFFFFF"),
    "raised": ("23262D", "FFFFFF"),
    "field": ("14161A", "F3F4F6"),
    "hover": ("2A2E36", "ECEEF2"),
    "line": ("2A2E36", "E2E5EA"),
    "line2": ("424853", "B4BBC6"),
    "grid": ("2B2F37", "D3D7DE"),
    "wire": ("626A79", "848D9B"),
    "text": ("ECEEF2", "1A1D23"),
    "text2": ("AEB4BF", "4D5461"),
    "text3": ("929AA8", "656C79"),
    "accent": ("9D9BFF", "4F4BD1"),
    "accent_fill": ("5F5BE8", "4F4BD1"),
    "accent_on": ("FFFFFF", "FFFFFF"),
    "ok": ("5FCF8F", "157A48"),
    "info": ("6DB5FF", "0A62B3"),
    "warn": ("F0B429", "8A5A00"),
    "warn_fill": ("F0B429", "F5B93A"),
    "warn_on": ("14161A", "1A1D23"),
    "error": ("FF7A70", "C22F28"),
    "error_fill": ("FF7A70", "C22F28"),
    "error_on": ("14161A", "FFFFFF"),
    "sea": ("57BAF9", "0167B9"),
    "sand": ("ED9C0A", "BF6B04"),
}
_FAMILIES: Mapping[Family, tuple[str, str]] = {
    Family.DATA: ("76C9F8", "05628A"),
    Family.PREPARE: ("5ED3D3", "016869"),
    Family.LAYERS: ("B6B4FF", "554E9B"),
    Family.AUTOENCODERS: ("E9B270", "7E4F04"),
    Family.RECURRENT: ("E8A4D9", "823D75"),
    Family.CONVOLUTION: ("8BD19A", "146D34"),
    Family.LOSSES: ("FAA39C", "923A37"),
}
_KINDS: Mapping[Kind, tuple[str, str]] = {
    Kind.FEATURES: ("78B9D8", "045589"),
    Kind.IMAGE: ("C1F8CE", "2E9C7B"),
    Kind.SEQUENCE: ("8771DE", "A670F3"),
    Kind.LABELS: ("C8C160", "816002"),
    Kind.LOSS: ("D5575B", "78000C"),
    Kind.ANY: ("AEB4BF", "4D5461"),
}
_RUNS = (
    ("57BAF9", "ED9C0A", "8B5DCE", "CCEEFE", "B75F2C", "63F5A5", "228A93", "F3F056"),
    ("0167B9", "BF6B04", "721118", "453065", "7885F8", "924582", "45622A", "7E848A"),
)
_TIDE = (
    ("A6E0FF", "4FB3F5", "1F6390", "1A1C21", "8A5412", "ED9C0A", "FFD98A"),
    ("0A4A86", "2A86CE", "9CC9EC", "F4F4F3", "F0C08A", "D07A14", "7A3E00"),
)
# the depth ramp, first layer → last, as OKLCH (lightness, chroma, hue in degrees)
_DEPTH = (((0.95, 0.10, 100.0), (0.56, 0.15, -32.0)), ((0.66, 0.13, 72.0), (0.25, 0.11, -38.0)))


@dataclass(frozen=True, slots=True)
class Tokens:
    """Every colour of one theme. `families`, `kinds`, `runs` and `tide` are the meanings beside the chrome."""

    dark: bool
    window: QColor
    canvas: QColor
    panel: QColor
    raised: QColor
    field: QColor
    hover: QColor
    line: QColor
    line2: QColor
    grid: QColor
    wire: QColor
    text: QColor
    text2: QColor
    text3: QColor
    accent: QColor
    accent_fill: QColor
    accent_on: QColor
    ok: QColor
    info: QColor
    warn: QColor
    warn_fill: QColor
    warn_on: QColor
    error: QColor
    error_fill: QColor
    error_on: QColor
    sea: QColor
    sand: QColor
    families: Mapping[Family, QColor]
    kinds: Mapping[Kind, QColor]
    runs: tuple[QColor, ...]
    tide: tuple[QColor, ...]

    def depth(self, index: int, count: int) -> QColor:
        """The colour of layer `index` of `count`, from the input side to the output side."""
        return _depth(self.dark, index / (count - 1) if count > 1 else 0.0)

    def tile(self, family: Family) -> QColor:
        """The tint behind a family's icon, translucent so that it fits every surface."""
        color = QColor(self.families[family])
        color.setAlphaF(0.16 if self.dark else 0.11)
        return color

    def tide_at(self, value: float) -> QColor:
        """The colour of a signed value, −1 … 1: sea below zero, sand above, the panel at zero."""
        return _along(self.tide, (min(max(value, -1.0), 1.0) + 1) / 2)

    def sand_at(self, share: float) -> QColor:
        """The colour of an activation, 0 … 1: the positive half of tide."""
        return self.tide_at(max(share, 0.0))

    def sea_at(self, share: float) -> QColor:
        """The colour of a gradient's magnitude, 0 … 1: the negative half of tide."""
        return self.tide_at(-max(share, 0.0))


def _along(stops: tuple[QColor, ...], share: float) -> QColor:
    place = share * (len(stops) - 1)
    left = min(int(place), len(stops) - 2)
    return mix(stops[left], stops[left + 1], place - left)


def theme_tokens(*, dark: bool) -> Tokens:
    """All colours of the dark or the light theme."""
    at = 0 if dark else 1

    def color(pair: tuple[str, str]) -> QColor:
        return QColor("#" + pair[at])

    return Tokens(
        dark=dark,
        families={family: color(pair) for family, pair in _FAMILIES.items()},
        kinds={kind: color(pair) for kind, pair in _KINDS.items()},
        runs=tuple(QColor("#" + text) for text in _RUNS[at]),
        tide=tuple(QColor("#" + text) for text in _TIDE[at]),
        **{name: color(pair) for name, pair in CHROME.items()},
    )


# Colour arithmetic


def mix(a: QColor, b: QColor, t: float) -> QColor:
    """`a` at 0, `b` at 1, opaque or not, straight in sRGB as painters blend."""
    pairs = zip(a.getRgbF(), b.getRgbF(), strict=True)
    return QColor.fromRgbF(*(min(max(x + (y - x) * t, 0.0), 1.0) for x, y in pairs))


def alpha(color: QColor, opacity: float) -> QColor:
    """The same colour, translucent."""
    made = QColor(color)
    made.setAlphaF(opacity)
    return made


def contrast(a: QColor, b: QColor) -> float:
    """WCAG contrast ratio of two opaque colours, 1 … 21."""
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(color: QColor) -> float:
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in color.getRgbF()[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _oklch(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    x = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    y = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    z = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z,
        -1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z,
        -0.0041960863 * x - 0.7034186147 * y + 1.7076147010 * z,
    )


def _encode(linear: float) -> float:
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055


def _in_gamut(lightness: float, chroma: float, hue: float) -> bool:
    return all(-1e-4 <= part <= 1 + 1e-4 for part in _oklch(lightness, chroma, hue))


@functools.lru_cache(maxsize=512)
def _depth(dark: bool, share: float) -> QColor:
    """A point of the depth ramp; chroma is cut until the colour exists in sRGB."""
    first, last = _DEPTH[0 if dark else 1]
    lightness, chroma, hue = (x + (y - x) * share for x, y in zip(first, last, strict=True))
    if not _in_gamut(lightness, chroma, hue):
        low, high = 0.0, chroma
        for _ in range(20):
            middle = (low + high) / 2
            low, high = (middle, high) if _in_gamut(lightness, middle, hue) else (low, middle)
        chroma = low
    return QColor.fromRgbF(*(_encode(min(max(part, 0.0), 1.0)) for part in _oklch(lightness, chroma, hue)))
