"""The schema made from a catalogue says yes and no to the same files as the checks do."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from graphs import edits
from graphs.checks import check
from graphs.document import Document, Node
from graphs.schema import schema_for, schema_text
from graphs.storage import dumps
from tests.graphs.test_checks import GOOD
from tests.graphs.toy import CATALOG

VALIDATOR = jsonschema.Draft202012Validator(schema_for(CATALOG))


def accepted(doc: Document) -> bool:
    return VALIDATOR.is_valid(json.loads(dumps(doc)))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema_for(CATALOG))
    assert json.loads(schema_text(CATALOG)) == schema_for(CATALOG)


@pytest.mark.parametrize(("name", "value"), [
    ("units", 1), ("units", 65536), ("units", 0), ("units", 65537), ("units", "3"), ("units", True), ("units", 2.5),
    ("units", None), ("rate", 0.5), ("rate", 0), ("rate", 1), ("rate", "0.5"), ("mood", "wild"), ("mood", "Wild"),
    ("wet", False), ("wet", 0), ("note", "x"), ("note", 3), ("note", "x" * 5000), ("nothing", 1),
])
def test_schema_and_checks_agree(name: str, value: Any) -> None:
    doc = edits.set_parameter(GOOD, "m", name, value)
    assert accepted(doc) == (not check(doc, CATALOG).of("m"))


def test_training_types_and_ids() -> None:
    assert accepted(GOOD)
    assert not accepted(edits.set_training(GOOD, "epochs", -1))
    assert not accepted(edits.retype(GOOD, "m", "unknown"))
    assert accepted(edits.retype(GOOD, "m", "old_mill"))
    assert not accepted(edits.set_parameter(edits.retype(GOOD, "m", "old_mill"), "m", "units", 0))
    assert not VALIDATOR.is_valid({"format": "hourglass-graph", "format_version": 1, "wires": ["a -> b"]})
    assert not VALIDATOR.is_valid({})


def test_what_the_schema_does_not_know_is_allowed_beside() -> None:
    assert accepted(Document(nodes={"a": Node("a", "mill", extra={"later": 1})}, extra={"$schema": "x"}))
