"""Frozen dataclasses to JSON bytes and back: what travels over the pipe. Never pickle."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import TypeAdapter


@cache
def _codec(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


class Message:
    """Mixed into a frozen dataclass, it gives the dataclass its JSON form: {"<class name>": {fields}}."""

    __slots__ = ()

    def to_json(self) -> bytes:
        """This message as one line of JSON."""
        return b'{"%s":%s}' % (type(self).__name__.encode(), _codec(type(self)).dump_json(self))


class Vocabulary:
    """The messages that one side understands."""

    def __init__(self, kinds: Iterable[type]) -> None:
        self._kinds = {kind.__name__: kind for kind in kinds}

    def from_json(self, data: bytes) -> Any:
        """The message. Raises ValueError for anything that is not one of this vocabulary."""
        parsed = json.loads(data)
        if not isinstance(parsed, dict) or len(parsed) != 1:
            raise ValueError("a message is an object with one key")
        (name, fields), = parsed.items()
        if name not in self._kinds:
            raise ValueError(f"unknown message {name!r}")
        return _codec(self._kinds[name]).validate_python(fields)
