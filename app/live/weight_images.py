"""Weights as pictures: a tile a unit where a layer sees or draws pixels, else the whole matrix as a heat map."""

from __future__ import annotations

import time
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app import theme
from app.live.card import Card, CardTool, run_hint
from app.live.export import Table
from app.live.scales import robust_limit
from app.live.sight import PickedUnit, Sight, activity_key, weights_key
from app.live.weight_picture import WeightPicture
from engine.events import LayerInfo, RunInfo
from graphs.language import marked, tr

ORDERS = {"": marked("In order"), "activity": marked("By mean activity"), "norm": marked("By size ‖w‖")}
SETTLE = 2.0  # seconds that tiles stay in their places while their order changes


class WeightImagesCard(Card):
    """The weights of one layer in tide colours. Tiles stand in order, or sorted; a click picks a unit."""

    name: ClassVar[str] = "weights"
    stretch = 1.02

    def title(self) -> str:
        return tr("Weights")

    def make_body(self) -> QWidget:
        self.picture = WeightPicture()
        self.picture.unit_picked.connect(self._pick)
        self.shown_key, self.sorting, self._sorted_at = "", "", 0.0
        self._matrix: np.ndarray | None = None
        self._seen: tuple[object, ...] = ()
        self.sort_button = CardTool("sort", tr("Order of the units"), self)
        self.sort_button.hide()
        self.sort_button.clicked.connect(self._open_orders)
        self.header.insertWidget(1, self.sort_button)
        return self.picture

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return bool(run.layers)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return any(layer.node in sight.selection for layer in sight.layers)

    def wanted(self, sight: Sight) -> frozenset[str]:
        layer = sight.picked_layer(self.choice)
        if layer is None:
            return frozenset()
        units = sight.units_of(layer) if self.sorting == "activity" else None
        return frozenset({weights_key(layer), *([activity_key(units.output)] if units and units.output else ())})

    def draw(self, sight: Sight) -> None:
        layer = sight.picked_layer(self.choice)
        choices = [(weights_key(other), sight.layer_name(other)) for other in sight.layers]
        self.heading.tell(sight.layer_name(layer) if layer else "", choices)
        matrix = sight.feed.array(weights_key(layer)) if layer else None
        if layer is None or matrix is None:
            self._matrix = None
            self.picture.show_weights(None, 1.0, run_hint())
            return
        units, moving = sight.units_of(layer), sight.feed.status.moving
        mean = sight.feed.array(activity_key(units.output)) if units and units.output else None
        seen = (sight.unit, self.sorting, self._hidden is None, moving, theme.tokens(), weights_key(layer), id(mean))
        if matrix is self._matrix and seen == self._seen and not (moving and time.monotonic() - self._sorted_at >= SETTLE):
            return  # hundreds of tiles are drawn once a frame, not at every beat of the feed
        self._matrix, self._seen = matrix, seen
        shown = as_tiles(matrix, sight, layer)
        self.sort_button.setVisible(shown.ndim > 2 and self._hidden is None)
        fresh = weights_key(layer) != self.shown_key
        self.picture.show_weights(shown, self._limit(weights_key(layer), matrix))
        self._sort(shown, mean, fresh=fresh, moving=moving)
        mine = units is not None and sight.unit is not None and sight.unit.port == units.output
        self.picture.show_picked(sight.unit.unit if mine and sight.unit else None,
                                 pickable=shown.ndim > 2 and units in sight.unit_layers())

    def _sort(self, shown: np.ndarray, mean: np.ndarray | None, *, fresh: bool, moving: bool) -> None:
        """Tiles in the chosen order. While the network learns they keep their places for a while, so that one can look."""
        now = time.monotonic()
        if not fresh and moving and now - self._sorted_at < SETTLE:
            return
        order = np.arange(len(shown))
        if self.sorting == "norm":
            order = np.argsort(-np.linalg.norm(shown.reshape(len(shown), -1), axis=1), kind="stable")
        elif self.sorting == "activity" and mean is not None and len(mean) == len(shown):
            order = np.argsort(-mean, kind="stable")
        self._sorted_at = now if self.sorting != "activity" or mean is not None else 0.0
        self.picture.show_order(order)

    def sort_by(self, sorting: str) -> None:
        """One of `ORDERS`."""
        self.sorting, self._sorted_at, self.picture.first = sorting, 0.0, 0
        if self.sight is not None:
            self.refresh(self.sight)
            self.wish_changed.emit()

    def order_menu(self) -> QMenu:
        """The orders to choose from."""
        menu, group = QMenu(self), QActionGroup(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for key, words in ORDERS.items():
            action = menu.addAction(tr(words))
            action.setCheckable(True)
            action.setChecked(key == self.sorting)
            action.triggered.connect(lambda _=False, key=key: self.sort_by(key))
            group.addAction(action)
        return menu

    def _open_orders(self) -> None:
        self.order_menu().popup(self.sort_button.mapToGlobal(QPoint(0, self.sort_button.height())))

    def _pick(self, unit: int) -> None:
        layer = self.sight.picked_layer(self.choice) if self.sight else None
        units = self.sight.units_of(layer) if self.sight and layer else None
        if units is not None and units.output is not None:
            self.unit_picked.emit(PickedUnit(units.output, unit))

    def _limit(self, key: str, matrix: np.ndarray) -> float:
        """± 99 % of the sizes; it stays while it is within a tenth, so that colours do not pump."""
        limit = robust_limit(matrix)
        if key == self.shown_key and 0.9 * self.picture.limit < limit < 1.1 * self.picture.limit:
            return self.picture.limit
        self.shown_key = key
        return limit

    def table(self) -> Table:
        layer = self.sight.picked_layer(self.choice) if self.sight else None
        matrix = self.sight.feed.array(weights_key(layer)) if self.sight and layer else None
        if matrix is None:
            return Table(("unit",))
        matrix = matrix.reshape(len(matrix), -1)
        return Table(("unit", *(f"input {index}" for index in range(matrix.shape[1]))),
                     [[unit, *row] for unit, row in enumerate(matrix)])


def as_tiles(matrix: np.ndarray, sight: Sight, layer: LayerInfo) -> np.ndarray:
    """n × H × W where the weights are pictures, n × H × W × 3 where these are in colour, else the matrix."""
    shape, colour = sight.tile_shape(layer), sight.colour_shape(layer)
    if shape is None and colour is not None:
        height, width, by_unit = colour
        return (matrix if by_unit else matrix.T).reshape(-1, 3, height, width).transpose(0, 2, 3, 1)
    if shape is None:
        return matrix.reshape(len(matrix), -1)
    height, width, by_unit = shape
    return (matrix if by_unit else matrix.T).reshape(-1, height, width)
