"""Views as files: a table as CSV, a widget as PNG."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QPoint, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from graphs.storage import atomic_write


@dataclass(frozen=True, slots=True)
class Table:
    """Named columns of equal length; numbers are written with every digit they have, NaN as an empty field."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]] = field(default=())


def _field(value: object) -> object:
    if isinstance(value, (float, np.floating)):
        if not np.isfinite(value):
            return "" if np.isnan(value) else str(float(value))
        return repr(float(value)) if isinstance(value, float) else str(value)
    return value


def csv_bytes(table: Table) -> bytes:
    """RFC 4180 with LF line ends, UTF-8, a decimal point whatever the locale."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_field(value) for value in row] for row in table.rows)
    return text.getvalue().encode("utf-8")


def save_csv(table: Table, path: Path) -> None:
    """Writes the table whole or not at all."""
    atomic_write(path, csv_bytes(table))


def picture(widget: QWidget, ratio: float = 2.0) -> QImage:
    """The widget as an image with `ratio` pixels for each of its own."""
    image = QImage(round(widget.width() * ratio), round(widget.height() * ratio), QImage.Format.Format_ARGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    widget.render(painter, QPoint(0, 0))
    painter.end()
    return image


def png_bytes(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


def save_png(image: QImage, path: Path) -> None:
    """Writes the image whole or not at all."""
    atomic_write(path, png_bytes(image))
