"""Codes of the samples that are kept aside, in the plane: as they are, along principal axes, or by t-SNE; beside them
what principal components make of the data themselves. A point of the code's plane is decoded under the pointer."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.live import colormaps
from app.live.card import Card, WordTool, run_hint
from app.live.codes import subject
from app.live.codes.axes import Axes
from app.live.export import Table
from app.live.painted import Halves
from app.live.plane import Plane
from app.live.sight import Sight, check_key, output_key
from engine.commands import MapCode, Probe
from engine.events import CodeInfo, PortKey, RunInfo
from engine.frames import Frame
from graphs.language import tr

ROOM, STEP = 0.06, 0.02  # shares of the extent: around the samples, and of a press of an arrow key
NUMERALS = 12  # classes that get their name on their cluster
CAPTION, INSET = 17.0, 64.0  # pixels
ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}


class Cloud(Plane):
    """Samples in the plane, the name of each class on its cluster. Where it can be `walked`, a ring marks the point whose
    decoded picture stands in a corner; mouse and arrow keys move it, Escape takes it away."""

    moved = Signal()
    dot = 3.0

    def __init__(self) -> None:
        super().__init__()
        self.caption, self.names = "", tuple[str, ...]()
        self.at: tuple[float, float] | None = None
        self.decoded: np.ndarray | None = None  # height × width
        self.limits = (0.0, 1.0)
        self._walked = False

    @property
    def walked(self) -> bool:
        return self._walked

    def allow_walks(self, walked: bool) -> None:
        """Whether points of this plane can be decoded."""
        if walked != self._walked:
            self._walked, self.at, self.decoded = walked, None, None
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if walked else Qt.FocusPolicy.NoFocus)
            self.setCursor(Qt.CursorShape.CrossCursor if walked else Qt.CursorShape.ArrowCursor)
            self.setToolTip(tr("Click or drag, or use the arrow keys: the point is decoded") if walked else "")
            self.setAccessibleName(self.caption)

    def show_points(self, points: np.ndarray, truth: np.ndarray, names: tuple[str, ...], caption: str) -> None:
        """N × 2 places with their classes."""
        self.message, self.names, self.caption = "", names, caption
        good = np.isfinite(points).all(axis=1)
        self.points, self.truth, self.classes = points[good], truth[good], max(len(names), 1)
        if not len(self.points):
            self.say(tr("A code is not a number."))
            return
        (left, bottom), (right, top) = self.points.min(axis=0).tolist(), self.points.max(axis=0).tolist()
        across, up = ROOM * (right - left) or 0.5, ROOM * (top - bottom) or 0.5
        self.extent = left - across, right + across, bottom - up, top + up
        self.update()

    @property
    def area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(0, CAPTION, -4, -4)

    def draw_ground(self, painter: QPainter, area: QRectF) -> None:
        painter.fillRect(area, theme.tokens().field)

    def draw_above(self, painter: QPainter, area: QRectF) -> None:
        self._draw_names(painter)
        colors = theme.tokens()
        if self.at is not None:
            self._draw_walk(painter, area, self.at)
        painter.setClipping(False)
        painter.setPen(colors.text3)
        painter.setFont(theme.font(11))
        words = painter.fontMetrics().elidedText(self.caption, Qt.TextElideMode.ElideRight, int(self.width() - 4))
        painter.drawText(QRectF(0, 0, self.width(), CAPTION - 2), Qt.AlignmentFlag.AlignVCenter, words)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.accent, 1))
            painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _draw_names(self, painter: QPainter) -> None:
        if not 2 < len(self.names) <= NUMERALS:
            return
        colors = theme.tokens()
        painter.setFont(theme.font(12, 700))
        for index, name in enumerate(self.names):
            mine = self.points[self.truth == index]
            if not len(mine):
                continue
            (x,), (y,) = self.place(*np.median(mine, axis=0)[:, None])
            room = QRectF(0, 0, painter.fontMetrics().horizontalAdvance(name) + 8, 16)
            room.moveCenter(QPointF(x, y))
            painter.setPen(QPen(colors.line2, 1))
            painter.setBrush(theme.alpha(colors.panel, 0.85))
            painter.drawRoundedRect(room, 5, 5)
            painter.setPen(colors.text)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, name)

    def _draw_walk(self, painter: QPainter, area: QRectF, at: tuple[float, float]) -> None:
        """The ring at the point, and its picture in the corner that is farthest from it."""
        colors = theme.tokens()
        (x,), (y,) = self.place(np.array([at[0]]), np.array([at[1]]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for width, color in ((4.0, colors.panel), (1.8, colors.accent)):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(QPointF(x, y), 5.5, 5.5)
        if self.decoded is None:
            return
        tall, wide = self.decoded.shape
        side = min(INSET, 0.45 * min(area.width(), area.height()))
        box = QRectF(0, 0, side * min(1.0, wide / tall), side * min(1.0, tall / wide))
        left, top = x > area.center().x(), y > area.center().y()
        box.moveTopLeft(QPointF(area.left() + 6 if left else area.right() - 6 - box.width(),
                                area.top() + 6 if top else area.bottom() - 6 - box.height()))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(box, colormaps.image(colormaps.grey_pixels(self.decoded, *self.limits)), QRectF(0, 0, wide, tall))
        painter.setPen(QPen(colors.accent, 1.4))
        painter.drawRect(box)

    def _move(self, to: tuple[float, float] | None) -> None:
        self.at = to
        self.decoded = None if to is None else self.decoded
        self.moved.emit()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.walked and not self.message and event.button() == Qt.MouseButton.LeftButton:
            self._move(self.point_at(event.position()))
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.walked and event.buttons() & Qt.MouseButton.LeftButton:
            self._move(self.point_at(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self.walked and key in ARROWS and not event.modifiers():
            left, right, bottom, top = self.extent
            x, y = self.at or ((left + right) / 2, (bottom + top) / 2)
            self._move((min(max(x + ARROWS[key][0] * STEP * (right - left), left), right),
                        min(max(y + ARROWS[key][1] * STEP * (top - bottom), bottom), top)))
        elif key == Qt.Key.Key_Escape and self.at is not None:
            self._move(None)
        else:
            event.ignore()


class DataPlaces(NamedTuple):
    """Where the samples of one run stand by themselves."""

    run: RunInfo | None
    given: PortKey | None
    places: np.ndarray
    words: str


class CodeScatterCard(Card):
    """A code in the plane, beside principal components of the data."""

    name: ClassVar[str] = "codes"
    stretch = 1.5

    def title(self) -> str:
        return tr("Codes")

    def make_body(self) -> QWidget:
        self.cloud, self.beside = Cloud(), Cloud()
        words = tr("Places samples near those whose codes are near, by t-SNE: worked out once, on demand")
        self.map_button = WordTool("t-SNE", words, self)
        self.header.insertWidget(1, self.map_button)
        self.map_button.clicked.connect(self._ask_map)
        self.cloud.moved.connect(self._decode)
        self._code_axes = Axes()
        self._frame: Frame | None = None  # that is shown
        self._data: DataPlaces | None = None  # which stay as they are
        self._mapped: MapCode | None = None  # what t-SNE was asked for
        self._shown: tuple[object, ...] = ()
        return Halves(self.cloud, self.beside, apart=8)

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return any(code.width > 1 for code in run.codes)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return subject.concerned(sight)

    def _codes(self, sight: Sight) -> tuple[CodeInfo, ...]:
        return tuple(code for code in sight.run.codes if code.width > 1) if sight.run else ()

    def code(self, sight: Sight) -> CodeInfo | None:
        return subject.picked(sight, self.choice, self._codes(sight))

    def wanted(self, sight: Sight) -> frozenset[str]:
        code = self.code(sight)
        if code is None:
            return frozenset()
        keys = [check_key(subject.port_of(code)), subject.labels_key(sight.run)]
        if code.given is not None:
            keys += [output_key(code.given), *([] if self._knows_data(sight, code) else [check_key(code.given)])]
        return frozenset(filter(None, keys))

    # what is shown

    def draw(self, sight: Sight) -> None:
        code = self.code(sight)
        values = sight.feed.array(check_key(subject.port_of(code))) if code else None
        if code is None or values is None or not values.size:
            for cloud in (self.cloud, self.beside):
                cloud.say(run_hint())
            return
        self.heading.tell(subject.words_of(sight, code), subject.choices(sight, self._codes(sight)))
        values = values.reshape(len(values), -1)
        mapped = self._map(sight, code, len(values))
        now = (code, mapped is not None, self.map_button.isChecked())
        if now != self._shown or sight.feed.frame is not self._frame:
            self._shown, self._frame = now, sight.feed.frame
            self._place(sight, code, values, mapped)
        self._show_decoded(sight, code)

    def _place(self, sight: Sight, code: CodeInfo, values: np.ndarray, mapped: np.ndarray | None) -> None:
        truth, names = subject.classes_of(sight, len(values))
        cloud = self.cloud
        waiting = self.map_button.isChecked() and mapped is None
        cloud.allow_walks(code.made is not None and not self.map_button.isChecked())
        if waiting:
            answer = sight.feed.answers.get(self._asker)
            cloud.say(answer.problem if answer is not None and answer.problem else tr("t-SNE is being worked out…"))
        elif mapped is not None:
            cloud.show_points(mapped, truth, names, tr("code, by t-SNE"))
        elif code.width == 2:
            cloud.show_points(values, truth, names, tr("code, as it is"))
        elif not np.isfinite(values).all():
            cloud.say(tr("A code is not a number."))
        else:
            places = self._code_axes.follow(values)
            cloud.show_points(places, truth, names, tr("code, by PCA: {share} % of the variance",
                                                       share=self.calm("code", f"{100 * self._code_axes.share:.0f}")))
        self._place_data(sight, code, truth, names)

    def _place_data(self, sight: Sight, code: CodeInfo, truth: np.ndarray, names: tuple[str, ...]) -> None:
        """The data themselves: they are the same all the time, so they are placed once a run."""
        data = sight.feed.array(check_key(code.given)) if code.given else None
        if not self._knows_data(sight, code) and data is not None and data.size > len(data):
            axes, flat = Axes(), data.reshape(len(data), -1)
            places = flat if flat.shape[1] == 2 else axes.follow(flat)
            words = tr("data, as they are") if flat.shape[1] == 2 else \
                tr("data, by PCA: {share} % of the variance", share=f"{100 * axes.share:.0f}")
            self._data = DataPlaces(sight.run, code.given, places, words)
        known = self._data if self._knows_data(sight, code) else None
        self.beside.setVisible(known is not None)
        if known is not None and len(known.places) == len(truth):
            self.beside.show_points(known.places, truth, names, known.words)

    def _knows_data(self, sight: Sight, code: CodeInfo) -> bool:
        return self._data is not None and self._data.run is sight.run and self._data.given == code.given

    # t-SNE

    @property
    def _asker(self) -> str:
        return f"{self.name}.{id(self)}"

    def _ask_map(self) -> None:
        code = self.code(self.sight) if self.sight else None
        if self.sight is None or code is None:
            self.map_button.setChecked(False)
            return
        self._mapped, self._shown = None, ()
        self.sight.feed.answers.pop(self._asker, None)
        if self.map_button.isChecked():
            self._mapped = MapCode(*subject.port_of(code), self._asker)
            self.sight.feed.inquire(self._mapped)
        self.refresh(self.sight)

    def _map(self, sight: Sight, code: CodeInfo, count: int) -> np.ndarray | None:
        """Places by t-SNE, once they have come; another code has another map, which is asked for anew."""
        if self._mapped is None:
            return None
        if (self._mapped.node, self._mapped.port) != subject.port_of(code):
            self._mapped = None
            self.map_button.setChecked(False)
            return None
        answer = sight.feed.answers.get(self._asker)
        if answer is None or len(answer.numbers.get("x", ())) != count:
            return None
        return np.stack([answer.numbers["x"], answer.numbers["y"]], axis=1)

    # decoding

    def _decode(self) -> None:
        """Asks what lies at the ring."""
        sight, at = self.sight, self.cloud.at
        code = self.code(sight) if sight else None
        if sight is None or code is None or code.made is None or at is None:
            return
        values = np.array(at) if code.width == 2 else self._code_axes.back(*at)
        sight.feed.probe(Probe(*subject.port_of(code), tuple(values.tolist()), (code.made,), self._asker))

    def _show_decoded(self, sight: Sight, code: CodeInfo) -> None:
        cloud, answer = self.cloud, sight.feed.probed.get(self._asker)
        if cloud.at is None or code.made is None:
            return
        numbers = np.array(answer.outputs.get("/".join(code.made), ())) if answer is not None else np.zeros(0)
        if numbers.size:
            picture = subject.picture_of(sight, code.made) or (1, numbers.size)
            given = sight.feed.array(output_key(code.given)) if code.given else None
            cloud.limits = (float(given.min()), float(given.max())) if given is not None and given.size else (0.0, 1.0)
            cloud.decoded = numbers.reshape(picture)
            cloud.update()
        if answer is not None and answer.step != sight.feed.status.step:
            self._decode()

    def table(self) -> Table:
        code, data = self.cloud, self.beside
        beside = len(data.points) == len(code.points)
        columns = ["class", "code x", "code y", *(["data x", "data y"] if beside else [])]
        rows = [[code.names[label] if label < len(code.names) else "", *code.points[row].tolist(),
                 *(data.points[row].tolist() if beside else [])] for row, label in enumerate(code.truth.tolist())]
        return Table(columns, rows)
