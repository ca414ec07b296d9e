"""The training process seen from the window: obeys, shows, survives mishaps, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from engine import commands, events, remote, shared_memory
from engine.errors import OutOfRoom
from engine.remote import Engine
from engine.telemetry import Channel
from graphs import storage
from graphs.document import Document
from tests.engine.small_runs import gallery, iris, only, trained, with_parameter, with_training

PATIENCE = 60.0  # kernels may have to be compiled first
ROOT = Path(remote.__file__).parents[1]


class Window:
    """What the window does: polls, and remembers what it was told."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.told: list[events.Event] = []

    def load(self, document: Document, **given: Any) -> None:
        self.engine.load(storage.dumps(document), **given)

    def until(self, condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
        """Polls until the condition holds; returns its value."""
        end = time.monotonic() + seconds
        while True:
            self.told += self.engine.poll()
            if found := condition():
                return found
            assert time.monotonic() < end, self.told[-5:]
            if self.engine._connection is not None:
                wait([self.engine._connection], 0.01)

    def event(self, kind: type, seconds: float = PATIENCE) -> Any:
        """The next event of this kind."""
        seen = len(self.told)
        return self.until(lambda: next(iter(only(self.told[seen:], kind)), None), seconds)

    def state(self, state: events.State, seconds: float = PATIENCE) -> events.StateChanged:
        """Waits for the next change into this state."""
        seen = len(self.told)
        wanted = (one for one in iter(lambda: only(self.told[seen:], events.StateChanged), None))
        return self.until(lambda: next((one for one in next(wanted) if one.state == state), None), seconds)

    def idle(self, document: Document, **given: Any) -> None:
        """Loads the document and waits until it can be run."""
        self.load(document, **given)
        self.state("idle")


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    engine = Engine(tmp_path / "runs" / "1-1")
    engine.start()
    yield Window(engine)
    engine.close()


def segments(engine: Engine) -> list[Path]:
    return [shared_memory.SHM / memory.name for memory in engine._segments.values()]


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def endless() -> Document:
    return gallery("digits_autoencoder", epochs=0)


def test_a_run_from_load_to_the_last_epoch(window: Window) -> None:
    engine = window.engine
    window.idle(iris())
    assert engine.info is not None
    assert engine.info.train_rows == 120
    engine.watch(["weights:hidden/", "weights:answer/"])
    engine.run()
    finished = window.event(events.Finished)
    assert (finished.step, finished.reason) == (48, "done")
    window.until(lambda: engine.state == "finished")
    assert only(window.told, events.EpochDone)[-1].epoch == 12
    assert (engine.status.step, engine.status.epoch) == (48, 12.0)
    series = engine.steps()
    assert series.count[:, 0].sum() == 48
    assert series.epoch[-1] == pytest.approx(12.0)
    assert engine.steps() is series
    epochs = engine.epochs()
    assert epochs.epoch.tolist() == list(range(1, 13))
    assert epochs.column("validation_accuracy", "loss") is not None
    same = trained(iris())
    frame = window.until(lambda: (found := engine.frame()) and found.step == 48 and found)
    np.testing.assert_array_equal(frame.arrays["weights:hidden/"], same.machine.parameter("hidden/weight"))
    np.testing.assert_array_equal(frame.arrays["weights:answer/"], same.machine.parameter("answer/weight"))


def test_pause_step_go_on_stop_and_begin_anew(window: Window) -> None:
    engine = window.engine
    window.idle(endless())
    engine.run()
    window.until(lambda: engine.status.step > 100)
    engine.pause()
    asked = time.perf_counter()
    paused = window.state("paused", 1.0)
    assert time.perf_counter() - asked < 0.25
    engine.step()
    stepped = window.state("paused")
    assert stepped.step == paused.step + 1
    assert window.until(lambda: engine.status.step == stepped.step)
    engine.run()
    window.until(lambda: engine.status.step > stepped.step + 100)
    engine.stop()
    finished = window.event(events.Finished)
    assert finished.reason == "stopped"
    window.until(lambda: engine.state == "finished")
    engine.run()
    assert window.state("running").step == 0
    engine.reset()
    assert window.state("idle").step == 0
    assert len(engine.steps()) == 0


def test_reset_and_seeds_choose_the_first_weights(window: Window) -> None:
    engine = window.engine
    window.idle(iris())
    engine.watch(["weights:hidden/"])

    def weights() -> np.ndarray:
        frame = window.until(lambda: (found := engine.frame()) and found.step == engine.status.step and found)
        return frame.arrays["weights:hidden/"]

    first = weights()
    engine.run()
    window.state("finished")
    assert not (weights() == first).all()
    engine.reset()
    window.state("idle")
    assert (weights() == first).all()
    engine.set_seed(5)
    window.state("idle")
    assert not (weights() == first).all()
    assert engine.info.seed == 5
    engine.set_seed(None)
    window.state("idle")
    assert (weights() == first).all()


def test_rate_and_pace_while_it_trains(window: Window) -> None:
    engine = window.engine
    window.idle(endless())
    engine.set_pace(40.0)
    engine.run()
    window.until(lambda: engine.status.step >= 5)
    began, step = time.monotonic(), engine.status.step
    window.until(lambda: engine.status.step >= step + 40)
    assert 0.7 < time.monotonic() - began < 2.0
    assert engine.status.steps_per_second == pytest.approx(40, rel=0.2)
    engine.set_rate(0.02)
    changed = window.event(events.RateChanged)
    assert changed.value == 0.02
    assert window.until(lambda: engine.status.learning_rate == 0.02)
    engine.set_pace(None)
    window.until(lambda: engine.status.step > changed.step + 2000, 10.0)
    engine.evaluate()
    assert "validation_mean_squared_error" in window.event(events.Evaluated).values
    assert np.isnan(engine.status.seconds_left)
    for wrong in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=str(wrong)):
            engine.set_rate(wrong)
        with pytest.raises(ValueError, match=str(wrong)):
            engine.set_pace(wrong)


