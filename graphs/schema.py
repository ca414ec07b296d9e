"""JSON Schema of documents, made from a catalogue: for other editors, and to see in a diff what a change means."""

from __future__ import annotations

from typing import Any

from graphs.catalog import Catalog
from graphs.document import FAR, FORMAT_VERSION
from graphs.spec import Parameters
from graphs.storage import FORMAT
from graphs.strict_json import write

OWN = ("advanced", "fold", "letter", "log", "options", "shown_if", "unit", "widget")  # for forms; no words of JSON Schema
ID = r"[^\s./][^\s./]*"


def schema_for(catalog: Catalog) -> dict[str, Any]:
    """The schema of documents that use these node types and nothing else."""
    names = sorted({name for kind in catalog for name in (kind.type_name(), *kind.replaces)})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Hourglass graph",
        "type": "object",
        "required": ["format", "format_version"],
        "properties": {
            "format": {"const": FORMAT},
            "format_version": {"const": FORMAT_VERSION},
            "nodes": _by_id({"$ref": "#/$defs/node"}),
            "wires": _list({"type": "string", "pattern": rf"^{ID}\.{ID} -> {ID}\.{ID}$"}, uniqueItems=True),
            "training": {"$ref": "#/$defs/training"},
            "title": _texts("What the graph is called, by language."),
            "lesson": _texts("What can be learned from it, by language."),
            "source": {"type": "string"},
            "goals": _list({"type": "object"}),
            "several": {"type": "object", "description": "What varies in several trainings at once.", "properties": {
                "sweep": _list({"type": "string"}),
                "seeds": {"type": "integer", "minimum": 1}, "bagging": {"type": "integer", "minimum": 0}}},
            "frames": _list({"$ref": "#/$defs/frame"}),
            "probes": _list({"type": "string", "pattern": rf"^{ID}\.{ID}$"}),
        },
        "$defs": {
            "position": _list({"type": "number", "minimum": -FAR, "maximum": FAR}, minItems=2, maxItems=2),
            "frame": {
                "type": "object",
                "required": ["id"],
                "properties": {"id": {"type": "string", "pattern": f"^{ID}$"}, "title": {"type": "string"},
                               "position": {"$ref": "#/$defs/position"}, "size": {"$ref": "#/$defs/position"}},
            },
            "node": _node(catalog, names),
            "training": _parameters(catalog.training, "Training"),
            **{f"{kind.type_name()}": _parameters(kind, kind.title) for kind in catalog},
        },
    }


def schema_text(catalog: Catalog) -> str:
    """The schema as it is kept in a file."""
    return write(schema_for(catalog)) + "\n"


def _node(catalog: Catalog, names: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": {"enum": names},
            "parameters": {"type": "object"},
            "position": {"$ref": "#/$defs/position"},
            "name": {"type": "string"},
            "collapsed": {"type": "boolean"},
            "bypassed": {"type": "boolean"},
        },
        "allOf": [
            {
                "if": {"properties": {"type": {"enum": sorted({kind.type_name(), *kind.replaces})}}},
                "then": {"properties": {"parameters": {"$ref": f"#/$defs/{kind.type_name()}"}}},
            }
            for kind in sorted(catalog, key=lambda kind: kind.type_name())
        ],
    }


def _parameters(kind: type[Parameters], title: str) -> dict[str, Any]:
    made = kind.model_json_schema()
    if "$defs" in made:
        raise TypeError(f"{kind.__name__}: parameters must be plain values, not models of their own")
    fields = {
        name: {key: value for key, value in field.items() if key not in OWN}
        for name, field in made.get("properties", {}).items()
    }
    described = getattr(kind, "described", None)
    words = {"description": described()} if described else {}
    return {"title": title, **words, "type": "object", "properties": fields, "additionalProperties": False}


def _by_id(inner: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "propertyNames": {"pattern": f"^{ID}$"}, "additionalProperties": inner}


def _list(inner: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": inner, **more}


def _texts(description: str) -> dict[str, Any]:
    return {"type": "object", "description": description, "additionalProperties": {"type": "string"}}
