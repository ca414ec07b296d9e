"""Documents as canonical JSON: reading, writing, and saving so that a crash leaves the old file or the new one.

What is not JSON of this format is refused with one sentence and the JSON path. What is readable but wrong (unknown
types, cycles, wrong values, dangling wires, fields of other versions) opens and loses nothing when saved again.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from graphs import strict_json
from graphs.document import EMPTY, FAR, FORMAT_VERSION, Document, Frame, Node, Wire, rounded
from graphs.ids import IDENTIFIER
from graphs.language import marked, tr
from graphs.migrations import migrate
from graphs.strict_json import LARGEST, Unreadable

__all__ = ["FORMAT", "Unreadable", "atomic_write", "dumps", "load", "loads", "save"]

FORMAT = "hourglass-graph"
ARROW = " -> "
ORPHANED = 24 * 3600.0  # seconds after which a temporary file belongs to nobody


def dumps(doc: Document) -> bytes:
    """The document as canonical JSON: sorted keys, two spaces, LF, UTF-8; what is empty is left out."""
    content = {
        **doc.extra,
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "nodes": {key: _node_json(node) for key, node in doc.nodes.items()},
        "wires": sorted(_wire_text(wire) for wire in doc.wires),
        **_filled(
            training=dict(doc.training),
            title=dict(doc.title),
            lesson=dict(doc.lesson),
            source=doc.source,
            goals=[dict(goal) for goal in doc.goals],
            several=dict(doc.several),
            frames=[_frame_json(frame) for frame in doc.frames],
            probes=[".".join(probe) for probe in doc.probes],
        ),
    }
    return (strict_json.write(content) + "\n").encode("utf-8")


def loads(data: bytes | str) -> Document:
    """The document in these bytes. Raises `Unreadable`."""
    content = _Fields(strict_json.read(data), "$")
    if content.take("format", str, None) != FORMAT:
        raise Unreadable(tr('expected "format": "{name}", which marks an Hourglass graph', name=FORMAT), "$.format")
    version = content.take("format_version", int, None)
    if version is None or version < 1:
        raise Unreadable(tr("expected a whole number, the version of the format"), "$.format_version")
    if version > FORMAT_VERSION:
        said = tr("the file is of format version {version}, but this program reads only up to {ours}",
                  version=version, ours=FORMAT_VERSION)
        raise Unreadable(said, "$.format_version")
    content = _Fields(migrate({**content.left, "format": FORMAT, "format_version": version}), "$")
    content.take("format", str, None)
    content.take("format_version", int, None)
    nodes = content.take("nodes", dict, {})
    return Document(
        nodes=MappingProxyType({_identifier(key, "$.nodes"): _node(key, fields) for key, fields in nodes.items()}),
        wires=frozenset(_wire(text, f"$.wires[{i}]") for i, text in enumerate(content.take("wires", list, []))),
        training=_frozen(content.take("training", dict, {})),
        title=_texts(content.take("title", dict, {}), "$.title"),
        lesson=_texts(content.take("lesson", dict, {}), "$.lesson"),
        source=content.take("source", str, ""),
        goals=tuple(_goal(goal, f"$.goals[{i}]") for i, goal in enumerate(content.take("goals", list, []))),
        several=_frozen(content.take("several", dict, {})),
        frames=_frames(content.take("frames", list, []), nodes),
        probes=tuple(_probe(text, f"$.probes[{i}]") for i, text in enumerate(content.take("probes", list, []))),
        extra=_frozen(content.left),
    )


def load(path: str | os.PathLike[str]) -> Document:
    """The document in this file. Raises `Unreadable`, also where there is no such file."""
    try:
        with open(path, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unreadable(tr("this is not a file"))
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise Unreadable(tr("the file cannot be read ({why})", why=error.strerror or error)) from error
    return loads(data)


def save(doc: Document, path: str | os.PathLike[str]) -> None:
    """Writes the document to this file, whole or not at all. Raises OSError."""
    atomic_write(path, dumps(doc))
    _sweep(Path(os.path.realpath(path)))


def atomic_write(path: str | os.PathLike[str], data: bytes) -> None:
    """Replaces the file by `data` so that at every moment it holds all of the old or all of the new bytes.

    A symbolic link keeps pointing; the file keeps its mode. Raises OSError and leaves the old file.
    """
    target = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(prefix=_temporary(target), dir=target.parent)
    try:
        try:
            written = 0
            while written < len(data):
                written += os.write(handle, memoryview(data)[written:])
            os.fsync(handle)
        finally:
            os.close(handle)
        os.chmod(name, _mode_for(target))
        with open(name, "rb") as file:
            if file.read() != data:
                raise OSError(tr("the disk gave back other bytes than were written"))
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    _sync_folder(target.parent)


def _temporary(target: Path) -> str:
    return f".~{target.name[:60]}."


def _sweep(target: Path) -> None:
    """Removes what a save that was killed has left behind. A day old, so that no save going on is disturbed."""
    with contextlib.suppress(OSError), os.scandir(target.parent) as entries:
        for entry in entries:
            if entry.name.startswith(_temporary(target)) and time.time() - entry.stat().st_mtime > ORPHANED:
                os.unlink(entry.path)


def _mode_for(target: Path) -> int:
    """The mode of the file that is replaced; for a new one what the process gives to new files."""
    try:
        return stat.S_IMODE(os.stat(target).st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    """Makes the new name survive a power cut. The new bytes are in place already, so failing here is no error:

    Windows and some network folders cannot do it.
    """
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# Values → JSON


def _filled(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _pair(values: tuple[float, float]) -> list[float | int]:
    return [_number(value) for value in rounded(values)]


def _node_json(node: Node) -> dict[str, Any]:
    filled = _filled(parameters=dict(node.parameters), name=node.name, collapsed=node.collapsed, bypassed=node.bypassed)
    return {**node.extra, "type": node.type, "position": _pair(node.position), **filled}


def _frame_json(frame: Frame) -> dict[str, Any]:
    return {**frame.extra, "id": frame.id, "position": _pair(frame.position), "size": _pair(frame.size),
            **_filled(title=frame.title)}


def _wire_text(wire: Wire) -> str:
    return f"{wire.source}.{wire.output}{ARROW}{wire.target}.{wire.input}"


# JSON → values

_WORDS: Mapping[type, str] = {
    dict: marked("an object"), list: marked("a list"), str: marked("text"), int: marked("a whole number"),
    float: marked("a number"), bool: marked("true or false"), type(None): marked("nothing"),
}


def said(kind: type) -> str:
    """What a JSON value is, in words."""
    return tr(_WORDS.get(kind, marked("something else")))


def _expect(value: Any, kind: type, where: str) -> Any:
    if type(value) is not kind:
        raise Unreadable(tr("expected {kind}, found {found}", kind=said(kind), found=said(type(value))), where)
    return value


class _Fields:
    """The fields of one JSON object. What is not taken is `left`: fields that this version does not know."""

    def __init__(self, value: Any, where: str) -> None:
        self.left: dict[str, Any] = dict(_expect(value, dict, where))
        self.where = where

    def take(self, name: str, kind: type, default: Any) -> Any:
        if name not in self.left:
            return default
        return _expect(self.left.pop(name), kind, f"{self.where}.{name}")


def _frozen(fields: dict[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(fields) if fields else EMPTY


def _identifier(text: Any, where: str) -> str:
    if not IDENTIFIER.fullmatch(_expect(text, str, where)):
        raise Unreadable(tr("“{text}” cannot be an id: letters, digits, _ and - only, starting with a letter",
                            text=text[:100]), where)
    return text


def _node(key: str, value: Any) -> Node:
    where = f"$.nodes.{key}"
    fields = _Fields(value, where)
    if "type" not in fields.left:
        raise Unreadable(tr("expected a node to have a type"), where)
    return Node(
        id=key,
        type=fields.take("type", str, ""),
        parameters=_frozen(fields.take("parameters", dict, {})),
        position=_position(fields.take("position", list, [0, 0]), f"{where}.position"),
        name=fields.take("name", str, ""),
        collapsed=fields.take("collapsed", bool, False),
        bypassed=fields.take("bypassed", bool, False),
        extra=_frozen(fields.left),
    )


def _position(value: list[Any], where: str) -> tuple[float, float]:
    if len(value) != 2 or any(type(number) not in (int, float) or abs(number) > FAR for number in value):
        raise Unreadable(tr("expected two numbers within ±{limit}", limit=f"{FAR:,.0f}"), where)
    return rounded((value[0], value[1]))


def _frames(values: list[Any], nodes: Mapping[str, Any]) -> tuple[Frame, ...]:
    frames: dict[str, Frame] = {}
    for i, value in enumerate(values):
        where = f"$.frames[{i}]"
        fields = _Fields(value, where)
        frame_id = _identifier(fields.take("id", str, ""), f"{where}.id")
        if frame_id in frames or frame_id in nodes:
            raise Unreadable(tr("the id “{id}” is there twice", id=frame_id), f"{where}.id")
        frames[frame_id] = Frame(
            frame_id,
            title=fields.take("title", str, ""),
            position=_position(fields.take("position", list, [0, 0]), f"{where}.position"),
            size=_position(fields.take("size", list, [0, 0]), f"{where}.size"),
            extra=_frozen(fields.left),
        )
    return tuple(frames.values())


def _end(text: str) -> tuple[str, str] | None:
    """`dense1.y` as a pair."""
    node, dot, port = text.partition(".")
    fits = dot and IDENTIFIER.fullmatch(node) and IDENTIFIER.fullmatch(port)
    return (node, port) if fits else None


def _wire(value: Any, where: str) -> Wire:
    ends = [_end(end) for end in _expect(value, str, where).split(ARROW)]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        said = tr("expected a wire such as “digits1.values -> dense1.x”, found “{text}”", text=value[:100])
        raise Unreadable(said, where)
    return Wire(*ends[0], *ends[1])


def _probe(value: Any, where: str) -> tuple[str, str]:
    end = _end(_expect(value, str, where))
    if end is None:
        raise Unreadable(tr("expected an output such as “dense1.y”, found “{text}”", text=value[:100]), where)
    return end


def _goal(value: Any, where: str) -> Mapping[str, Any]:
    return _frozen(_expect(value, dict, where))


def _texts(values: dict[str, Any], where: str) -> Mapping[str, str]:
    for code, text in values.items():
        _expect(text, str, f"{where}.{code}")
    return _frozen(values)
