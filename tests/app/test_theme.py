"""The look in force: contrasts, the depth ramp, type, icons, and that a change reaches what is on screen."""

from __future__ import annotations

import itertools
import math

import pytest
from PySide6.QtGui import QFontInfo, QIcon

from app import icons, theme
from app.style_sheet import style_sheet
from app.tokens import CHROME, theme_tokens
from graphs.spec import Family, Kind

SURFACES = ("window", "canvas", "panel", "raised", "field", "hover")
LEAST = {"text": 11.7, "text2": 6.5, "text3": 4.5, "accent": 5.5, "ok": 4.6, "warn": 5.05, "error": 4.8}
BOTH = pytest.mark.parametrize("dark", [True, False])


@BOTH
@pytest.mark.parametrize("token", LEAST)
def test_words_are_readable_on_every_surface(dark, token):
    colors = theme_tokens(dark=dark)
    worst = min(theme.contrast(getattr(colors, token), getattr(colors, surface)) for surface in SURFACES)
    assert worst >= LEAST[token]


@BOTH
def test_idle_wires_stand_out_from_the_canvas(dark):
    colors = theme_tokens(dark=dark)
    assert theme.contrast(colors.wire, colors.canvas) >= 3.0


@BOTH
def test_words_on_fills_are_readable(dark):
    colors = theme_tokens(dark=dark)
    for name in ("accent", "warn", "error"):
        assert theme.contrast(getattr(colors, f"{name}_on"), getattr(colors, f"{name}_fill")) >= 4.5


@BOTH
def test_there_is_a_colour_for_every_family_and_kind(dark):
    colors = theme_tokens(dark=dark)
    assert set(colors.families) == set(Family)
    assert set(colors.kinds) == set(Kind)
    assert len(colors.runs) == 8
    assert len(colors.tide) == 7


@BOTH
def test_depth_goes_one_way_and_tells_neighbours_apart(dark):
    colors = theme_tokens(dark=dark)
    ramp = [colors.depth(i, 8) for i in range(8)]
    lightness = [_oklab(color)[0] for color in ramp]
    assert lightness == sorted(lightness, reverse=True)
    distances = [100 * math.dist(_oklab(a), _oklab(b)) for a, b in itertools.pairwise(ramp)]
    assert min(distances) >= 4.5
    assert colors.depth(0, 1) == colors.depth(0, 8)


@BOTH
def test_tide_is_the_panel_at_zero_and_sand_is_its_positive_half(dark):
    colors = theme_tokens(dark=dark)
    assert colors.tide_at(0) == colors.tide[3]
    assert colors.tide_at(2.0) == colors.tide[6] == colors.sand_at(1.0)
    assert colors.sea_at(1.0) == colors.tide[0]


def test_a_label_is_mixed_towards_text_only_as_far_as_needed(qapp):
    theme.apply(qapp, "dark")
    colors = theme.tokens()
    assert theme.readable(colors.text, colors.panel) == colors.text
    dim = theme.readable(colors.runs[2], colors.panel)
    assert dim != colors.runs[2]
    assert 4.5 <= theme.contrast(dim, colors.panel) < 5.2


def test_following_the_theme(qapp, qtbot):
    theme.apply(qapp, "light")
    with qtbot.waitSignal(theme.events().changed):
        theme.apply(qapp, "dark")
    assert theme.tokens().dark
    assert qapp.palette().window().color() == theme.tokens().panel
    assert theme.mode() == "dark"
    theme.apply(qapp, "system")
    assert not theme.tokens().dark  # an unknown system is a light one


def test_the_style_sheet_is_short_and_names_no_unknown_token():
    sheet = style_sheet(theme_tokens(dark=True))
    assert "$" not in sheet
    assert len(sheet.splitlines()) < 60
    assert theme_tokens(dark=True).hover.name() in sheet
    assert set(CHROME) >= {"window", "text3", "error_on"}


def test_type_is_inter_with_figures_of_one_width(qapp):
    for weight, style in ((400, "Regular"), (500, "Medium"), (600, "Semi Bold")):
        font = theme.font(13, weight)
        assert QFontInfo(font).family().startswith("Inter")
        assert QFontInfo(font).styleName() == style
    from PySide6.QtGui import QFontMetricsF

    widths = {QFontMetricsF(theme.font(13)).horizontalAdvance(digit) for digit in "0123456789"}
    assert len(widths) == 1
    assert theme.font(4).pixelSize() == 10


def test_japanese_has_glyphs(qapp):
    from PySide6.QtGui import QImage, QPainter

    def drawn(text):
        picture = QImage(60, 24, QImage.Format.Format_RGB32)
        picture.fill(0)
        painter = QPainter(picture)
        painter.setFont(theme.font(13))
        painter.setPen(theme.tokens().accent_on)
        painter.drawText(0, 18, text)
        painter.end()
        return bytes(picture.constBits())

    assert len({drawn(text) for text in ("砂", "時", "計")}) == 3  # boxes for missing glyphs would look alike


def test_icons_take_the_colour_asked_for(qapp):
    theme.apply(qapp, "dark")
    red, blue = theme.tokens().error, theme.tokens().sea
    for name in icons.names():
        picture = icons.pixmap(name, red, 16, 2.0)
        assert picture.width() == 32
        assert picture.devicePixelRatio() == 2.0
        image = picture.toImage()
        colors = {image.pixelColor(x, y).rgb() for x in range(32) for y in range(32)
                  if image.pixelColor(x, y).alpha() == 255}  # fmt: skip
        assert red.rgb() in colors, name
    assert icons.pixmap("play", red) is icons.pixmap("play", red)
    assert icons.pixmap("play", red).toImage() != icons.pixmap("play", blue).toImage()


def test_an_icon_follows_the_theme(qapp):
    theme.apply(qapp, "dark")
    icon = icons.icon("menu")
    dark = icon.pixmap(16).toImage()
    theme.apply(qapp, "light")
    assert icon.pixmap(16).toImage() != dark
    assert icon.pixmap(16, QIcon.Mode.Disabled).toImage() != icon.pixmap(16).toImage()
    with pytest.raises(KeyError):
        icons.icon("no such icon")


def test_every_family_has_an_icon():
    assert {icons.family(family) for family in Family} <= set(icons.names())


def test_still_means_no_motion(qapp):
    theme.set_still(False)
    moving = theme.motion(160)
    theme.set_still(True)
    assert (moving, theme.motion(160)) == (160, 0)


def _oklab(color):
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in color.getRgbF()[:3])
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )
