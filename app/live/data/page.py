"""The ground of every page of the data viewer, and of pages that stand before and after side by side."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app import theme
from app.live.card import PADDING, RADIUS
from app.live.export import Table
from app.live.header import Words
from engine.data.view import PARTS, Side, View
from graphs.language import tr
from graphs.spec import Kind


def part_words(part: int) -> str:
    """What a part of the rows is called."""
    return {"train": tr("training"), "validation": tr("validation"), "test": tr("test")}.get(PARTS[part], "") \
        if part >= 0 else "–"


def part_color(part: int) -> QColor:
    """Sea for training, sand for validation, as everywhere; grey for the test part."""
    colors = theme.tokens()
    return (colors.sea, colors.sand, colors.text2)[part]


def rows_of(view: View, part: int | None) -> np.ndarray:
    """The row numbers of a part, or all."""
    return np.arange(view.rows) if part is None else np.flatnonzero(view.parts == part)


def component_names(side: Side, most: int = 4096) -> list[str]:
    """The columns of a table, or numbered components: the first of very many."""
    shape = side.column.shape
    if side.column.names:
        return list(side.column.names)
    if shape.kind is Kind.LABELS:
        return [side.key[1]]
    width = shape.sizes[-1] or 1 if shape.kind is Kind.SEQUENCE else shape.width
    return [f"x{place + 1}".translate(SUBSCRIPTS) for place in range(min(width, most))]


SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def class_word(view: View, row: int) -> str:
    """The class or target of a row, for captions."""
    if len(view.labels):
        return view.classes[int(view.labels[row])]
    return f"{float(view.target[row]):.4g}" if len(view.target) else ""


class Page(QWidget):
    """One way to see a view. `part` is the part that is shown, None for all rows."""

    name: str

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view: View | None = None
        self.part: int | None = None
        self.ground = QVBoxLayout(self)
        self.ground.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        self.ground.setSpacing(8)
        theme.events().changed.connect(self.restyle)

    def words(self) -> str:
        """What its tab says."""
        raise NotImplementedError

    @classmethod
    def applies(cls, view: View) -> bool:
        """Whether it has anything to show of such data."""
        raise NotImplementedError

    def draw(self, view: View) -> None:
        """Shows the view, or another part of it."""
        raise NotImplementedError

    def table(self) -> Table:
        """What it shows, as numbers."""
        raise NotImplementedError

    def show_view(self, view: View, part: int | None) -> None:
        """Shows this part of this view."""
        self.view, self.part = view, part
        self.draw(view)

    def begin(self) -> QWidget:
        """Where the keyboard goes when the page is opened."""
        return self

    def restyle(self) -> None:
        """The theme has changed."""
        if self.view is not None:
            self.draw(self.view)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors.line, 1))
        painter.setBrush(colors.panel)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)


class SidesPage(Page):
    """A page with one pane for each side: what the node was given, and what it gives."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panes: list[QWidget] = []  # made when they are needed
        self.captions: list[Words] = []
        self.halves: list[QWidget] = []
        self._row = QHBoxLayout()
        self._row.setSpacing(20)
        self.ground.addLayout(self._row, 1)

    def _add_half(self) -> None:
        half = QWidget(self)
        column = QVBoxLayout(half)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        caption, pane = Words("", 12, 600, "text2", self), self.make_pane()
        pane.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        pane.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column.addWidget(caption)
        column.addWidget(pane, 1)
        self._row.addWidget(half, 1)
        self.halves.append(half)
        self.captions.append(caption)
        self.panes.append(pane)

    def make_pane(self) -> QWidget:
        """A widget that can show one side."""
        raise NotImplementedError

    def draw_side(self, pane: QWidget, view: View, side: Side, part: int | None) -> None:
        """Shows a part of the rows of one side, which are those of the view, in a pane."""
        raise NotImplementedError

    @staticmethod
    def has(side: Side) -> bool:
        """Whether there is anything to show of this side."""
        raise NotImplementedError

    @classmethod
    def applies(cls, view: View) -> bool:
        return any(cls.has(side) for _, side in view.seen)

    def sides(self, view: View) -> list[tuple[View, Side]]:
        """Those that have something to show here."""
        return [(of, side) for of, side in view.seen if self.has(side)]

    def shown_panes(self) -> list[QWidget]:
        """The panes in use, from left to right."""
        return self.panes[: len(self.sides(self.view))] if self.view is not None else []

    def begin(self) -> QWidget:
        return self.panes[0]

    def draw(self, view: View) -> None:
        sides = self.sides(view)
        while len(self.panes) < len(sides):
            self._add_half()
        for place, (half, pane, caption) in enumerate(zip(self.halves, self.panes, self.captions, strict=True)):
            there = place < len(sides)
            half.setVisible(there)
            caption.setVisible(len(view.seen) == 2)
            if there:
                of, side = sides[place]
                words = tr("before") if side is not view.after else tr("after")
                caption.tell(f"{words} · {side.key[0]}.{side.key[1]} · {side.column.shape}")
                self.draw_side(pane, of, side, self.part if of is view else None)
