"""The committed JSON Schema is the one that the node types make, and the graphs that ship keep to it."""

from __future__ import annotations

import json

import jsonschema
import pytest

from engine.nodes import CATALOG
from graphs import gallery
from graphs.schema import schema_for, schema_text
from graphs.storage import dumps
from tests.refresh_generated import README, SCHEMA, readme_text


def test_the_schema_is_fresh() -> None:
    assert SCHEMA.is_file(), "run: python -m tests.refresh_generated"
    same = SCHEMA.read_bytes() == schema_text(CATALOG).encode("utf-8")
    assert same, "graphs/document.schema.json is stale: run python -m tests.refresh_generated"


def test_the_table_of_nodes_in_the_readme_is_fresh() -> None:
    assert readme_text() == README.read_text(encoding="utf-8"), "run: python -m tests.refresh_generated"


@pytest.mark.parametrize("name", gallery.names())
def test_graphs_that_ship_keep_to_it(name: str) -> None:
    data = gallery.path(name).read_bytes()
    jsonschema.Draft202012Validator(schema_for(CATALOG)).validate(json.loads(data))
    assert dumps(gallery.load(name)) == data
