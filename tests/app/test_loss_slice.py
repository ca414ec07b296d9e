"""The card of the loss around the weights: when it asks, what it shows, and that it does so cheaply."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from app.live.terrain.loss_slice import EVERY, LossSliceCard
from engine.events import LookedAround
from tests.app import live_samples
from tests.app.live_kit import again, shown
from tests.effort import calls


def bowl(step: int, grid: int = 25, span: float = 1.0, *, finest: bool = True) -> LookedAround:
    x, y = np.meshgrid(np.linspace(-span, span, grid), np.linspace(-span, span, grid))
    return LookedAround(step, span, grid, tuple((0.3 + x * x + 4 * (y - 0.5) ** 2).ravel().tolist()), finest)


def test_it_asks_when_it_is_seen_and_when_training_has_come_further(qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1e12]
    monkeypatch.setattr("app.live.terrain.loss_slice.time.monotonic", lambda: now[0])
    sample = live_samples.autoencoder()
    card = shown(qtbot, LossSliceCard, sample)
    feed = card.sight.feed
    assert [look.span for look in sample.looks] == [1.0]
    again(card)
    assert len(sample.looks) == 1, "at rest the answer holds"
    feed.around = bowl(0)
    feed.show_status(step=50, state="running")
    again(card)
    assert len(sample.looks) == 1, "while it trains only every few seconds"
    now[0] += EVERY + 1
    again(card)
    assert len(sample.looks) == 2
    feed.around = bowl(50)
    feed.show_status(step=60, state="paused")
    again(card)
    assert len(sample.looks) == 3
    card._choose("0.25")
    assert sample.looks[-1].span == 0.25
    card.again.click()
    assert sample.looks[-1].seed == 1


def test_it_shows_the_field_with_the_weights_in_the_middle(qtbot) -> None:
    card = shown(qtbot, LossSliceCard, live_samples.autoencoder(), 360, 300)
    assert card.picture.message
    card.sight.feed.around = bowl(0, 7, finest=False)
    again(card)
    coarse = card.picture.grab().toImage()
    card.sight.feed.around = bowl(0)
    again(card)
    assert card.picture.grab().toImage() != coarse
    ground, area = card.picture.ground, card.picture.area
    assert ground.place(area, 0.0, 0.0) == area.center()
    assert ground.point(area, ground.place(area, 0.4, -0.3)) == pytest.approx((0.4, -0.3))
    assert len(ground.segments) > 50
    rows = card.table().rows
    assert len(list(rows)) == 625
    assert [0.0, 0.5] in [row[:2] for row in rows]
    card.picture.pointer = QPointF(area.center())
    card.picture.grab()


def test_a_frame_is_next_to_no_work_once_it_is_drawn(qtbot) -> None:
    card = shown(qtbot, LossSliceCard, live_samples.autoencoder(), 360, 300)
    card.sight.feed.around = bowl(0)
    again(card)
    assert calls(lambda: card.refresh(card.sight)) < 50
