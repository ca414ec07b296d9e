"""Which code a card is about: chosen by hand, of the selected node, else the narrowest that can be decoded."""

from __future__ import annotations

import time

import numpy as np

from app.live import numbers
from app.live.sight import Sight, check_key, output_key
from engine.commands import Inquiry
from engine.events import Answer, CodeInfo, RunInfo

SHARE = 0.02  # of the time that asking again and again may take
SMALL_SHARE = 0.005  # for what is good to know, and changes slowly
PAUSE = 0.5  # seconds between two questions, at least


def port_of(code: CodeInfo) -> tuple[str, str]:
    return code.node, code.port


def key_of(code: CodeInfo) -> str:
    return f"code:{code.node}/{code.port}"


def picked(sight: Sight, choice: str, among: tuple[CodeInfo, ...] | None = None) -> CodeInfo | None:
    """The code to show, out of all or of those named."""
    codes = among if among is not None else sight.run.codes if sight.run else ()
    by_width = sorted(codes, key=lambda code: (code.made is None, code.width))
    rules = (lambda code: key_of(code) == choice and not (sight.selection and code.node not in sight.selection
                                                          and any(one.node in sight.selection for one in codes)),
             lambda code: code.node in sight.selection, lambda code: True)
    return next((code for rule in rules for code in by_width if rule(code)), None)


def choices(sight: Sight, codes: tuple[CodeInfo, ...]) -> list[tuple[str, str]]:
    """(key, words) of all that can be chosen."""
    return [(key_of(code), f"{sight.port_name(port_of(code))} · {code.width}") for code in codes]


def words_of(sight: Sight, code: CodeInfo) -> str:
    return f"{sight.port_name(port_of(code))} · {code.width}"


def concerned(sight: Sight) -> bool:
    """Whether the selected node has a code."""
    return bool(sight.run) and any(code.node in sight.selection for code in sight.run.codes)


def labels_key(run: RunInfo | None) -> str:
    """The classes of the samples that `check:` shows, empty where there are none."""
    return check_key((run.labels.node, run.labels.port)) if run and run.labels else ""


def classes_of(sight: Sight, count: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """The class of each of so many samples, and what classes are called; all of one where none are known."""
    key = labels_key(sight.run)
    found = sight.feed.array(key) if key else None
    if found is None or found.size < count or sight.run is None or sight.run.labels is None:
        return np.zeros(count, np.int64), ()
    return found.reshape(-1)[:count].astype(np.int64), sight.run.labels.classes


def picture_of(sight: Sight, port: tuple[str, str] | None) -> tuple[int, int] | None:
    """(height, width) where a port carries pixels."""
    return sight.picture_of(port) if port is not None else None


def sample_of(sight: Sight, code: CodeInfo, row: int) -> np.ndarray | None:
    """What the network reads of one of the samples that views show."""
    given = sight.feed.array(output_key(code.given)) if code.given else None
    return None if given is None or not len(given) else given[row % len(given)].ravel()


class Asking:
    """Asks a question again whenever its answer has become old, as often as its cost allows: so large a share of the time."""

    def __init__(self, share: float = SHARE) -> None:
        self._share = share
        self._order: Inquiry | None = None
        self._asked_at, self._step, self._cost = -1e9, -1, 0.0

    def ask(self, sight: Sight, order: Inquiry) -> Answer | None:
        """The answer to this very question, if there is one yet; asks where that is missing or old."""
        answer = sight.feed.answers.get(order.asker)
        if answer is not None:
            self._cost = answer.seconds
        step, now = sight.feed.status.step, time.monotonic()
        same = order == self._order
        fresh = same and answer is not None and answer.step == step
        pause = max(PAUSE, self._cost / self._share) if sight.feed.status.moving else PAUSE
        if not fresh and (not same or now - self._asked_at > pause):
            if not same:
                sight.feed.answers.pop(order.asker, None)
                answer = None
            self._order, self._asked_at = order, now
            sight.feed.inquire(order)
        return answer


def short(value: float) -> str:
    return numbers.short(float(value))
