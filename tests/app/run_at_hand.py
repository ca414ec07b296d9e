"""A real run in the tests' own process, as the feed reads it: what is asked is answered at once, or when it is waited for."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtWidgets import QApplication

from app.feed import Feed
from app.live.card import Card
from app.live.sight import Sight
from engine import events
from engine.commands import Inquiry, LookAround, Probe
from engine.frames import Frame
from engine.inquiries import Inquiries
from engine.probes import answer
from engine.telemetry import Series
from engine.training import Training
from engine.watching import Watching
from tests import patience


class RunAtHand:
    """A run as a source of a feed."""

    def __init__(self, run: Training) -> None:
        self.training, self.asked, self.probed = run, list[Inquiry](), list[Probe]()
        self.feed = Feed(self)
        self._keys: tuple[str, ...] = ()
        self._inquiries = Inquiries(self._told)
        self.feed.show_run(run.info)
        self.feed.show_status(state="paused", step=run.machine.step_count, epoch=run.epoch)

    def _told(self, said: events.Answer) -> None:
        self.feed.answers[said.asker] = said

    def steps(self) -> Series:
        return Series()

    def epochs(self) -> Series:
        return Series()

    def watch(self, keys: Iterable[str]) -> None:
        self._keys = tuple(keys)

    def frame(self) -> Frame | None:
        run = self.training
        made = Watching(run.built, run.info, self._keys).arrays() if self._keys else {}
        return Frame(run.machine.step_count, run.epoch, made) if made else None

    def probe(self, sample: Probe) -> None:
        self.probed.append(sample)
        self.feed.take(answer(self.training.built, sample))

    def look_around(self, order: LookAround) -> None:
        """Nobody asks for it in these tests."""

    def inquire(self, order: Inquiry) -> None:
        self.asked.append(order)
        self._inquiries.take(order, self.training)

    def train(self, steps: int) -> None:
        """Some steps more."""
        for _ in self.training.advance(steps):
            continue
        self.feed.show_status(step=self.training.machine.step_count, epoch=self.training.epoch)

    def work(self) -> None:
        """Waits until all that takes a while has been answered."""
        def attend() -> None:
            threading.Event().wait(0.01)
            self._inquiries.tell_found()

        attend()
        patience.until(lambda: not self._inquiries.busy, attend)

    def shown(self, card: Card, width: int = 520, height: int = 320, **sight: object) -> Card:
        """The card on the screen, drawn."""
        card.resize(width, height)
        card.show()
        return self.again(card, Sight(self.feed, **sight))

    def again(self, card: Card, sight: Sight | None = None, **changes: object) -> Card:
        """Once more, with what is new."""
        seen = replace(sight or card.sight, **changes)
        self.feed.watch("test", card.wanted(seen))
        for _ in range(3):  # asked, answered, drawn
            self.feed.refresh()
            card.refresh(seen)
            QApplication.processEvents()
        return card
