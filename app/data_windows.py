"""The windows over the data of single nodes: one a node, opened from the canvas, fed from what was looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings
from PySide6.QtWidgets import QWidget

from app.graph_model import GraphModel
from app.looks import Looks
from engine.nodes.node import is_data
from graphs.language import tr

if TYPE_CHECKING:
    from app.live.data.viewer import DataViewer


class DataWindows(QObject):
    """Opens, fills and closes them. Which page was open last is remembered for each type of node."""

    def __init__(self, model: GraphModel, looks: Looks, settings: QSettings, parent: QWidget) -> None:
        super().__init__(parent)
        self.model, self.looks, self.settings, self.ground = model, looks, settings, parent
        self.viewers: dict[str, DataViewer] = {}
        looks.changed.connect(self._show)
        model.checked_changed.connect(self._show_all)
        model.replaced.connect(self.close_all)

    def open(self, node: str) -> DataViewer | None:
        """The data of a node; None where it has none."""
        kind = self.model.catalog.get(self.model.document.nodes[node].type) if node in self.model.document.nodes else None
        if kind is None or not (is_data(self.model.checked.types.get(node)) or node in self.looks.faults):
            return None
        if node not in self.viewers:
            from app.live.data.viewer import DataViewer  # when it is wanted: see `app.warm_up`

            viewer = DataViewer(node, kind.family, self.ground)
            viewer.wanted = str(self.settings.value(self._key(node), ""))
            viewer.closed.connect(self._closed)
            viewer.page_asked.connect(lambda page: self.settings.setValue(self._key(node), page))
            viewer.cured.connect(self.model.cure)
            viewer.cancelled.connect(lambda: self.looks.cancel(node))
            viewer.again.connect(lambda: self.looks.show(node))
            self.viewers[node] = viewer
        viewer = self.viewers[node]
        self._show(node)
        self.looks.show(node)
        self._show(node)
        if viewer.isVisible():
            viewer.raise_()
        viewer.show()
        viewer.activateWindow()
        return viewer

    def close_all(self) -> None:
        """Another document, or another language."""
        for viewer in list(self.viewers.values()):
            viewer.close()

    def _key(self, node: str) -> str:
        return f"data_viewer/page/{self.model.document.nodes[node].type}"

    def _closed(self, node: str) -> None:
        self.viewers.pop(node, None)
        self.looks.hide(node)

    def _show_all(self, *_: object) -> None:
        for node in list(self.viewers):
            if node in self.model.document.nodes:
                self._show_words(node)
            else:
                self.viewers[node].close()

    def _show_words(self, node: str) -> None:
        viewer, of = self.viewers[node], self.model.document.nodes[node]
        kind = self.model.catalog.get(of.type)
        view = self.looks.views.get(node)
        facts = [self.model.checked.summaries.get(node, "")]
        if view is not None:
            rows = tr("{count} rows", count=f"{view.rows:,}")
            facts = [rows, str(view.after.column.shape), *facts]
            if view.classes:
                facts.append(tr("{count} classes", count=len(view.classes)))
        viewer.show_words(of.name or (tr(kind.title) if kind else node), " · ".join(filter(None, facts)))
        viewer.show_problems([problem for problem in self.model.checked.of(node) if problem.code.startswith("data_")])

    def _show(self, node: str) -> None:
        viewer = self.viewers.get(node)
        if viewer is None or node not in self.model.document.nodes:
            return
        self._show_words(node)
        view, fault = self.looks.views.get(node), self.looks.faults.get(node)
        if self.looks.pending(node):
            viewer.show_progress(self.looks.progress.get(node))
        if fault and not self.looks.pending(node):
            viewer.show_fault(fault)
        elif view is not None and view is not viewer.view:
            viewer.show_view(view)
