"""The terrain in a window of its own: one surface, all optimisers, one start; what is changed is walked anew at once."""

from __future__ import annotations

import math
import time
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from app import icons, theme
from app.live.export import Table, picture, save_csv, save_png
from app.live.terrain.paths import PathMap, Trail
from app.live.terrain.rows import Chooser, NameSwitch, WalkRow
from engine.optimizers import OPTIMIZERS
from engine.terrain import SURFACES, Point, Surface, Walk, usual_rate
from graphs.language import tr

STEPS, LEAST, MOST = 200, 10, 1000
NOISE = 0.05  # of the steepest gradient that a start sees: what small batches add
TICK, BUDGET = 33, 0.012  # milliseconds between two frames, seconds of walking in each
SECONDS = 6.0  # that all steps take, played
SIDE = 272


class TerrainWindow(QWidget):
    """Surface, optimisers, start, steps, noise; play and pause."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(tr("Terrain"))
        self.map = PathMap(self)
        self.surfaces, self.words = Chooser(self), QLabel(self)
        self.rows = [WalkRow(kind, index, self) for index, kind in enumerate(OPTIMIZERS.values())]
        self.play, self.back = QPushButton(self), QPushButton(tr("Usual start"), self)
        self.keep = QPushButton(tr("Save…"), self)
        self.keep.setToolTip(tr("Save as picture or numbers"))
        self.noise = NameSwitch(tr("Noise, as with B = 1"), self)
        self.noise.setToolTip(tr("Adds chance to every gradient, as small batches do"))
        self.steps, self.steps_words = QSlider(Qt.Orientation.Horizontal, self), QLabel(self)
        self.start: Point = (0.0, 0.0)
        self.walks: list[Walk | None] = [None] * len(self.rows)
        self.shown = 0.0  # steps that are seen
        self.playing = False
        self._timer = QTimer(self, interval=TICK)
        self._timer.timeout.connect(self._tick)
        self._fill()
        self._lay_out()
        self._connect()
        self.resize(1040, 640)
        self.choose("valley")

    def _fill(self) -> None:
        for name, surface in SURFACES.items():
            self.surfaces.addItem(tr(surface.title), name)
        self.surfaces.setAccessibleName(tr("Surface"))
        self.words.setWordWrap(True)
        self.words.setFont(theme.font(12))
        self.steps.setRange(LEAST, MOST)
        self.steps.setValue(STEPS)
        self.steps.setAccessibleName(tr("Steps"))
        self.play.setProperty("primary", True)
        self.play.setIconSize(QSize(14, 14))

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(6)
        side.addWidget(self.surfaces)
        side.addWidget(self.words)
        side.addSpacing(4)
        heads = QLabel(tr("Optimiser, learning rate η, height E"), self)
        heads.setProperty("role", "hint")
        heads.setFont(theme.font(11))
        side.addWidget(heads)
        for row in self.rows:
            side.addWidget(row)
        side.addStretch(1)
        side.addWidget(self.noise)
        side.addWidget(self.steps_words)
        side.addWidget(self.steps)
        buttons = QHBoxLayout()
        for button in (self.play, self.back, self.keep):
            buttons.addWidget(button, 1)
        side.addLayout(buttons)
        box = QWidget(self)
        box.setFixedWidth(SIDE)
        side.setContentsMargins(0, 0, 0, 0)
        box.setLayout(side)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 16, 16, 16)
        row.setSpacing(16)
        row.addWidget(self.map, 1)
        row.addWidget(box)

    def _connect(self) -> None:
        self.surfaces.currentIndexChanged.connect(lambda _: self.choose(self.surfaces.currentData()))
        self.map.start_moved.connect(self.move_start)
        for row in self.rows:
            row.changed.connect(self.walk_anew)
        self.noise.toggled.connect(self.walk_anew)
        self.steps.valueChanged.connect(self._steps_changed)
        self.play.clicked.connect(self.toggle)
        self.back.clicked.connect(lambda: self.move_start(self.surface.start))
        self.keep.clicked.connect(self._ask_and_save)
        theme.events().changed.connect(self._show)

    # what is walked

    @property
    def surface(self) -> type[Surface]:
        return SURFACES[self.surfaces.currentData()]

    @property
    def planned(self) -> int:
        """Steps of every walk."""
        return self.steps.value()

    def choose(self, name: str) -> None:
        """Another surface, with the rates and the start that suit it; its walks are played, from the next frame on."""
        self.surfaces.blockSignals(True)
        self.surfaces.setCurrentIndex(self.surfaces.findData(name))
        self.surfaces.blockSignals(False)
        surface = self.surface
        self.words.setText(f"<p style='margin:0'><i>{tr(surface.equation)}</i></p>"
                           f"<p style='margin:6px 0 0 0'>{tr(surface.lesson)}</p>")
        self.words.setToolTip(tr(surface.source))
        for row in self.rows:
            row.show_rate(usual_rate(surface, row.kind))
        self.map.show_surface(surface)
        self.start, self.shown = surface.start, 0.0
        self._begin()
        self._show()
        self.set_playing(True)

    def move_start(self, point: Point) -> None:
        """The start has been dragged: all of every walk is shown at once."""
        self.start = point
        self.set_playing(False)
        self.shown = float(self.planned)
        self.walk_anew()

    def walk_anew(self, *_: object) -> None:
        """Everybody back to the start, and off."""
        self._begin()
        self._walk()
        self._show()

    def _begin(self) -> None:
        left, right, bottom, top = self.surface.extent
        slopes = [math.hypot(*self.surface.slope(x, y)) for x in (left, right) for y in (bottom, top)]
        amount = NOISE * max(1.0, min(max(slopes), 2.0)) * 2 if self.noise.isChecked() else 0.0
        for index, row in enumerate(self.rows):
            rate = row.value
            wanted = row.switch.isChecked() and not math.isnan(rate)
            self.walks[index] = Walk(self.surface, row.kind(learning_rate=rate), self.start, amount) if wanted else None

    def _walk(self) -> bool:
        """Goes on for a moment, all side by side; whether somebody is still under way."""
        deadline = time.perf_counter() + BUDGET
        while True:
            behind = [walk for walk in self.walks if walk and not walk.lost and len(walk.points) <= self.planned]
            if not behind:
                return False
            least = min(len(walk.points) for walk in behind)
            for walk in behind:
                if len(walk.points) == least:
                    walk.step()
            if time.perf_counter() > deadline:
                self._timer.start()
                return True

    def _tick(self) -> None:
        under_way = self._walk()
        if self.playing:
            self.shown = min(self.shown + self.planned * TICK / 1000 / SECONDS, float(self.planned))
            if self.shown >= self.planned:
                self.set_playing(False)
        self._show()
        if not under_way and not self.playing:
            self._timer.stop()

    # files

    def table(self) -> Table:
        """Every walk as far as it is shown: one row a step."""
        rows = [[row.kind.title, row.value, step, x, y, float(self.surface.value(x, y))]
                for row, walk in zip(self.rows, self.walks, strict=True) if walk
                for step, (x, y) in enumerate(walk.points[: int(self.shown) + 1])]
        return Table(("optimiser", "learning_rate", "step", "x", "y", "E"), rows)

    def save(self, path: Path) -> None:
        """Writes the map (.png) or the walks (.csv), by the name's ending."""
        if path.suffix.lower() == ".csv":
            save_csv(self.table(), path)
        else:
            save_png(picture(self.map), path if path.suffix else path.with_suffix(".png"))

    def _ask_and_save(self) -> None:
        kinds = ";;".join((tr("Pictures (*.png)"), tr("Tables (*.csv)")))
        path, kind = QFileDialog.getSaveFileName(self, tr("Save {view}", view=self.windowTitle()),
                                                 f"terrain_{self.surface.name}.png", kinds)
        if path:
            ending = ".csv" if "csv" in kind and not Path(path).suffix else ""
            self.save(Path(path + ending))

    # what is seen

    def _show(self) -> None:
        trails, upto = [], int(self.shown) + 1
        for row, walk in zip(self.rows, self.walks, strict=True):
            points = walk.points[:upto] if walk else []
            lost = bool(walk and walk.lost and len(walk.points) < upto)
            row.tell(float(self.surface.value(*points[-1])) if points else math.nan, lost=lost)
            if points:
                trails.append(Trail(row.kind.title, row.color, points, lost))
        self.noise.color = theme.tokens().accent
        self.map.show_trails(trails, self.start)
        self.steps_words.setText(tr("Step {step} of {steps}", step=f"{int(self.shown):,}", steps=f"{self.planned:,}"))

    def _steps_changed(self) -> None:
        self.shown = min(self.shown, float(self.planned)) if self.playing else float(self.planned)
        self._walk()
        self._show()

    def toggle(self) -> None:
        """Play, or pause; from the start when all has been played."""
        if not self.playing and self.shown >= self.planned:
            self.shown = 0.0
        self.set_playing(not self.playing)

    def set_playing(self, on: bool) -> None:
        """Whether steps are shown one after the other."""
        self.playing = on
        self.play.setText(tr("Pause") if on else tr("Play"))
        self.play.setIcon(icons.icon("pause" if on else "play", "accent_on"))
        if on and self.isVisible():
            self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.playing:
            self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() == Qt.Key.Key_Space:
            self.toggle()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        QPainter(self).fillRect(self.rect(), theme.tokens().panel)
