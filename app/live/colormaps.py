"""Numbers to pixels: tide for signed values, sand for activations, grey for pictures. Zero of tide is the panel."""

from __future__ import annotations

import functools

import numpy as np
from PySide6.QtGui import QColor, QImage

from app import theme

LEVELS = 511  # odd: zero has a level of its own


def _table(colors: list[QColor]) -> np.ndarray:
    return np.array([color.rgb() for color in colors], np.uint32)


@functools.lru_cache(maxsize=4)
def _tide(dark: bool) -> np.ndarray:
    tokens = theme.tokens()
    del dark  # the key: the table belongs to the theme in force
    return _table([tokens.tide_at(2 * index / (LEVELS - 1) - 1) for index in range(LEVELS)])


@functools.lru_cache(maxsize=4)
def _grey(dark: bool) -> np.ndarray:
    tokens = theme.tokens()
    low = tokens.canvas if dark else tokens.panel  # ink on paper, or light on night
    return _table([theme.mix(low, tokens.text, index / 255) for index in range(256)])


def tide_pixels(values: np.ndarray, limit: float) -> np.ndarray:
    """RGB32 pixels of signed values; ± limit and beyond are the ends, NaN is the error colour."""
    tokens = theme.tokens()
    scaled = values * (0.5 * (LEVELS - 1) / limit) + 0.5 * LEVELS
    index = np.clip(np.nan_to_num(scaled, nan=0.0, posinf=LEVELS, neginf=0.0), 0, LEVELS - 1).astype(np.int32)
    pixels = _tide(tokens.dark)[index]
    wrong = ~np.isfinite(values)
    if wrong.any():
        pixels[wrong] = tokens.error.rgb()
    return pixels


def grey_pixels(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """RGB32 pixels of a picture."""
    tokens = theme.tokens()
    scaled = (values - low) * (255.0 / ((high - low) or 1.0)) + 0.5
    return _grey(tokens.dark)[np.clip(np.nan_to_num(scaled, nan=0.0), 0, 255).astype(np.int32)]


def colour_pixels(values: np.ndarray) -> np.ndarray:
    """RGB32 pixels of signed red, green and blue (n × height × width × 3): grey is 0, each of the n is as bright as its
    largest number allows; NaN is the error colour."""
    known = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    largest = np.abs(known).max(axis=(1, 2, 3), initial=0.0, keepdims=True)
    pixels = _mixed(known / np.where(largest > 0, largest, 1.0))
    pixels[~np.isfinite(values).all(axis=-1)] = theme.tokens().error.rgb()
    return pixels


def photograph_pixels(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """RGB32 pixels of red, green and blue (height × width × 3): black at the low end, full colour at the high one."""
    half = (high - low) / 2 or 1.0
    return _mixed(np.nan_to_num((values - (high + low) / 2) / half, nan=0.0))


def _mixed(values: np.ndarray) -> np.ndarray:
    """Red, green and blue from −1 to 1 in the last axis as one number each."""
    red, green, blue = np.moveaxis((values.clip(-1.0, 1.0) * 127.5 + 128.0).clip(0, 255).astype(np.uint32), -1, 0)
    return np.uint32(0xFF000000) | red << 16 | green << 8 | blue


def image(pixels: np.ndarray) -> QImage:
    """A QImage that owns a copy of (height × width) RGB32 pixels."""
    pixels = np.ascontiguousarray(pixels, np.uint32)
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
