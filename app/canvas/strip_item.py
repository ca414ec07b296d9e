"""The strip beneath a troubled node: what is wrong, one button that cures it, and why."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app import theme
from app.canvas import lettering
from app.canvas.geometry import PAD, RADIUS, STRIP_GAP
from app.canvas.guard import guarded
from app.canvas.node_item import Z_STRIP
from app.canvas.painter import NO_NAMES, paint_icon, severity_color
from app.tokens import Tokens
from graphs.language import tr
from graphs.problems import Cure, Problem, Severity

BUTTON_HEIGHT = 26.0
ICON_ROOM = 22.0
MOST_WIDTH = 296.0
ARROW_X = 24.0
_ICONS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "info"}


@dataclass(frozen=True, slots=True)
class StripBox:
    """A measured strip, in the coordinates of its node's lower left corner."""

    rect: QRectF
    sentence: QRectF
    cures: tuple[tuple[QRectF, Cure], ...]  # the first is the button, more appear with the explanation
    why: QRectF | None
    explanation: QRectF | None
    more: str  # how many further problems there are
    row: QRectF  # the line of the button


def measure_strip(problems: tuple[Problem, ...], node_width: float, *, explained: bool) -> StripBox:
    """Places everything; as wide as the node, or wider when the words need it."""
    problem = problems[0]
    why_width = lettering.width(tr("Why?"), 12) + 16 if problem.why or len(problem.cures) > 1 else 0.0
    cure_widths = [lettering.width(cure.text, 12, 600) + 28 for cure in problem.cures]
    further = sum(other.severity is not Severity.NOTE for other in problems[1:])
    more = tr("{count} more", count=further) if further else ""
    row = (cure_widths[0] if cure_widths else 0.0) + why_width + lettering.width(more, 11)
    sentence_width = ICON_ROOM + lettering.width(problem.text, 12, 500) + 2
    width = max(node_width, min(MOST_WIDTH, max(2 * PAD + row, min(2 * PAD + sentence_width, 224.0))))
    room = width - 2 * PAD - ICON_ROOM
    lines = lettering.wrapped_height(problem.text, room, 12, 500)
    top = STRIP_GAP
    sentence = QRectF(PAD + ICON_ROOM, top + 9, room, max(lines, 16.0))
    y = sentence.bottom() + 9
    cures: list[tuple[QRectF, Cure]] = []
    why, line = None, QRectF(PAD, y, width - 2 * PAD, BUTTON_HEIGHT)
    if cure_widths or why_width or more:
        x = PAD
        if cure_widths:
            cures.append((QRectF(x, y, min(cure_widths[0], width - 2 * PAD), BUTTON_HEIGHT), problem.cures[0]))
            x = cures[0][0].right() + 4
        if why_width:
            why = QRectF(x, y, why_width, BUTTON_HEIGHT)
        y += BUTTON_HEIGHT + 10
    explanation = None
    if explained:
        height = lettering.wrapped_height(problem.why, width - 2 * PAD, 11) if problem.why else 0.0
        explanation = QRectF(PAD, y, width - 2 * PAD, height)
        y += height + (8 if height else 0)
        for index, cure in enumerate(problem.cures[1:], start=1):
            cures.append((QRectF(PAD, y, min(cure_widths[index], width - 2 * PAD), BUTTON_HEIGHT), cure))
            y += BUTTON_HEIGHT + 6
        y += 4
    return StripBox(QRectF(0, top, width, y - top), sentence, tuple(cures), why, explanation, more, line)


