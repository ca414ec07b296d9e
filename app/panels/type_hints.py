"""The few grey words beside a node type in the palette: for sources what they give, such as `8×8 · 10`."""

from __future__ import annotations

import functools

from pydantic import ValidationError

from graphs.spec import Kind, NodeType, Shape, ShapeError, Site


@functools.cache
def hint(kind: type[NodeType]) -> str:
    """Sizes and number of classes of a source with its defaults; the file format of one that reads a file."""
    if kind.inputs:
        return ""
    if kind.reads:
        return next((word.upper() for word in kind.keywords if 2 <= len(word) <= 4 and word.isascii()), "")
    try:
        shapes = kind().shapes({}, Site(kind.type_name()))
    except (ShapeError, ValidationError):
        return ""
    return " · ".join(filter(None, map(_words, dict.fromkeys(shapes.values()))))


def _words(shape: Shape) -> str:
    if shape.kind is Kind.LABELS:
        return str(len(shape.classes) or "")
    if shape.picture:
        return "×".join(map(str, shape.picture))
    return "×".join(str(size) for size in shape.sizes if size is not None)
