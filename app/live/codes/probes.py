"""How much of the classes lies open in each code: the accuracy of a linear classifier, fitted and judged on demand."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app import theme
from app.live.card import Card, run_hint
from app.live.export import Table
from app.live.picture_rows import Rows
from app.live.sight import Sight
from engine.commands import ProbeCodes
from engine.events import RunInfo
from graphs.language import tr

ROW = 24.0


class Bar(NamedTuple):
    """One code: what it is called, how wide it is, how many of the samples kept aside are named rightly."""

    words: str
    width: int
    share: float
    code: bool


class Bars(Rows):
    """A bar each; what the network reads and its principal components are quieter. They begin at `start`, not at nothing,
    so that what differs can be seen."""

    def __init__(self) -> None:
        super().__init__()
        self.bars: list[Bar] = []

    @property
    def start(self) -> float:
        """The share at which bars begin."""
        least = min((bar.share for bar in self.bars), default=0.0)
        return 0.9 if least > 0.92 else 0.5 if least > 0.55 else 0.0

    def paint_whole(self, painter: QPainter) -> None:
        colors, step = theme.tokens(), min(ROW, self.height() / max(1, len(self.bars) + 1))
        painter.setFont(theme.font(11))
        metrics = painter.fontMetrics()
        name = min(0.45 * self.width(), max(metrics.horizontalAdvance(bar.words) for bar in self.bars) + 10.0)
        number = metrics.horizontalAdvance("100.0 %") + 8.0
        for index, bar in enumerate(self.bars):
            row = QRectF(0, index * step, self.width() - 4, step)
            painter.setPen(colors.text if bar.code else colors.text2)
            words = metrics.elidedText(bar.words, Qt.TextElideMode.ElideRight, int(name - 6))
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, words)
            track = row.adjusted(name, step * 0.22, -number, -step * 0.22)
            painter.fillRect(track, colors.hover)
            share = max(0.0, (bar.share - self.start) / (1 - self.start))
            painter.fillRect(QRectF(track.left(), track.top(), track.width() * share, track.height()),
                             colors.sand if bar.code else colors.text3)
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{100 * bar.share:.1f} %")
        painter.setPen(colors.text3)
        ends = QRectF(name, len(self.bars) * step, self.width() - 4 - number - name, step)
        painter.drawText(ends, Qt.AlignmentFlag.AlignVCenter, f"{100 * self.start:.0f} %")
        painter.drawText(ends, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, "100 %")


class Body(QWidget):
    """The bars, and the button that has them made."""

    judged = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.bars = Bars()
        self.button = QPushButton(tr("Judge the codes"))
        self.button.setToolTip(tr("Fits a logistic regression to each code, on the training part, and judges it on samples "
                                  "kept aside. Training goes on meanwhile."))
        self.button.clicked.connect(self.judged)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 4, 4)
        column.addWidget(self.bars, 1)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)

    def restyle(self) -> None:
        """The theme has changed."""
        self.bars.update()


class LinearProbeCard(Card):
    """Accuracies of linear classifiers on codes."""

    name: ClassVar[str] = "linear_probe"
    stretch = 1.1
    asks: ClassVar[bool] = True

    def title(self) -> str:
        return tr("Linear probes")

    def make_body(self) -> QWidget:
        self.judging = Body()
        self.bars = self.judging.bars
        self.judging.judged.connect(self.ask)
        self._asked = False
        return self.judging

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return run.labels is not None and any(code.given is not None for code in run.codes)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run) and cls.fits(sight.run) and any(code.node in sight.selection for code in sight.run.codes)

    @property
    def _asker(self) -> str:
        return f"{self.name}.{id(self)}"

    def ask(self) -> None:
        """Has all codes judged as they are now."""
        if self.sight is not None and self.sight.run is not None:
            self.sight.feed.answers.pop(self._asker, None)
            self._asked = True
            self.sight.feed.inquire(ProbeCodes(self._asker))
            self.draw(self.sight)

    def draw(self, sight: Sight) -> None:
        run, answer = sight.run, sight.feed.answers.get(self._asker)
        self.judging.button.setEnabled(run is not None and not (self._asked and (answer is None or not answer.complete)))
        if run is None or answer is None:
            self._asked = self._asked and run is not None
            self.heading.tell("")
            self.bars.bars = []
            self.bars.say(run_hint() if run is None else tr("Fitting linear classifiers…") if self._asked else
                          tr("Can a linear classifier read the classes off a code?"))
            return
        self._asked = self._asked and not answer.complete
        self.heading.tell(tr("after step {step}", step=f"{answer.step:,}"))
        self.bars.bars = [Bar(self._named(sight, name), int(width), share, "/" in name)
                          for name, (width, share) in answer.numbers.items()]
        self.bars.say(answer.problem or ("" if self.bars.bars else tr("Fitting linear classifiers…")))

    def _named(self, sight: Sight, name: str) -> str:
        if name == "raw":
            return tr("input, as it is")
        if name.startswith("pca "):
            return tr("input, PCA to {count}", count=name.removeprefix("pca "))
        node, _, port = name.partition("/")
        return sight.port_name((node, port))

    def table(self) -> Table:
        return Table(("code", "width", "accuracy"), [[bar.words, bar.width, bar.share] for bar in self.bars.bars])