class StripItem(QGraphicsItem):
    """The strip of one node; it stands beneath the node and in front of everything."""

    def __init__(self, node: str, problems: tuple[Problem, ...], node_width: float) -> None:
        super().__init__()
        self.node, self.problems, self.node_width = node, problems, node_width
        self.explained = False
        self.hovered: str = ""  # which button: "cure0", "why"
        self.box = measure_strip(problems, node_width, explained=False)
        self.setZValue(Z_STRIP)

    def show_problems(self, problems: tuple[Problem, ...], node_width: float) -> None:
        changed = (problems, node_width) != (self.problems, self.node_width)
        self.problems, self.node_width = problems, node_width  # cures may hold newer edits even when texts are equal
        if changed:
            self.explained = False
        self.remeasure()

    def remeasure(self) -> None:
        self.prepareGeometryChange()
        self.box = measure_strip(self.problems, self.node_width, explained=self.explained)
        self.update()

    def toggle_why(self) -> None:
        """Shows or hides the explanation."""
        self.explained = not self.explained
        self.remeasure()

    def button_at(self, point: QPointF) -> str:
        """The button under a point of the scene: "cure0", "cure1", …, "why" or none."""
        local = point - self.pos()
        for index, (rect, _) in enumerate(self.box.cures):
            if rect.contains(local):
                return f"cure{index}"
        return "why" if self.box.why is not None and self.box.why.contains(local) else ""

    def show_hover(self, button: str) -> None:
        if button != self.hovered:
            self.hovered = button
            self.update()

    def scene_rect(self) -> QRectF:
        return self.box.rect.translated(self.pos())

    def reach(self) -> QRectF:
        """What takes the mouse: also the gap up to the node, so that the strip stays while the mouse comes."""
        return self.scene_rect().adjusted(0, -STRIP_GAP, 0, 0)

    def boundingRect(self) -> QRectF:
        return self.box.rect.adjusted(-2, -STRIP_GAP, 2, 2)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self.box.rect)
        return path

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if option.levelOfDetailFromTransform(painter.worldTransform()) < NO_NAMES:
            return
        tokens = theme.tokens()
        text, fill, _ = severity_color(self.problems[0].severity, tokens)
        painter.setPen(QPen(fill, 1))
        painter.setBrush(theme.mix(tokens.raised, fill, 0.14 if tokens.dark else 0.1))
        painter.drawPath(self._outline())
        paint_icon(painter, _ICONS[self.problems[0].severity], text,
                   QPointF(PAD + 7, self.box.sentence.top() + 8), 16)  # fmt: skip
        lettering.write_all(painter, self.box.sentence, self.problems[0].text, tokens.text, 12, 500)
        self._buttons(painter, tokens)

    def _outline(self) -> QPainterPath:
        """A rounded rectangle with a small arrow that points at the node."""
        rect = self.box.rect.adjusted(0.5, 0.5, -0.5, -0.5)
        body, arrow = QPainterPath(), QPainterPath()
        body.addRoundedRect(rect, RADIUS, RADIUS)
        arrow.addPolygon(QPolygonF([
            QPointF(ARROW_X - 7, rect.top() + 1), QPointF(ARROW_X, rect.top() - 6),
            QPointF(ARROW_X + 7, rect.top() + 1),
        ]))  # fmt: skip
        return body.united(arrow).simplified()

    def _buttons(self, painter: QPainter, tokens: Tokens) -> None:
        text, fill, on = severity_color(self.problems[0].severity, tokens)
        for index, (rect, cure) in enumerate(self.box.cures):
            hovered = self.hovered == f"cure{index}"
            if index == 0:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.mix(fill, tokens.text, 0.14) if hovered else fill)
            else:
                painter.setPen(QPen(fill, 1))
                painter.setBrush(theme.alpha(fill, 0.16 if hovered else 0.0))
            painter.drawRoundedRect(rect, 6, 6)
            lettering.write(painter, rect.adjusted(8, 0, -8, 0), cure.text, on if index == 0 else text, 12, 600,
                            lettering.CENTER)  # fmt: skip
        if self.box.why is not None:
            color = tokens.text if self.hovered == "why" else tokens.text2
            lettering.write(painter, self.box.why, tr("Why?"), color, 12, 500, lettering.CENTER)
        if self.box.more:
            lettering.write(painter, self.box.row, self.box.more, tokens.text3, 11, align=lettering.RIGHT)
        if self.box.explanation is not None and self.problems[0].why:
            lettering.write_all(painter, self.box.explanation, self.problems[0].why, tokens.text2, 11)
