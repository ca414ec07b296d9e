"""Files dropped on the canvas or chosen for a node: graphs are opened, tables become nodes with a path that works."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtCore import QPointF

from app.graph_model import GraphModel
from app.session import Session
from graphs import edits
from graphs.catalog import Catalog
from graphs.document import Document, Node
from graphs.language import tr
from graphs.spec import NodeType, field_extra


def file_parameter(kind: type[NodeType]) -> str:
    """The parameter of a node type that names a file; empty when it reads none."""
    fields = kind.model_fields.items()
    return next((name for name, info in fields if field_extra(info).get("widget") == "file"), "")


def reads_files(document: Document, catalog: Catalog) -> bool:
    """Whether a node of the document names a file."""
    kinds = ((node, catalog.get(node.type)) for node in document.nodes.values())
    return any(kind is not None and node.parameters.get(file_parameter(kind)) for node, kind in kinds)


class FileDrops:
    """Brings files into a graph."""

    def __init__(self, model: GraphModel, session: Session) -> None:
        self.model, self.session = model, session

    def take(self, name: str, at: QPointF) -> None:
        """A file was dropped at this place of the scene."""
        path = Path(name)
        if path.suffix.lower() == ".json":
            self.session.open(path)
        else:
            self._add_table(path, at)

    def _add_table(self, path: Path, at: QPointF) -> None:
        kind = next((kind for kind in self.model.catalog if not kind.inputs and file_parameter(kind)), None)
        if kind is None:
            return
        parameters = {file_parameter(kind): self.bring(path)}
        name = edits.fresh_id(self.model.document, kind.type_name())
        node = Node(name, kind.type_name(), parameters, (at.x(), at.y()))
        self.model.apply(tr("Add {what}", what=path.name), lambda document: edits.add_node(document, node))
        self.model.select({name})

    def bring(self, path: Path) -> str:
        """The name by which the document can read the file: relative to its folder.

        An untitled document that reads no files yet takes the file's folder for its own. Else the file can be copied
        beside the graph; if the user does not want that, the checks say what is wrong with the path.
        """
        path = path.absolute()
        folder = self.model.folder
        if folder is not None and path.resolve().is_relative_to(folder.resolve()):
            return path.resolve().relative_to(folder.resolve()).as_posix()
        if self.session.path is None and not reads_files(self.model.document, self.model.catalog):
            self.session.adopt_folder(path.parent)
            return path.name
        if folder is not None and self.session.path is not None and self.session.questions.copy_beside(path.name):
            return self._copy(path, folder)
        return str(path)

    def _copy(self, path: Path, folder: Path) -> str:
        """Copies the file beside the graph under a name that is free."""
        target, number = folder / path.name, 1
        while target.exists():
            number += 1
            target = folder / f"{path.stem}-{number}{path.suffix}"
        try:
            shutil.copyfile(path, target)
        except OSError as error:
            said = tr("“{name}” could not be copied", name=path.name)
            self.session.said.emit("error", said, error.strerror or str(error))
            return str(path)
        return target.name
