"""Files: canonical, lossless, refused with a path where they are not ours, and never a traceback."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings

from graphs import storage, strict_json
from graphs.checks import check
from graphs.document import Document, Frame, Node, Wire
from graphs.migrations import migrate
from graphs.storage import Unreadable
from tests.graphs.mutations import mutated
from tests.graphs.strategies import documents
from tests.graphs.toy import CATALOG

EXAMPLE = Document(
    nodes={"b1": Node("b1", "mill", {"units": 3, "rate": 0.25}, (12.5, -3.0), "B", True, False, {"later": [1, None]}),
           "a1": Node("a1", "no such type", {"units": "many"})},
    wires=frozenset({Wire("a1", "y", "b1", "x"), Wire("gone", "y", "b1", "nowhere")}),
    training={"epochs": 5},
    title={"en": "A title", "ja": "題"},
    frames=(Frame("frame1", "Frame", (0, 0), (10.5, 20), {"colour": "red"}),),
    probes=(("a1", "y"),),
    extra={"$schema": "document.schema.json", "made by": {"x": 1.0}},
)

CANONICAL = """\
{
  "$schema": "document.schema.json",
  "format": "hourglass-graph",
  "format_version": 1,
  "frames": [
    {
      "colour": "red",
      "id": "frame1",
      "position": [0, 0],
      "size": [10.5, 20],
      "title": "Frame"
    }
  ],
  "made by": {
    "x": 1.0
  },
  "nodes": {
    "a1": {
      "parameters": {
        "units": "many"
      },
      "position": [0, 0],
      "type": "no such type"
    },
    "b1": {
      "collapsed": true,
      "later": [
        1,
        null
      ],
      "name": "B",
      "parameters": {
        "rate": 0.25,
        "units": 3
      },
      "position": [12.5, -3],
      "type": "mill"
    }
  },
  "probes": [
    "a1.y"
  ],
  "title": {
    "en": "A title",
    "ja": "題"
  },
  "training": {
    "epochs": 5
  },
  "wires": [
    "a1.y -> b1.x",
    "gone.y -> b1.nowhere"
  ]
}
"""


def test_the_canonical_text() -> None:
    assert storage.dumps(EXAMPLE).decode() == CANONICAL
    assert json.loads(CANONICAL)["nodes"]["b1"]["parameters"] == {"rate": 0.25, "units": 3}


def test_what_was_read_is_written_again_byte_for_byte() -> None:
    assert storage.loads(CANONICAL) == EXAMPLE
    assert storage.dumps(storage.loads(CANONICAL)) == CANONICAL.encode()


@settings(max_examples=300, deadline=None)
@given(documents())
def test_random_documents_survive(doc: Document) -> None:
    data = storage.dumps(doc)
    assert storage.loads(data) == doc
    assert storage.dumps(storage.loads(data)) == data
    assert data.endswith(b"}\n")
    assert b"\r" not in data


def test_order_of_making_does_not_matter() -> None:
    turned = Document(nodes=dict(reversed(EXAMPLE.nodes.items())), wires=EXAMPLE.wires)
    straight = Document(nodes=EXAMPLE.nodes, wires=EXAMPLE.wires)
    assert storage.dumps(turned) == storage.dumps(straight)


def test_what_others_write_is_read() -> None:
    loose = '{"nodes":{"a1":{"type":"mill","position":[1.26,2]}},"format_version":1,"format":"hourglass-graph"}\r\n'
    assert storage.loads(loose.encode("utf-8-sig")).nodes["a1"].position == (1.3, 2.0)


def ours(**fields: object) -> str:
    return json.dumps({"format": "hourglass-graph", "format_version": 1, **fields})


def with_node(**fields: object) -> str:
    return ours(nodes={"a1": {"type": "mill", **fields}})


REFUSED = {
    "nothing": ("", "$", "not JSON"),
    "half": ('{"format"', "$", "line 1, column 10"),
    "text": ("hello", "$", "not JSON"),
    "comma": ('{"a": 1,}', "$", "not JSON"),
    "comment": ("{} // so", "$", "not JSON"),
    "a list": ("[]", "$", "expected an object, found a list"),
    "a number": ("3", "$", "an object"),
    "not ours": ("{}", "$.format", "hourglass-graph"),
    "no version": ('{"format": "hourglass-graph"}', "$.format_version", "version"),
    "version as text": (ours(format_version="1"), "$.format_version", "a whole number"),
    "version as truth": (ours(format_version=True), "$.format_version", "a whole number"),
    "version 0": (ours(format_version=0), "$.format_version", "version"),
    "newer": (ours(format_version=99), "$.format_version", "reads only up to 1"),
    "NaN": ('{"a": {"b": [0, NaN]}}', "$.a.b[1]", "NaN"),
    "infinity": ('{"a": -Infinity}', "$.a", "-Infinity"),
    "1e999": ('{"a": 1e999}', "$.a", "too large"),
    "huge": ('{"a": %s}' % ("9" * 5000), "$.a", "too large"),
    "2^63": ('{"a": -9223372036854775808}', "$.a", "too large"),
    "doubled": ('{"a": {"b": 1, "b": 2}}', "$.a", "“b” is there twice"),
    "doubled node": ('{"nodes": {"a1": {}, "a1": {}}}', "$.nodes", "“a1” is there twice"),
    "surrogate": ('{"a": ["\\ud800"]}', "$.a[0]", "surrogate"),
    "surrogate key": ('{"a": {"\\udc00": 1}}', "$.a", "surrogate"),
    "deep": ("[" * 100_000, "$", "deep"),
    "rather deep": ('{"a":' + "[" * 70 + "]" * 70 + "}", "$.a" + "[0]" * 63, "deep"),
    "odd key": ('{"a b": NaN}', '$["a b"]', "NaN"),
    "nodes as list": (ours(nodes=[]), "$.nodes", "expected an object, found a list"),
    "node as text": (ours(nodes={"a1": "mill"}), "$.nodes.a1", "found text"),
    "node without type": (ours(nodes={"a1": {}}), "$.nodes.a1", "type"),
    "type as number": (ours(nodes={"a1": {"type": 3}}), "$.nodes.a1.type", "expected text, found a whole number"),
    "id with dot": (ours(nodes={"a.1": {"type": "mill"}}), "$.nodes", "“a.1” cannot be an id"),
    "id empty": (ours(nodes={"": {"type": "mill"}}), "$.nodes", "cannot be an id"),
    "id as number": (ours(nodes={"1a": {"type": "mill"}}), "$.nodes", "cannot be an id"),
    "parameters as list": (with_node(parameters=[]), "$.nodes.a1.parameters", "a list"),
    "position as text": (with_node(position="here"), "$.nodes.a1.position", "found text"),
    "position of three": (with_node(position=[1, 2, 3]), "$.nodes.a1.position", "two numbers"),
    "position of truth": (with_node(position=[True, 2]), "$.nodes.a1.position", "two numbers"),
    "position far off": (with_node(position=[1e300, 2]), "$.nodes.a1.position", "two numbers"),
    "name as number": (with_node(name=3), "$.nodes.a1.name", "expected text"),
    "collapsed as number": (with_node(collapsed=1), "$.nodes.a1.collapsed", "true or false"),
    "wires as object": (ours(wires={}), "$.wires", "a list"),
    "wire as object": (ours(wires=[{}]), "$.wires[0]", "expected text"),
    "wire without port": (ours(wires=["a.y -> b.x", "a -> b"]), "$.wires[1]", "a wire such as"),
    "wire with three ends": (ours(wires=["a.y -> b.x -> c.x"]), "$.wires[0]", "a wire such as"),
    "training as list": (ours(training=[]), "$.training", "an object"),
    "title as text": (ours(title="T"), "$.title", "an object"),
    "title in numbers": (ours(title={"en": 3}), "$.title.en", "expected text"),
    "goal as text": (ours(goals=["win"]), "$.goals[0]", "an object"),
    "frame without id": (ours(frames=[{}]), "$.frames[0].id", "cannot be an id"),
    "frames alike": (ours(frames=[{"id": "f"}, {"id": "f"}]), "$.frames[1].id", "twice"),
    "frame like node": (ours(nodes={"f": {"type": "mill"}}, frames=[{"id": "f"}]), "$.frames[0].id", "twice"),
    "probe without port": (ours(probes=["a"]), "$.probes[0]", "an output such as"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_ours_is_refused_with_a_path(name: str) -> None:
    text, path, words = REFUSED[name]
    with pytest.raises(Unreadable) as refused:
        storage.loads(text)
    assert refused.value.path == path
    assert words in refused.value.text
    assert "\n" not in str(refused.value)
    assert path == "$" or path in str(refused.value)


def test_what_is_not_utf_8_is_refused() -> None:
    for data in (b'{"a": "\xff"}', "{}".encode("utf-16"), b"\x00" * 100):
        with pytest.raises(Unreadable):
            storage.loads(data)


def test_64_megabytes_are_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unreadable, match="64 MB"):
        storage.loads(b" " * (strict_json.LARGEST + 1))


def test_a_large_file_is_not_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "large.json"
    with file.open("wb") as out:
        out.truncate(3 * 2**30)  # a sparse file: nothing is on the disk
    with pytest.raises(Unreadable, match="64 MB"):
        storage.load(file)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be read"):
        storage.load(tmp_path / "none.json")
    with pytest.raises(Unreadable):
        storage.load(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_device_is_no_file() -> None:
    with pytest.raises(Unreadable, match="not a file"):
        storage.load("/dev/zero")


def test_300_mutated_files_are_opened_or_refused() -> None:
    opened = 0
    for seed in range(300):
        data = mutated(storage.dumps(EXAMPLE), seed)
        try:
            doc = storage.loads(data)
        except Unreadable as refused:
            assert refused.path.startswith("$")
        else:
            opened += 1
            check(doc, CATALOG)
            again = storage.dumps(doc)
            assert storage.dumps(storage.loads(again)) == again
    assert 50 < opened < 250, "the accidents are too mild or too hard to show anything"


@settings(max_examples=50, deadline=None)
@given(documents())
def test_files_lose_nothing(doc: Document) -> None:
    """Every value that a file holds is found again in what is saved after opening it."""
    first = json.loads(storage.dumps(doc))
    second = json.loads(storage.dumps(storage.loads(json.dumps(first, indent=8))))
    assert first == second


def test_migrations_go_step_by_step() -> None:
    steps = {
        1: lambda content: {"wires": content.pop("links"), **content},
        2: lambda content: {**content, "wires": [wire.replace(" to ", " -> ") for wire in content["wires"]]},
    }
    old = {"format_version": 1, "links": ["a.y to b.x"], "kept": 1}
    assert migrate(dict(old), steps, newest=3) == {"format_version": 3, "wires": ["a.y -> b.x"], "kept": 1}
    assert migrate({"format_version": 3}, steps, newest=3) == {"format_version": 3}


def test_there_is_a_step_for_every_old_version() -> None:
    from graphs.document import FORMAT_VERSION
    from graphs.migrations import STEPS

    assert set(STEPS) == set(range(1, FORMAT_VERSION))


def test_canonical_json_cannot_hold_what_cannot_be_read() -> None:
    with pytest.raises(ValueError, match="nan"):
        strict_json.write({"a": [float("nan")]})
