"""Accidents that happen to files: to their bytes, and to the values in them."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from typing import Any

PIECES = (b"NaN", b"1e999", b"-0", b"{}", b"[[", b"\\ud800", b'"', b",", b"null", b"\xff", b"9" * 30, b'"a": 1,', b"\0")
VALUES: tuple[Any, ...] = (None, True, 0, -1, 2**62, 1e300, -0.0, "", "mill", "a.b", [], {}, [[]], {"": None}, "ü" * 99)


def mutated(data: bytes, seed: int) -> bytes:
    """The file after a few accidents, always the same for one seed."""
    chance = random.Random(seed)
    return _bytes_hurt(data, chance) if seed % 3 == 0 else _values_hurt(data, chance)


def _bytes_hurt(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 3)):
        at, size = chance.randrange(len(data) + 1), chance.randint(1, 40)
        accident = chance.randrange(5)
        if accident == 0:
            data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1:]
        elif accident == 1:
            data = data[:at] + data[at + size:]
        elif accident == 2:
            data = data[:at] + data[at:at + size] + data[at:]
        elif accident == 3:
            data = data[:at] + chance.choice(PIECES) + data[at:]
        else:
            data = data[:at]
    return data


def _values_hurt(data: bytes, chance: random.Random) -> bytes:
    content = json.loads(data)
    for _ in range(chance.randint(1, 4)):
        holders = [holder for holder in _holders(content) if holder]
        if not holders:
            break
        holder = chance.choice(holders)
        key = chance.choice(list(holder)) if isinstance(holder, dict) else chance.randrange(len(holder))
        accident = chance.randrange(4)
        if accident == 0:
            del holder[key]
        elif accident == 1:
            holder[key] = deepcopy(chance.choice(VALUES))
        elif accident == 2:
            other = chance.choice(holders)
            holder[key] = deepcopy(chance.choice(list(other.values()) if isinstance(other, dict) else other))
        elif isinstance(holder, dict):
            holder[f"{key}{chance.choice(['', '2', '.', ' '])}"] = holder.pop(key)
    return json.dumps(content).encode()


def _holders(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value] if isinstance(value, dict | list) else []
    return own + [holder for item in inner for holder in _holders(item)]
