"""The inspector's live numbers: remembers a short history of what a node shows while training, and draws it."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import numerals
from app.node_live import NodeLive
from app.panels.controls import Words
from app.panels.sections import LiveRow
from graphs.language import marked, tr

KEPT = 96  # values of a curve; when full, every other one is dropped, so the curve always spans the whole run
EVERY = 0.2  # seconds between two changes of a number: faster cannot be read

# field of NodeLive → (words, whether it is a share)
QUANTITIES: Mapping[str, tuple[str, bool]] = {
    "loss": (marked("Loss"), False),
    "error": (marked("Error"), False),
    "accuracy": (marked("Accuracy"), True),
    "gradient": (marked("Gradient |∇W|"), False),
    "update": (marked("Update / weight"), True),
    "mean": (marked("Mean activation"), False),
}


class LiveNumbers(QWidget):
    """Rows for the quantities that the node has, newest value at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._histories: dict[tuple[str, str], list[float]] = {}
        self._strides: dict[tuple[str, str], tuple[int, int]] = {}
        self._rows: dict[str, LiveRow] = {}
        self._node = ""
        self._last = 0.0
        self._live: Mapping[str, NodeLive] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.idle = Words(tr("Press Run (F5)"), role="hint")
        column.addWidget(self.idle)
        for name, (words, _) in QUANTITIES.items():
            row = LiveRow(tr(words))
            row.hide()
            self._rows[name] = row
            column.addWidget(row)

    def forget(self) -> None:
        """Another document or a new run: no history."""
        self._histories.clear()
        self._strides.clear()
        self._live = {}
        self._show()

    def show_node(self, node: str) -> None:
        """Follows this node from now on."""
        self._node = node
        self._show()

    def show_live(self, live: Mapping[str, NodeLive]) -> None:
        """Takes new numbers; draws at most five times a second."""
        now = time.monotonic()
        if live and now - self._last < EVERY:
            return
        self._last, self._live = now, live
        for node, shown in live.items():
            for name in QUANTITIES:
                value = getattr(shown, name)
                if value is not None and math.isfinite(value):
                    self._remember((node, name), float(value))
        self._show()

    def _remember(self, key: tuple[str, str], value: float) -> None:
        """Keeps every n-th value, n doubling whenever the history is full."""
        history = self._histories.setdefault(key, [])
        every, skipped = self._strides.get(key, (1, 0))
        if skipped + 1 < every and history:
            history[-1] = value
            self._strides[key] = (every, skipped + 1)
            return
        history.append(value)
        if len(history) > KEPT:
            del history[1:-1:2]
            every *= 2
        self._strides[key] = (every, 0)

    def _show(self) -> None:
        shown = self._live.get(self._node)
        for name, row in self._rows.items():
            value = None if shown is None else getattr(shown, name)
            row.setVisible(value is not None)
            if value is not None:
                share = QUANTITIES[name][1]
                row.value.setText(numerals.percent(value) if share else numerals.short(value))
                row.spark.show_values(self._histories.get((self._node, name), ()))
        self.idle.setVisible(not any(not row.isHidden() for row in self._rows.values()))
