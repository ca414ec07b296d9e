"""What tests of cards share: a card on the screen over a made-up run, and the colours of what it painted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from app.feed import Feed
from app.live.card import Card
from app.live.sight import Sight
from tests.app.live_samples import Sample


def shown(qtbot, kind: type[Card], sample: Sample, width: int = 300, height: int = 300, **sight: object) -> Card:
    """A card on the screen that has drawn the run."""
    feed = Feed(sample)
    feed.show_run(sample.run)
    card = kind()
    qtbot.addWidget(card)
    card.resize(width, height)
    card.show()
    qtbot.waitExposed(card)
    seen = Sight(feed, **sight)
    feed.watch("test", card.wanted(seen))
    feed.refresh()
    card.refresh(seen)
    QApplication.processEvents()
    return card


def again(card: Card, **changes: object) -> None:
    card.sight.feed.refresh()
    card.refresh(replace(card.sight, **changes))
    QApplication.processEvents()


def colors(image: QImage) -> np.ndarray:
    """(height × width × 3) of a picture."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return pixels[:, : image.width(), 2::-1].astype(int)


def near(pixels: np.ndarray, color: QColor, tolerance: int = 12) -> np.ndarray:
    return (np.abs(pixels - np.array(color.getRgb()[:3])) <= tolerance).all(axis=-1)
