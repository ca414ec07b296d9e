"""Ways of training that the window must be able to follow as well: in float64, and stopped early."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine import events
from tests.engine.small_runs import iris, trained, with_training
from tests.engine.windows import Window, opened


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    with opened(tmp_path) as made:
        yield made


def test_float64_is_seen_in_float32(window: Window) -> None:
    engine, document = window.engine, with_training(iris(), optimizer="lbfgs", epochs=20)
    window.idle(document)
    engine.watch(["weights:hidden/"])
    engine.run()
    assert window.event(events.Finished).step == 20
    window.until(lambda: engine.state == "finished")
    series, same = engine.steps(), trained(document)
    assert series.count[:, 0].sum() == 20
    np.testing.assert_allclose(series.mean[:, 0], same.machine.steps.total[:20, 0], rtol=1e-6)
    frame = window.until(lambda: (found := engine.frame()) and found.step == 20 and found)
    np.testing.assert_allclose(frame.arrays["weights:hidden/"], same.machine.parameter("hidden/weight"), rtol=1e-6)


def test_an_early_stop_is_told_and_ends_the_run(window: Window) -> None:
    document = with_training(iris(), epochs=0, learning_rate=0.1, early_stopping=True, patience=3)
    window.idle(document)
    window.engine.run()
    told = window.event(events.StoppedEarly)
    same = trained(document).stopping.progress
    assert (told.best_step, told.best) == (same.best_step, same.best)
    window.until(lambda: window.engine.state == "finished")
