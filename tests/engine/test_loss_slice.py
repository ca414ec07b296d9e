"""The loss around the weights: its middle is the present loss, the plane is filter-normalised, and nothing is disturbed."""

from __future__ import annotations

import numpy as np
import pytest

from engine import commands, events
from engine.loss_slice import FINEST, SAMPLES, LossSlice, directions
from engine.nodes import CATALOG
from engine.ops.primitive import Region
from engine.training import Training
from graphs.checks import check
from tests.engine.small_networks import classifier
from tests.engine.small_runs import only
from tests.engine.windows import endless, opened


@pytest.fixture(scope="module")
def training() -> Training:
    made = Training(check(classifier(epochs=0, batch_size=16, learning_rate=0.01), CATALOG))
    list(made.prepare())
    list(made.advance(20))
    return made


def test_every_unit_moves_by_the_length_of_its_weights(training):
    machine = training.machine
    first, second = directions(machine, 5)
    assert (directions(machine, 5)[0] == first).all()
    assert abs(first @ second) < 0.5 * (first @ first)
    for key, slot in machine.assembly.parameters.items():
        weights = machine.parameter(key)
        part = first[slot.offset : slot.offset + weights.size].reshape(weights.shape)
        if weights.ndim < 2:
            assert not part.any()
        else:
            assert np.linalg.norm(part, axis=1) == pytest.approx(np.linalg.norm(weights, axis=1), rel=1e-5)


def test_its_points_are_losses_at_moved_weights_and_the_run_stays_as_it_is(training):
    machine = training.machine
    before = machine.state()
    look = LossSlice(training, commands.LookAround(0.5, 1))
    answers = []
    while not look.done:
        if (answer := look.work()) is not None:
            answers.append(answer)
    assert [(answer.grid, answer.finest) for answer in answers] == [(7, False), (13, False), (FINEST, True)]
    after = machine.state()
    assert all((before[key] == after[key]).all() for key in before)
    coarse, middle, fine = (np.array(answer.losses).reshape(answer.grid, -1) for answer in answers)
    assert (fine[::4, ::4] == coarse).all()
    assert (fine[::2, ::2] == middle).all()
    rows = training.built.dataset.train[:SAMPLES]
    assert fine[FINEST // 2, FINEST // 2] == pytest.approx(machine.evaluate(rows)["loss"], rel=1e-6)
    weights = machine.regions[Region.PARAMETERS]
    kept = weights.copy()
    weights[:] = kept + 0.5 * directions(machine, 1)[0] - 0.5 * directions(machine, 1)[1]
    assert fine[0, -1] == pytest.approx(machine.evaluate(rows)["loss"], rel=1e-5)
    weights[:] = kept


def test_training_goes_on_bit_for_bit_between_its_pieces():
    def weights(look_around: bool) -> np.ndarray:
        made = Training(check(classifier(epochs=0, batch_size=16, dropout=0.3), CATALOG))
        list(made.prepare())
        look = None
        for _ in range(8):
            list(made.advance(5))
            if look_around:
                look = look or LossSlice(made, commands.LookAround())
                look.work(0.002)
        return made.machine.regions[Region.PARAMETERS].copy()

    assert (weights(True) == weights(False)).all()


def test_it_works_in_pieces_as_long_as_it_is_told(training, monkeypatch: pytest.MonkeyPatch):
    now, points = [0.0], [0]

    def loss(self: LossSlice, row: int, column: int) -> float:
        now[0] += 0.001
        points[0] += 1
        return 0.5

    monkeypatch.setattr("engine.loss_slice.time.perf_counter", lambda: now[0])
    monkeypatch.setattr(LossSlice, "_loss", loss)
    look, pieces = LossSlice(training, commands.LookAround()), 0
    while not look.done:
        before = points[0]
        look.work(0.0045)
        assert points[0] - before <= 5, "it looks at its time after every point"
        pieces += 1
    assert points[0] == 25 * 25
    assert pieces >= 125


def test_the_training_process_answers_at_rest_and_while_it_trains(tmp_path):
    with opened(tmp_path) as window:
        window.idle(endless())
        for _ in range(2):
            seen = len(window.told)
            window.engine.look_around(commands.LookAround(1.0, 3))
            window.until(lambda seen=seen: any(one.finest for one in only(window.told[seen:], events.LookedAround)))
            assert [one.grid for one in only(window.told[seen:], events.LookedAround)] == [7, 13, 25]
            window.engine.run()
            window.until(lambda: window.engine.status.step > 50)
        assert window.engine.state == "running"