def test_frames_hold_what_is_watched_and_nothing_else(window: Window) -> None:
    engine = window.engine
    window.idle(gallery("xor_mlp", epochs=0))
    assert engine.frame() is None
    wanted = {"weights:hidden/": (8, 2), "output:answer/y": (4, 1), "output:toy1/points": (4, 2),
              "labels:toy1/label": (4,), "map:answer/y": (48 * 48, 1)}  # fmt: skip
    engine.watch([*wanted, "weights:nobody/", "nonsense", "map:hidden/nothing"])
    frame = window.until(engine.frame)
    assert {key: array.shape for key, array in frame.arrays.items()} == wanted
    assert frame.arrays["labels:toy1/label"].dtype == np.int64
    assert (frame.step, frame.epoch) == (0, 0.0)
    engine.run()
    window.until(lambda: engine.frame().step > 100)
    engine.watch(["map:answer/y"])
    window.until(lambda: engine.frame().arrays.keys() == {"map:answer/y"})
    assert engine.frame().arrays["map:answer/y"].min() >= 0


def test_watching_stays_within_five_percent_of_trainings_time(window: Window) -> None:
    engine = window.engine
    window.idle(gallery("digits_deep_autoencoder", epochs=0))
    outputs = [f"output:{node}/{port}" for node, port in engine.info.outputs]
    engine.watch([*(f"weights:{layer.node}/{layer.layer}" for layer in engine.info.layers), *outputs])
    engine.run()
    window.until(lambda: engine.frame() is not None and engine.frame().step > 0)
    costs, seen = [], set()
    end = time.monotonic() + 2.0

    def look() -> bool:
        costs.append(engine.status.watching_cost)
        seen.add(engine.frame().step)
        return time.monotonic() > end

    window.until(look)
    assert len(seen) > 5
    assert 0 < np.median(costs) <= 0.05


def test_another_graph_takes_over_in_the_middle_of_the_run(window: Window) -> None:
    engine = window.engine
    document = with_training(iris(), epochs=0)
    window.idle(document)
    engine.run()
    window.until(lambda: engine.status.step > 50)
    window.load(with_parameter(document, "hidden", units=11))
    changed = window.event(events.GraphChanged)
    assert (changed.kept, changed.total) == (1, 4)
    window.until(lambda: engine.status.step > changed.step + 50)
    assert engine.state == "running"
    assert engine.info.layers[0].weight_shape == (11, 4)
    assert engine.steps().column("gradient", "hidden", "") is not None
    assert engine.steps().step[0] == 1  # the past is still there
    moved = Document({**document.nodes}, document.wires, document.training, title={"en": "moved"})
    window.load(with_parameter(moved, "hidden", units=11))
    step = engine.status.step
    window.until(lambda: engine.status.step > step + 50)
    assert len(only(window.told, events.GraphChanged)) == 1
    window.load(with_training(document, epochs=0), keep_weights=False)
    assert window.state("idle").step == 0


def test_a_graph_with_errors_is_refused_in_words_and_a_good_one_runs_again(window: Window) -> None:
    engine = window.engine
    engine.run()
    assert window.event(events.Failed).text
    window.load(with_parameter(iris(), "answer", units=5))
    engine.run()
    failed = window.event(events.Failed)
    assert failed.node == "loss"
    assert "3 classes" in failed.text
    window.until(lambda: engine.state == "failed")
    window.idle(iris())
    engine.run()
    assert window.event(events.Finished).reason == "done"


