"""The panel of slow motion: where the walk stands, the formula of that place, and the real numbers of a picked unit."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSpinBox, QWidget

from app.panels.controls import IconButton, Surface, Words
from app.panels.scrolling_column import ScrollingColumn
from app.panels.walk_parts import Cells, LineList, StopRow
from app.panels.walk_row import Line
from engine.walked import Stop, Walked
from graphs.language import tr

WIDTH = 328


class SlowPanel(Surface):
    """Says what the user wants; `app.slow_motion` carries it out and shows the answer."""

    moved = Signal(int)  # to this stop
    sample_chosen = Signal(int)
    unit_chosen = Signal(int)
    weight_chosen = Signal(int)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", edges="left", parent=parent)
        self.place, self.count = 0, 0
        self.setMinimumWidth(WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Back-propagation in slow motion"))
        self.close_button = IconButton("close", tr("Leave (Esc)"), side=24)
        self.batch, self.title = Words(role="hint", px=12, wrap=True), Words(px=14, weight=600, wrap=True)
        self.stops = StopRow()
        self.start, self.back = QPushButton(tr("Start")), QPushButton(tr("Back"))
        self.next, self.end = QPushButton(tr("Next")), QPushButton(tr("To the end"))
        self.sample, self.unit, self.weight = (self._spin(name) for name in (tr("Sample"), tr("Unit"), tr("Weight")))
        self.told = Words(role="hint", px=12, wrap=True)
        self.units, self.weights = Cells(tr("Units")), Cells(tr("Weights of the unit"))
        self.units_words, self.weights_words = Words(role="hint", px=11, wrap=True), Words(role="hint", px=11, wrap=True)
        self.lines = LineList()
        self._lay_out()
        self._connect()

    def _spin(self, name: str) -> QSpinBox:
        made = QSpinBox()
        made.setAccessibleName(name)
        made.setToolTip(name)
        made.setKeyboardTracking(False)
        made.setFixedHeight(28)
        made.setMinimumWidth(1)  # the column says how wide: three of them never push it wider than the panel
        return made

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(Words(tr("Back-propagation in slow motion"), px=13, weight=600, wrap=True), 1)
        head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        self.next.setProperty("primary", True)
        for button in (self.start, self.back, self.next, self.end):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setStyleSheet("padding: 0 6px")
            buttons.addWidget(button, 1)
        picks = QGridLayout()
        picks.setHorizontalSpacing(8)
        picks.setVerticalSpacing(2)
        for column, spin in enumerate((self.sample, self.unit, self.weight)):
            picks.addWidget(Words(spin.accessibleName(), role="hint", px=11), 0, column)
            picks.addWidget(spin, 1, column)
            picks.setColumnStretch(column, 1)
        self.scroll = ScrollingColumn(self, top=12, spacing=8)
        column = self.scroll.column
        for part in (head, self.batch, self.stops, buttons, picks, self.told, self.title):
            column.addLayout(part) if isinstance(part, QHBoxLayout | QGridLayout) else column.addWidget(part)
        column.addWidget(self.units_words)
        column.addWidget(self.units)
        column.addWidget(self.lines)
        column.addWidget(self.weights_words)
        column.addWidget(self.weights)
        column.addStretch(1)

    def _connect(self) -> None:
        self.close_button.clicked.connect(self.left)
        self.start.clicked.connect(lambda: self.go(0))
        self.back.clicked.connect(lambda: self.go(self.place - 1))
        self.next.clicked.connect(lambda: self.go(self.place + 1))
        self.end.clicked.connect(lambda: self.go(self.count - 1))
        self.stops.clicked.connect(self.go)
        self.sample.valueChanged.connect(self.sample_chosen)
        self.unit.valueChanged.connect(self.unit_chosen)
        self.weight.valueChanged.connect(self.weight_chosen)
        self.units.picked.connect(self.unit_chosen)
        self.weights.picked.connect(self.weight_chosen)

    def go(self, place: int) -> None:
        """To another stop, if there is one."""
        if 0 <= place < self.count:
            self.moved.emit(place)

    # what is shown

    def say(self, words: str) -> None:
        """A sentence instead of numbers, or none."""
        self.told.setText(words)
        self.told.setVisible(bool(words))

    def show_walk(self, walked: Walked, place: int, titles: Sequence[str], lines: Sequence[Line]) -> None:
        """One stop of a walk. `titles` name all stops."""
        self.place, self.count = place, len(walked.stops)
        stop = walked.stops[place]
        self.batch.setText(tr("The next mini-batch after step {step}: {count} samples. Stop {place} of {stops}.",
                              step=f"{walked.step:,}", count=len(walked.rows), place=place + 1, stops=self.count))
        self.stops.show_stops(walked.stops, titles, place)
        self.title.setText(titles[place])
        for button, on in ((self.start, place > 0), (self.back, place > 0), (self.next, place < self.count - 1),
                           (self.end, place < self.count - 1)):  # fmt: skip
            button.setEnabled(on)
        self._show_spin(self.sample, walked.sample, len(walked.rows))
        self.lines.show_lines(list(lines))
        self._show_picks(walked, stop)

    def _show_spin(self, spin: QSpinBox, value: int, count: int) -> None:
        spin.blockSignals(True)
        spin.setRange(0, max(0, count - 1))
        spin.setValue(value)
        spin.setSuffix(f" / {count}")
        spin.blockSignals(False)
        spin.setEnabled(count > 1)

    def _show_picks(self, walked: Walked, stop: Stop) -> None:
        """The units of the layer as cells, and the weights of the picked one."""
        unit = walked.unit if walked.unit is not None and walked.unit.layer == stop.layer else None
        if unit is None:
            values = next((port.back if stop.kind == "backward" else port.values for port in walked.ports
                           if port.node == stop.node), ())  # fmt: skip
            self._show_spin(self.unit, 0, 0)
            self._show_spin(self.weight, 0, 0)
            self._show_cells(self.units, self.units_words, values if stop.kind != "loss" else (), -1,
                             "∂E/∂z" if stop.kind == "backward" else "z")
            self._show_cells(self.weights, self.weights_words, (), -1, "")
            return
        layer = walked.layers[unit.layer]
        self._show_spin(self.unit, unit.unit, layer.weights[0])
        self._show_spin(self.weight, unit.weight, layer.weights[1])
        back = stop.kind == "backward"
        deltas = back and unit.contrast is None
        self._show_cells(self.units, self.units_words, layer.deltas if deltas else layer.values, unit.unit,
                         tr("δ of every unit: click one") if deltas else tr("z of every unit: click one"))
        self._show_cells(self.weights, self.weights_words, unit.gradient if back else unit.weights, unit.weight,
                         tr("∂E/∂w of every weight of the unit: click one") if back
                         else tr("w of every input of the unit: click one"))  # fmt: skip

    def _show_cells(self, cells: Cells, words: Words, values: Sequence[float], chosen: int, text: str) -> None:
        cells.show_values(tuple(values), chosen)
        cells.setVisible(bool(values))
        words.setText(text)
        words.setVisible(bool(values))

    # keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right walk, Home and End jump, Esc leaves."""
        places = {Qt.Key.Key_Left: self.place - 1, Qt.Key.Key_Right: self.place + 1, Qt.Key.Key_Home: 0,
                  Qt.Key.Key_End: self.count - 1}  # fmt: skip
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in places:
            self.go(places[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)
