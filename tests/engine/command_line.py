"""Running the command line inside a test: see the fixture `hourglass`."""

from __future__ import annotations

from collections.abc import Callable

Run = Callable[..., tuple[int, str, str]]


def sentence(text: str) -> str:
    """The text, after a look that it is a single line."""
    assert text.strip()
    assert len(text.strip().splitlines()) == 1
    return text.strip()