def test_a_run_goes_on_while_its_graph_is_in_pieces(window: Window) -> None:
    engine = window.engine
    document = with_training(iris(), epochs=0)
    window.idle(document)
    engine.run()
    window.until(lambda: engine.status.step > 50)
    window.load(Document(document.nodes, frozenset(), document.training))
    step = engine.status.step
    window.until(lambda: engine.status.step > step + 50)
    assert engine.state == "running"
    engine.pause()
    window.state("paused")
    engine.run()
    assert window.event(events.Failed).text
    window.load(document)
    assert window.state("paused").step > step
    engine.run()
    window.until(lambda: engine.status.step > step + 100)


def test_a_divergence_is_told_and_the_run_rests_before_it(window: Window) -> None:
    engine = window.engine
    window.idle(gallery("digits_autoencoder", optimizer="sgd", learning_rate=60.0, epochs=0))
    engine.run()
    diverged = window.event(events.Diverged)
    assert diverged.node == "autoencoder1"
    window.until(lambda: engine.state == "finished")
    assert only(window.told, events.Finished)[0].reason == "diverged"
    assert engine.status.step == diverged.step - 1
    engine.set_rate(1e-6)
    assert window.state("paused").step == diverged.step - 1
    engine.reset()
    assert window.state("idle").step == 0


def wait_for_checkpoint(window: Window) -> events.CheckpointSaved:
    window.until(lambda: window.engine.status.step > 100)
    return window.event(events.CheckpointSaved)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSEGV])
def test_a_killed_worker_is_noticed_and_the_run_goes_on_from_its_checkpoint(window: Window, blow: int) -> None:
    engine = window.engine
    window.idle(iris(epochs=3000))
    engine.watch(["weights:hidden/"])
    engine.set_pace(300.0)
    engine.run()
    saved = wait_for_checkpoint(window)
    there, old = segments(engine), engine.pid
    os.kill(old, blow)
    struck = time.monotonic()
    lost = window.event(events.WorkerLost, 5.0)
    assert time.monotonic() - struck < 1.0
    assert lost.checkpoint == saved.path
    assert lost.text
    assert (engine.state, engine.alive) == ("failed", False)
    assert not any(path.exists() for path in there)
    assert engine.status.step >= saved.step  # what was seen last stays to be seen
    assert engine.steps().count[:, 0].sum() >= saved.step
    assert engine.frame() is not None
    engine.pause()  # nobody there: nothing happens
    assert engine.poll() == []
    engine.restart()
    assert window.state("paused").step == saved.step
    assert engine.pid != old
    assert engine.steps().count[:, 0].sum() == saved.step
    engine.set_pace(None)
    engine.run()
    assert window.event(events.Finished).step == 12_000
    frame = window.until(lambda: (found := engine.frame()) and found.step == 12_000 and found)
    same = trained(iris(epochs=3000))
    np.testing.assert_array_equal(frame.arrays["weights:hidden/"], same.machine.parameter("hidden/weight"))


