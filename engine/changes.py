"""What was changed while a run went on: part of the run."""

from __future__ import annotations

from dataclasses import dataclass

from graphs import storage
from graphs.checks import Checked


@dataclass(frozen=True, slots=True)
class Change:
    """What was changed after so many steps of a run. Replaying it gives the same weights."""

    step: int
    rate: float | None = None
    document: str | None = None  # canonical JSON


def document_text(checked: Checked) -> str:
    """The document in canonical JSON."""
    return storage.dumps(checked.document).decode()
