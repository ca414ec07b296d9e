"""Which columns the table of a node offers: read from its file's header, for the menus of the inspector."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.data.paths import locate
from engine.data.table_facts import AUTO, table_facts
from graphs.spec import NodeType, ShapeError, field_extra


def columns_of(node: NodeType, folder: Path | None) -> Sequence[str]:
    """The column names in the file that the node reads; none while there is no readable file."""
    name = next((getattr(node, key) for key, info in type(node).model_fields.items()
                 if field_extra(info).get("widget") == "file"), "")  # fmt: skip
    if not name:
        return ()
    try:
        return tuple(table_facts(locate(name, folder), getattr(node, "writing", AUTO)).columns)
    except (ShapeError, OSError):
        return ()  # what is wrong with the file is said by the checks
