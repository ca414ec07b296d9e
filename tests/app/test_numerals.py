"""Numbers as people write and read them."""

from __future__ import annotations

import math

import pytest

from app import numerals


@pytest.mark.parametrize(("text", "value"), [
    ("32", 32), ("0.01", 0.01), ("0,01", 0.01), ("1e-3", 0.001), ("1,234.5", 1234.5), ("1,234,567", 1234567),
    ("−3", -3), ("1/3", 1 / 3), ("3*8", 24), ("2**5", 32), ("3×8", 24), (" 7 ", 7), ("-(2+3)", -5),
])  # fmt: skip
def test_what_is_typed_is_understood(text, value):
    assert numerals.read(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "abc", "1+", "9**9**9", "1/0", "(-8)**0.5", "__import__('os')", "[1]", "1e999",
                                  "True", "a" * 500, "(" * 150 + "1" + ")" * 150])  # fmt: skip
def test_what_is_no_number_is_none(text):
    assert numerals.read(text) is None


def test_a_comma_groups_in_whole_numbers_only():
    assert numerals.read("1,797", whole=True) == 1797
    assert numerals.read("1,797") == 1.797


@pytest.mark.parametrize("value", [0.003, 3e-6, 32.0, 1e-8, 0.1 + 0.2, 1 / 3, 123456.789, -0.5, 2**31 - 1])
def test_a_field_shows_what_can_be_read_again(value):
    assert numerals.read(numerals.typed(value)) == pytest.approx(value, rel=1e-8)


@pytest.mark.parametrize(("value", "text"), [
    (0.4404, "0.440"), (1628, "1,628"), (3e-6, "3e-6"), (0.00044, "4e-4"), (-0.5, "−0.500"), (0, "0"), (None, "–"),
    (math.nan, "NaN"), (math.inf, "∞"), (12.345, "12.3"), (999.7, "1,000"), (-4e-5, "−4e-5"),
])  # fmt: skip
def test_three_figures(value, text):
    assert numerals.short(value) == text


def test_shares_and_times():
    assert [numerals.percent(x) for x in (0.004, 0.97, None, 0.0995, math.nan)] == ["0.4 %", "97 %", "–", "10 %", "–"]
    assert [numerals.duration(x) for x in (2, 760, 3900, None, math.inf)] == ["0:02", "12:40", "1:05:00", "–", "–"]


@pytest.mark.parametrize(("value", "up", "after"), [
    (0.003, True, 0.004), (0.01, False, 0.009), (0.009, True, 0.01), (0.0, True, 0.01), (-0.01, True, -0.009),
    (20.0, True, 30.0),
])  # fmt: skip
def test_a_step_is_one_in_the_leading_figure(value, up, after):
    assert numerals.step(value, up=up) == pytest.approx(after)
    assert abs(numerals.step(value, up=up, fine=True) - value) < abs(after - value) + 1e-12
