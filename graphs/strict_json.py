"""JSON without surprises: what the standard library lets pass (NaN, doubled keys, half characters) is refused.

`read` gives plain Python values or raises `Unreadable` with the JSON path; `write` gives the canonical text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any

from graphs.language import tr

LARGEST = 64 * 1024 * 1024  # bytes
DEEPEST = 64  # objects and lists inside one another
WIDEST = 2**63  # whole numbers lie below, in either direction

_HALF = re.compile("[\ud800-\udfff]")
_PLAIN = re.compile(r"[^\W\d]\w*")


class Unreadable(ValueError):
    """Why a file is not a document of ours: one sentence in `text`, and where in `path` (a JSON path)."""

    def __init__(self, text: str, path: str = "$") -> None:
        self.text, self.path = text, path
        super().__init__(f"{path}: {text}" if path != "$" else text)


class _Refused:
    """Stands in a parsed value where something must be refused, until the walk finds its path."""

    def __init__(self, text: str) -> None:
        self.text = text


def read(data: bytes | str) -> Any:
    """The value that this JSON text holds. Raises `Unreadable`."""
    text = _decoded(data)
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant,
                           parse_int=_whole, parse_float=_real)
    except json.JSONDecodeError as error:
        raise Unreadable(tr("this is not JSON: {why} in line {line}, column {column}", why=error.msg.lower(),
                            line=error.lineno, column=error.colno)) from error
    except RecursionError as error:
        raise Unreadable(_too_deep()) from error
    _walk(value)
    return value


def write(value: Any) -> str:
    """Canonical JSON text: sorted keys, two spaces, lists of numbers on one line. Equal values give equal text."""
    return _written(value, "\n")


def _decoded(data: bytes | str) -> str:
    size = len(data) if isinstance(data, bytes) else len(data.encode("utf-8", "surrogatepass"))
    if size > LARGEST:
        raise Unreadable(tr("the file is larger than {limit} MB", limit=LARGEST // 2**20))
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")  # some editors put a byte order mark in front
    except UnicodeDecodeError as error:
        raise Unreadable(tr("this is not UTF-8 text, from byte {position} on", position=error.start)) from error


def _object(pairs: list[tuple[str, Any]]) -> Any:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    doubled = next(key for key, _ in pairs if key in seen or seen.add(key))
    return _Refused(tr("the key “{key}” is there twice", key=_HALF.sub("?", doubled[:100])))


def _constant(name: str) -> Any:
    return _Refused(tr("{name} is not a number that JSON knows", name=name))


def _whole(digits: str) -> Any:
    if len(digits) > 20 or abs(number := int(digits)) >= WIDEST:
        return _Refused(tr("the whole number {start} is too large", start=_short(digits)))
    return number


def _real(digits: str) -> Any:
    number = float(digits)
    return number if math.isfinite(number) else _Refused(tr("the number {start} is too large", start=_short(digits)))


def _short(digits: str) -> str:
    return digits if len(digits) <= 24 else f"{digits[:20]}…"


def _too_deep() -> str:
    return tr("objects and lists lie more than {limit} deep in one another", limit=DEEPEST)


def _walk(value: Any) -> None:
    """Looks at every value once, without recursion. Raises `Unreadable` at the first that must be refused."""
    waiting: list[tuple[Any, Any]] = [(value, None)]
    while waiting:
        here, path = waiting.pop()
        kind = type(here)
        if kind is str:
            if not here.isascii() and _HALF.search(here):
                raise Unreadable(tr("the text holds half of a character (a lone surrogate)"), _path(path))
        elif kind is dict or kind is list:
            depth = 1 if path is None else path[2] + 1
            if depth > DEEPEST:
                raise Unreadable(_too_deep(), _path(path))
            for key, inner in here.items() if kind is dict else enumerate(here):
                if kind is dict and not key.isascii() and _HALF.search(key):
                    raise Unreadable(tr("a key holds half of a character (a lone surrogate)"), _path(path))
                if type(inner) in _CHECKED:
                    waiting.append((inner, (path, key, depth)))
        elif kind is _Refused:
            raise Unreadable(here.text, _path(path))


_CHECKED = frozenset({str, dict, list, _Refused})


def _path(steps: Any) -> str:
    """`$.nodes.dense1.position[0]` out of the chain of keys that led here."""
    words: list[str] = []
    while steps is not None:
        steps, key, _ = steps
        if isinstance(key, int):
            words.append(f"[{key}]")
        else:
            words.append(f".{key}" if _PLAIN.fullmatch(key) else f"[{json.dumps(key[:100], ensure_ascii=False)}]")
    return "$" + "".join(reversed(words))


def _written(value: Any, line: str) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, Mapping):
        if not value:
            return "{}"
        inner = line + "  "
        fields = [f"{encode_basestring(key)}: {_written(value[key], inner)}" for key in sorted(value)]
        return "{" + inner + ("," + inner).join(fields) + line + "}"
    if isinstance(value, list | tuple):
        if all(type(item) in (int, float) for item in value):
            return "[" + ", ".join(map(_written_number, value)) + "]"
        inner = line + "  "
        return "[" + inner + ("," + inner).join(_written(item, inner) for item in value) + line + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return _written_number(value)


def _written_number(value: int | float) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} cannot be written as JSON")
    return repr(value)
