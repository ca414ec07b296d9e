"""What the window and the process that looks at data say to each other. JSON over the pipe."""

from __future__ import annotations

from dataclasses import dataclass

from engine.messages import Message, Vocabulary


@dataclass(frozen=True, slots=True)
class Look(Message):
    """Look at a node of this document. `urgent`: somebody waits, so it comes before what nobody asked for."""

    ticket: int
    document: str
    folder: str
    node: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Cancel(Message):
    """Nobody waits for this any more."""

    ticket: int


@dataclass(frozen=True, slots=True)
class Speak(Message):
    """Words are wanted in this language from now on."""

    language: str


@dataclass(frozen=True, slots=True)
class Close(Message):
    """End."""


@dataclass(frozen=True, slots=True)
class Seen(Message):
    """`engine.data.view.open_view` finds what was asked for under `key`."""

    ticket: int
    node: str
    key: str


@dataclass(frozen=True, slots=True)
class Failed(Message):
    """It cannot be looked at, and why in one sentence. `cancelled`: because it was called off."""

    ticket: int
    node: str
    text: str
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Progress(Message):
    """`done` of `total` of what a phrase names; total 0 where it is not known."""

    ticket: int
    node: str
    done: int
    total: int
    what: str


@dataclass(frozen=True, slots=True)
class Lost(Message):
    """The process is gone; made by the window's end. What was under way is lost, and can be asked for again."""

    text: str


Answer = Seen | Failed | Progress | Lost
TO_PROCESS = Vocabulary((Look, Cancel, Speak, Close))
FROM_PROCESS = Vocabulary((Seen, Failed, Progress))
