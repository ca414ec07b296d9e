"""Names that nothing else has: the ids of new nodes and frames. What an id may look like stands here alone."""

from __future__ import annotations

import re
from collections.abc import Collection

from graphs.document import Document

IDENTIFIER = re.compile(r"[^\W\d][\w-]{0,99}")  # for ids and ports: no dots, slashes or spaces, they separate


def fresh_id(doc: Document, type_name: str) -> str:
    """`dense1`, or the next number that is free."""
    return next_id(type_name, taken_ids(doc))


def taken_ids(doc: Document) -> set[str]:
    """Every id that something in the document has."""
    return {*doc.nodes, *(frame.id for frame in doc.frames)}


def next_id(type_name: str, taken: Collection[str], start: int = 1) -> str:
    """The first of `dense1`, `dense2`, … that is not taken."""
    stem = re.sub(r"\d+$", "", re.sub(r"\W", "", type_name))[:90]
    stem = stem if IDENTIFIER.fullmatch(stem) else "node"
    number = start
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"
