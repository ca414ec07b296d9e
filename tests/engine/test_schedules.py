"""Schedules against `torch.optim.lr_scheduler` and the lecture's formulas, at every step of a run."""

from __future__ import annotations

import numpy as np
import pytest

from engine.schedules import SCHEDULES, rates
from tests.engine.small_networks import classifier, machine

EPOCHS = 12


def trained_rates(**training) -> tuple[np.ndarray, np.ndarray]:
    """(time in epochs, rate) of every step, as training recorded it."""
    made = machine(classifier(optimizer="sgd", learning_rate=0.5, batch_size=30, epochs=EPOCHS, **training))
    made.run(10**6)
    column = next(i for i, channel in enumerate(made.assembly.step_channels) if channel.quantity == "learning_rate")
    found = made.steps.total[: made.step_count, column]
    return np.arange(len(found)) / 4, found


@pytest.mark.parametrize(("name", "numbers", "formula"), [
    ("constant", {}, lambda t: 0.5 + 0 * t),
    ("linear", {"falls_for": 8, "end_share": 0.2}, lambda t: np.where(t < 8, t / 8 * 0.1 + (1 - t / 8) * 0.5, 0.1)),
    ("inverse_time", {"time_constant": 3.0}, lambda t: 0.5 / (1 + t / 3)),
    ("exponential", {"time_constant": 3.0}, lambda t: 0.5 * np.exp(-t / 3)),
    ("steps", {"drop_every": 4, "drop_factor": 0.1}, lambda t: 0.5 * 0.1 ** (t // 4)),
    ("cosine", {"falls_for": 0, "end_share": 0.0}, lambda t: 0.25 * (1 + np.cos(np.pi * t / EPOCHS))),
])
def test_every_schedule_follows_its_formula(name, numbers, formula) -> None:
    time, found = trained_rates(schedule=name, **numbers)
    np.testing.assert_allclose(found, formula(time), rtol=2e-6, atol=1e-7)
    drawn = rates(name, {"learning_rate": 0.5, **numbers, **({"falls_for": EPOCHS} if name == "cosine" else {})}, 0, time)
    np.testing.assert_allclose(drawn, formula(time), rtol=1e-9)


@pytest.mark.parametrize(("name", "numbers", "make"), [
    ("steps", {"drop_every": 3, "drop_factor": 0.3}, lambda s, o: s.StepLR(o, 3, 0.3)),
    ("exponential", {"time_constant": 5.0}, lambda s, o: s.ExponentialLR(o, np.exp(-0.2))),
    ("cosine", {"falls_for": 10, "end_share": 0.1}, lambda s, o: s.CosineAnnealingLR(o, 10, 0.05)),
    ("linear", {"falls_for": 6, "end_share": 0.25}, lambda s, o: s.LinearLR(o, 1.0, 0.25, 6)),
])
def test_at_whole_epochs_they_are_those_of_pytorch(name, numbers, make) -> None:
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    scheduler, wanted = make(torch.optim.lr_scheduler, optimizer), []
    for _ in range(10):
        wanted.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    np.testing.assert_allclose(rates(name, {"learning_rate": 0.5, **numbers}, 0, np.arange(10.0)), wanted, rtol=1e-9)


def test_warming_up_rises_in_a_straight_line_and_wastes_no_step() -> None:
    _, found = trained_rates(warm_up=2)
    np.testing.assert_allclose(found[:8], 0.5 * np.arange(1, 9) / 8, rtol=1e-6)
    np.testing.assert_allclose(found[8:], 0.5, rtol=1e-6)


def test_a_rate_that_is_changed_by_hand_scales_the_rest() -> None:
    made = machine(classifier(optimizer="sgd", learning_rate=0.5, batch_size=30, schedule="exponential"))
    made.run(8)
    made.set_settings({"learning_rate": 0.1})
    made.run(1)
    column = [channel.quantity for channel in made.assembly.step_channels].index("learning_rate")
    assert made.steps.total[8, column] == pytest.approx(0.1 * np.exp(-0.2))


@pytest.mark.parametrize("name", list(SCHEDULES))
def test_words(name: str) -> None:
    kind = SCHEDULES[name]
    assert kind.__doc__
    assert kind.equation
    assert kind.source
