"""What a run is called beside others: what was changed since the one before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.numerals import typed
from graphs.catalog import Catalog
from graphs.document import Document
from graphs.language import tr
from graphs.spec import field_extra

MOST = 2  # differences in a name; more of them are a number


def differences(before: Document, after: Document, catalog: Catalog) -> list[str]:
    """What a reader would call the changes: `Learning rate 0.01`, `+ Dropout`, `dense1 Units 8`."""
    settings = catalog.training.model_fields
    found = [_said(settings, name, value) for name, value in _changed(before.training, after.training, settings)]
    found += [f"+ {_type_title(catalog, after, node)}" for node in after.nodes if node not in before.nodes]
    found += [f"− {_type_title(catalog, before, node)}" for node in before.nodes if node not in after.nodes]
    for node in after.nodes.keys() & before.nodes.keys():
        kind = catalog.get(after.nodes[node].type)
        fields = kind.model_fields if kind else {}
        changed = _changed(before.nodes[node].parameters, after.nodes[node].parameters, fields)
        found += [f"{after.nodes[node].label} {_said(fields, name, value)}" for name, value in changed]
    return found


def run_title(number: int, before: Document | None, after: Document, catalog: Catalog) -> str:
    """`Run 1`, then what is different from the run before."""
    changes = differences(before, after, catalog) if before else []
    if not changes:
        return tr("Run {number}", number=number)
    more = f" +{len(changes) - MOST}" if len(changes) > MOST else ""
    return " · ".join(changes[:MOST]) + more


def _changed(before: Mapping[str, Any], after: Mapping[str, Any], fields: Mapping[str, Any]) -> list[tuple[str, Any]]:
    names = [name for name in {**before, **after} if before.get(name, ...) != after.get(name, ...)]
    return [(name, after.get(name, fields[name].default if name in fields else "")) for name in names]


def _said(fields: Mapping[str, Any], name: str, value: Any) -> str:
    """`Learning rate 0.1`, `Tied weights on`; a choice says itself: `SGD`."""
    info = fields.get(name)
    options = field_extra(info).get("options", {}) if info else {}
    if value in options:
        return tr(options[value])
    words = tr(info.title) if info and info.title else name
    if isinstance(value, bool):
        return f"{words} {tr('on') if value else tr('off')}"
    return f"{words} {typed(value) if isinstance(value, (int, float)) else value}"


def _type_title(catalog: Catalog, document: Document, node: str) -> str:
    kind = catalog.get(document.nodes[node].type)
    return tr(kind.title) if kind else document.nodes[node].type
