"""Keeps an error in painting from ending the program: Qt goes on calling Python while the exception is under way."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, TypeVar

Painter = TypeVar("Painter", bound=Callable[..., None])

_failed: set[str] = set()


def guarded(method: Painter) -> Painter:
    """A painting method that reports its error once, as an uncaught one, and otherwise paints nothing."""

    @functools.wraps(method)
    def paint(self: Any, *arguments: Any) -> None:
        try:
            method(self, *arguments)
        except Exception:  # noqa: BLE001 (raised into Qt it would be a segmentation fault)
            if method.__qualname__ not in _failed:
                _failed.add(method.__qualname__)
                sys.excepthook(*sys.exc_info())

    return paint  # type: ignore[return-value]
