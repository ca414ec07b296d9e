"""What runs have learned, small and side by side: decision maps where there are any, else their first weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.feed import Feed
from app.live.card import Card
from app.live.decision_map import MapPicture, shares_on
from app.live.end_labels import shortened
from app.live.export import Table
from app.live.scales import robust_limit
from app.live.several.progress import SeveralProgress, point_words
from app.live.sight import Sight
from app.live.weight_images import as_tiles
from app.live.weight_picture import WeightPicture
from engine.several.lone import Ended
from graphs.language import tr

MOST = 24  # pictures
AT_ONCE = 2  # new ones in one drawing: each takes milliseconds, and many runs may end together
CAPTION, GAP = 18, 6  # pixels
APART = 2.5  # times: limits that differ more than so much are no longer shared


class Grid(QWidget):
    """Pictures of one size with captions, as large as the room allows."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[tuple[str, MapPicture | WeightPicture]] = []
        self.message = ""

    def show_pictures(self, pictures: list[tuple[str, MapPicture | WeightPicture]], message: str) -> None:
        """Takes the place of what was shown; a picture that stays is not made again."""
        stay = {picture for _, picture in pictures}
        for _, old in self.pictures:
            if old not in stay:
                old.hide()
                old.deleteLater()
        self.pictures, self.message = pictures, message
        for _, picture in pictures:
            picture.setParent(self)
            picture.show()
        self._place()
        self.update()

    def _columns(self) -> int:
        """As many as make the pictures largest."""
        count = max(1, len(self.pictures))

        def side(columns: int) -> float:
            return min(self.width() / columns - GAP, self.height() / math.ceil(count / columns) - CAPTION - GAP)

        return max(range(1, count + 1), key=side)

    def _boxes(self) -> list[QRect]:
        columns = self._columns()
        rows = math.ceil(max(1, len(self.pictures)) / columns)
        width, height = self.width() // columns, self.height() // rows
        return [QRect(place % columns * width, place // columns * height, width - GAP, height - GAP)
                for place in range(len(self.pictures))]

    def _place(self) -> None:
        for box, (_, picture) in zip(self._boxes(), self.pictures, strict=True):
            picture.setGeometry(box.adjusted(0, CAPTION, 0, 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        painter.setPen(colors.text3)
        if not self.pictures:
            painter.setFont(theme.font(12))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.message)
            return
        painter.setFont(theme.font(11))
        for box, (words, _) in zip(self._boxes(), self.pictures, strict=True):
            line = QRect(box.left(), box.top(), box.width(), CAPTION)
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, shortened(painter.fontMetrics(), words, line.width()))


class MultiplesCard(Card):
    """One picture for each point of a sweep, or for each seed where nothing else varies."""

    name: ClassVar[str] = "several_pictures"

    def __init__(self, progress: SeveralProgress) -> None:
        self.progress, self._drawn = progress, ()
        self.waiting = False  # there are runs whose pictures the next drawing makes
        self._made: dict[int, tuple[Ended, MapPicture | WeightPicture]] = {}
        super().__init__()

    def title(self) -> str:
        return tr("What was learned")

    def make_body(self) -> QWidget:
        self.grid = Grid()
        return self.grid

    def chosen(self) -> list[tuple[str, Ended]]:
        """The runs that have a picture: the first of each point, or the first ones."""
        points = self.progress.points()
        if len(points) > 1:
            first = [(words, next((one for one in point.ended if one.arrays), None))
                     for words, point in zip(point_words(points), points, strict=True)]
        else:
            first = [(variant.turn, self.progress.ended.get(variant.number)) for variant in self.progress.variants]
        return [(words, one) for words, one in first if one is not None and one.arrays][:MOST]

    def _ready(self) -> list[tuple[str, Ended]]:
        """The chosen runs that have a picture already, and a few that get one now."""
        if self._drawn and theme.tokens() is not self._drawn[0]:
            self._made.clear()  # maps hold the colours of their theme
        chosen = self.chosen()
        fresh = [one.number for _, one in chosen if self._made.get(one.number, (None,))[0] is not one]
        self.waiting = len(fresh) > AT_ONCE
        return [(words, one) for words, one in chosen if one.number not in fresh[AT_ONCE:]]

    def draw(self, sight: Sight) -> None:
        del sight
        chosen = self._ready()
        drawn = (theme.tokens(), *((words, id(one)) for words, one in chosen))
        if drawn == self._drawn:
            return
        self._drawn = drawn
        limits, shared = scales([weights_of(one) for _, one in chosen])
        words = [tr("first seed of each")] if len(self.progress.points()) > 1 else []
        self.heading.tell(" · ".join(words if shared else [*words, tr("each on its own scale")]))
        self._made = {number: (one, picture) for number, (one, picture) in self._made.items()
                      if any(one is other for _, other in chosen)}
        self.grid.show_pictures([(words, self._picture(one, limit)) for (words, one), limit in zip(chosen, limits, strict=True)],
                                tr("Pictures come when runs end"))

    def _picture(self, ended: Ended, limit: float) -> MapPicture | WeightPicture:
        if ended.number not in self._made:
            self._made[ended.number] = (ended, picture_of(ended, limit))
        picture = self._made[ended.number][1]
        if isinstance(picture, WeightPicture):
            picture.show_weights(picture.weights, limit)
        return picture

    def table(self) -> Table:
        rows = [[words, key, place, value] for words, one in self.chosen() for key, array in one.arrays.items()
                for place, value in enumerate(array.ravel().tolist())]
        return Table(("run", "array", "place", "value"), rows)


def weights_of(ended: Ended) -> np.ndarray:
    """All weights that a run's picture shows, in one row."""
    return np.concatenate([array.ravel() for key, array in ended.arrays.items() if key.startswith("weights:")] or [np.zeros(0)])


def scales(weights: Sequence[np.ndarray]) -> tuple[list[float], bool]:
    """The limit of each run's colours, and whether all share one: they do not where the largest would leave the others
    flat."""
    own = [robust_limit(one) for one in weights]
    known = [limit for limit, one in zip(own, weights, strict=True) if one.any()]
    if known and max(known) > APART * min(known):
        return own, False
    return [robust_limit(np.concatenate([*weights, np.zeros(1)]))] * len(weights), True


def picture_of(ended: Ended, limit: float) -> MapPicture | WeightPicture:
    """The picture of one run's end."""
    assert ended.info is not None
    feed = Feed()
    feed.run = ended.info
    sight = Sight(feed)
    place = next((key.removeprefix("map:") for key in ended.arrays if key.startswith("map:")), "")
    if place:
        port = tuple(place.split("/", 1))
        plane = next(plane for plane in ended.info.maps if port in plane.watchable)
        shares = shares_on(sight, plane, port, ended.arrays[f"map:{place}"])  # type: ignore[arg-type]
        points = ended.arrays.get(f"output:{plane.node}/{plane.port}", np.empty((0, 2)))
        truth = next((array for key, array in ended.arrays.items() if key.startswith("labels:")), np.zeros(len(points)))
        shown = MapPicture()
        shown.show_map(shares, plane.extent, points, truth.reshape(-1).astype(np.int64))
        return shown
    pictures = WeightPicture()
    for layer in ended.info.layers:
        matrix = ended.arrays.get(f"weights:{layer.node}/{layer.layer}")
        if matrix is not None:
            pictures.show_weights(as_tiles(matrix, sight, layer), limit)
    return pictures
