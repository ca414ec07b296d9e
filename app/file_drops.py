"""Files dropped on the canvas or chosen for a node: graphs are opened, data become nodes with a path that works."""

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
    """The parameter of a node type that names a file or a folder; empty when it reads none."""
    fields = kind.model_fields.items()
    return next((name for name, info in fields if field_extra(info).get("widget") in ("file", "folder")), "")


def reads_files(document: Document, catalog: Catalog, but: str = "") -> bool:
    """Whether a node of the document, other than one, names a file."""
    kinds = ((node, catalog.get(node.type)) for node in document.nodes.values() if node.id != but)
    return any(kind is not None and node.parameters.get(file_parameter(kind)) for node, kind in kinds)


def reader_of(path: Path, catalog: Catalog) -> type[NodeType] | None:
    """The node type that reads such a file or folder; one without a known ending is a table if it is text."""
    name = path.name.lower()
    folder = path.is_dir()
    found = next((kind for kind in catalog if ("/" in kind.reads if folder else name.endswith(kind.reads))), None)
    if found is not None or folder:
        return found
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return None
    return None if b"\0" in head else next((kind for kind in catalog if ".csv" in kind.reads), None)


class FileDrops:
    """Brings files into a graph."""

    def __init__(self, model: GraphModel, session: Session) -> None:
        self.model, self.session = model, session
        model.file_wanted.connect(self.locate)

    def take(self, name: str, at: QPointF) -> None:
        """A file or a folder was dropped at this place of the scene."""
        path = Path(name)
        if path.suffix.lower() == ".json":
            self.session.open(path)
        elif (kind := reader_of(path, self.model.catalog)) is not None:
            self._add(kind, path, at)
        else:
            self.session.said.emit("error", tr("No node reads “{name}”", name=path.name),
                                   tr("Tables, arrays, texts and folders of images become data."))

    def _add(self, kind: type[NodeType], path: Path, at: QPointF) -> None:
        parameters = {file_parameter(kind): self.bring(path)}
        name = edits.fresh_id(self.model.document, kind.type_name())
        node = Node(name, kind.type_name(), parameters, (at.x(), at.y()))
        self.model.apply(tr("Add {what}", what=path.name), lambda document: edits.add_node(document, node))
        self.model.select({name})

    def locate(self, node: str, parameter: str) -> None:
        """Asks for the file that a parameter should name, and makes it so."""
        kind = self.model.catalog.get(self.model.document.nodes[node].type)
        if kind is None:
            return
        folder = field_extra(kind.model_fields[parameter]).get("widget") == "folder"
        path = self.session.questions.data_to_read(self.model.folder or Path.home(), folder=folder)
        if path is not None:
            name = self.bring(path, node)
            words = tr("Set {what} to {value}", what=tr(kind.model_fields[parameter].title or parameter), value=name)
            self.model.apply(words, lambda document: edits.set_parameter(document, node, parameter, name))

    def bring(self, path: Path, node: str = "") -> str:
        """The name by which the document can read the file: relative to its folder.

        An untitled document that reads no files yet, but perhaps for `node`, takes the file's folder for its own. Else a
        file can be copied beside the graph; if the user does not want that, the checks say what is wrong with the path.
        """
        path = path.absolute()
        folder = self.model.folder
        if folder is not None and path.resolve().is_relative_to(folder.resolve()):
            return path.resolve().relative_to(folder.resolve()).as_posix()
        if self.session.path is None and not reads_files(self.model.document, self.model.catalog, node):
            self.session.adopt_folder(path.parent)
            return path.name
        beside = folder is not None and self.session.path is not None and path.is_file()
        if beside and self.session.questions.copy_beside(path.name):
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