def test_a_worker_that_hangs_is_ended(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PATIENCE", 1.0)
    engine = window.engine
    window.idle(endless())
    engine.run()
    window.until(lambda: engine.status.step > 100)
    os.kill(engine.pid, signal.SIGSTOP)
    began = time.perf_counter()
    window.load(Document({f"n{i}": iris().nodes["hidden"] for i in range(5000)}))
    engine.stop()
    engine.steps(), engine.frame(), engine.poll()
    assert time.perf_counter() - began < 0.5  # the window never waits
    lost = window.event(events.WorkerLost, 10.0)
    assert "did not answer" in lost.text


def test_closing_leaves_no_process_no_thread_and_no_memory(tmp_path: Path) -> None:
    threads = set(threading.enumerate())
    engine = Engine(tmp_path / "runs" / "1-1")
    engine.start()
    window = Window(engine)
    window.idle(endless())
    engine.watch(["output:autoencoder1/code"])
    engine.run()
    window.until(lambda: engine.frame() is not None and engine.frame().step > 100)
    for units in (20, 21, 22):
        window.load(with_parameter(endless(), "autoencoder1", units=units))
        window.event(events.GraphChanged)
    there, pid = segments(engine), engine.pid
    assert len(there) == 3
    assert all(path.exists() for path in there)
    began = time.monotonic()
    engine.close()
    assert time.monotonic() - began < 2.0
    assert gone(pid)
    assert not any(path.exists() for path in there)
    assert not engine.folder.exists()
    assert set(threading.enumerate()) == threads
    engine.close()  # twice does no harm
    assert engine.poll() == []
    assert not engine.alive


PARENT = """
import sys, time
from pathlib import Path
from engine.remote import Engine
from tests.engine.small_runs import gallery
from graphs import storage

def main():
    engine = Engine(Path(sys.argv[1]) / "runs" / "1-1")
    engine.start()
    engine.load(storage.dumps(gallery("digits_autoencoder", epochs=0)))
    engine.watch(["output:autoencoder1/code"])
    engine.run()
    told = False
    while True:
        engine.poll()
        saved = (engine.folder / "checkpoint.safetensors").exists()
        if engine.status.step > 100 and engine.frame() and saved and not told:
            print(engine.pid, *(memory.name for memory in engine._segments.values()), flush=True)
            told = True
        time.sleep(0.01)

if __name__ == "__main__":
    main()
"""


def test_a_window_that_is_killed_takes_its_worker_along(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = subprocess.Popen([sys.executable, str(script), str(tmp_path)], stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert parent.stdout is not None
    pid, *names = parent.stdout.readline().split()
    worker = psutil.Process(int(pid))
    assert len(names) == 3
    parent.kill()
    assert psutil.wait_procs([worker], timeout=5.0)[1] == []
    _, complaints = parent.communicate()  # ends when the resource tracker, which holds stderr too, is done
    assert "Traceback" not in complaints
    assert not any((shared_memory.SHM / name).exists() for name in names)
    from engine import checkpoint

    tensors, _ = checkpoint.read_latest(tmp_path / "runs" / "1-1")
    assert tensors


def test_too_little_shared_memory_is_told_and_training_goes_on(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(size: int) -> None:
        raise OutOfRoom("There is not enough shared memory for 5 MB of live views.")

    monkeypatch.setattr(remote, "create", no_room)
    window.load(iris())
    assert "shared memory" in window.event(events.Note).text
    window.until(lambda: window.engine.state == "idle" and window.engine.info)
    window.engine.watch(["weights:hidden/"])
    window.engine.run()
    assert window.event(events.Finished).step == 48
    assert len(window.engine.steps()) == 0
    assert window.engine.frame() is None
    assert window.engine.status.step == 48


def test_ctrl_c_in_the_terminal_is_for_the_window_alone(window: Window) -> None:
    window.idle(endless())
    window.engine.run()
    window.until(lambda: window.engine.status.step > 100)
    os.kill(window.engine.pid, signal.SIGINT)
    step = window.engine.status.step
    window.until(lambda: window.engine.status.step > step + 1000)
    assert window.engine.alive


def test_only_the_newest_of_many_edits_is_taken(window: Window) -> None:
    window.idle(with_training(iris(), epochs=0))
    window.engine.run()
    window.until(lambda: window.engine.status.step > 10)
    for units in range(4, 40):
        window.load(with_parameter(with_training(iris(), epochs=0), "hidden", units=units))
    window.until(lambda: window.engine.info.layers[0].weight_shape[0] == 39)
    assert len(only(window.told, events.GraphChanged)) < 36


def test_the_window_imports_neither_qt_nor_numba_with_it() -> None:
    code = "import sys, engine.remote; print([name for name in sys.modules if name.split('.')[0] in " \
           "('numba', 'PySide6', 'scipy', 'sklearn', 'pandas', 'torch')])"  # fmt: skip
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert found.stdout.strip() == "[]"


def test_old_folders_of_crashed_windows_are_cleared_away(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    nobody = next(pid for pid in range(2**22 - 1, 1, -1) if not psutil.pid_exists(pid))
    old, recent, alive = runs / f"{nobody}-1", runs / f"{nobody}-2", runs / f"{os.getpid()}-3"
    for folder in (old, recent, alive):
        folder.mkdir(parents=True)
    for folder in (old, alive):
        os.utime(folder, (0, 0))
    remote._forget_old_runs(runs / "1-1")
    assert not old.exists()
    assert recent.exists()
    assert alive.exists()


def test_what_is_remembered_of_a_lost_process_is_what_it_was_told(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "1-1")
    engine.set_pace("lesson")
    engine.watch(["b", "a", "a"])
    engine.set_seed(4)
    engine.load(b"{}", tmp_path, keep_weights=False)
    assert list(engine._memory_of_the_last()) == [
        commands.SetPace("lesson"), commands.Watch(("a", "b")), commands.SetSeed(4), commands.Load("{}", str(tmp_path)),
    ]  # fmt: skip
    assert engine.steps().column("loss") is None
    assert Channel("loss") not in engine.steps().channels
