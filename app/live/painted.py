"""The ground of the bodies of cards: a widget that is painted whole, and two widgets side by side."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app import theme
from app.live.card import run_hint


class Painted(QWidget):
    """Paints what it shows; while that is nothing, words stand in its place."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.message = run_hint()
        self.ratio_for_export: float | None = None

    @property
    def ratio(self) -> float:
        """Pixels of the screen, or of the picture that is exported, for each of its own."""
        return self.ratio_for_export or self.devicePixelRatioF()

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 60)

    def say(self, message: str) -> None:
        """Words instead of what is shown; empty: what is shown."""
        self.message = message
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        if self.message:
            painter.setPen(theme.tokens().text3)
            painter.setFont(theme.font(12))
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.message)
        else:
            self.paint_whole(painter)

    def paint_whole(self, painter: QPainter) -> None:
        """Paints everything; called only when there is something."""
        raise NotImplementedError


class Halves(QWidget):
    """Two widgets side by side; the first takes the keys. What stands in their place is said by the first that can speak."""

    def __init__(self, first: QWidget, second: QWidget, shares: tuple[int, int] = (1, 1), *, apart: int = 10,
                 edge: int = 0) -> None:  # fmt: skip
        super().__init__()
        self.halves = first, second
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, edge, edge)
        row.setSpacing(apart)
        for half, share in zip(self.halves, shares, strict=True):
            row.addWidget(half, share)
        self.setFocusProxy(first)

    @property
    def message(self) -> str:
        """The words that stand in place of what is seen."""
        return next(half.message for half in self.halves if isinstance(half, Painted))

    def restyle(self) -> None:
        """The theme has changed."""
        for half in self.halves:
            half.update()
