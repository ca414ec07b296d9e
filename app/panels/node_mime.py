"""What is carried while a node type is dragged from the palette to the canvas."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QMimeData

NODE_MIME = "application/x-hourglass-node"


def node_mime(type_name: str) -> QMimeData:
    """Mime data that hold the name of a node type."""
    data = QMimeData()
    data.setData(NODE_MIME, QByteArray(type_name.encode()))
    return data
