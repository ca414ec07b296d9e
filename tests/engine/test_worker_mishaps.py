"""The training process killed, stuck, orphaned, out of memory: the window lives, and nothing is left behind."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import psutil
import pytest

from engine import autosave, checkpoint, commands, events, remote, shared_memory
from engine.errors import OutOfRoom
from engine.remote import Engine
from engine.telemetry import Channel
from graphs.document import Document
from tests.engine.small_runs import iris, trained, with_parameter
from tests.engine.windows import Window, endless, opened, segments
from tests.patience import PATIENCE

ROOT = Path(remote.__file__).parents[1]


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    with opened(tmp_path) as made:
        yield made


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


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
    lost = window.event(events.WorkerLost)
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
    engine = window.engine
    window.idle(endless())
    engine.run()
    window.until(lambda: engine.status.step > 100)
    os.kill(engine.pid, signal.SIGSTOP)
    monkeypatch.setattr(remote, "PATIENCE", 1.0)
    window.load(Document({f"n{i}": iris().nodes["hidden"] for i in range(5000)}))
    engine.stop()
    engine.steps(), engine.frame(), engine.poll()  # the window does not wait for what is held: all this comes back
    assert engine.alive
    lost = window.event(events.WorkerLost)
    assert "did not answer" in lost.text


def test_closing_leaves_no_process_no_thread_and_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends by itself, nobody has to be forced."""
    forced: list[str] = []
    monkeypatch.setattr(remote, "CLOSING", PATIENCE)
    monkeypatch.setattr(BaseProcess, "terminate", lambda self: forced.append(self.name))
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
    engine.close()
    assert forced == []
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
    assert psutil.wait_procs([worker], timeout=PATIENCE)[1] == []
    _, complaints = parent.communicate()  # ends when the resource tracker, which holds stderr too, is done
    assert "Traceback" not in complaints
    assert not any((shared_memory.SHM / name).exists() for name in names)
    tensors, _ = checkpoint.read_latest(tmp_path / "runs" / "1-1")
    assert tensors


FORGETFUL = """
import sys
from pathlib import Path
from engine.remote import Engine

if __name__ == "__main__":
    engine = Engine(Path(sys.argv[1]) / "runs" / "1-1")
    engine.start()
    print(*(memory.name for memory in engine._segments.values()), flush=True)
    sys.exit(3)
"""


def test_a_window_that_forgets_to_close_ends_all_the_same(tmp_path: Path) -> None:
    script = tmp_path / "forgetful.py"
    script.write_text(FORGETFUL)
    found = subprocess.run([sys.executable, str(script), str(tmp_path)], capture_output=True, text=True, timeout=PATIENCE,
                           env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)  # fmt: skip
    assert (found.returncode, found.stderr) == (3, "")
    assert not any((shared_memory.SHM / name).exists() for name in found.stdout.split())


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


def test_a_state_folder_that_cannot_be_written_is_no_reason_not_to_train(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file stands where the folder should be")
    with opened(tmp_path) as window:
        window.idle(iris())
        window.engine.run()
        assert window.event(events.Finished).step == 48
        assert window.event(events.CheckpointSaved).step == 48
    assert not window.engine.folder.exists()


def no_space(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_checkpoint_that_is_too_large_or_has_no_room_is_told_once(tmp_path: Path,
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    training = trained(iris())
    saving = autosave.Autosave(tmp_path)
    monkeypatch.setattr(autosave, "SECONDS", 0.0)
    saving.begin(0)
    monkeypatch.setattr(autosave, "LARGEST", 100)
    assert "MB" in saving.save_if_due(training).text
    assert saving.save_if_due(training) is None
    monkeypatch.setattr(autosave, "LARGEST", 1 << 30)
    with monkeypatch.context() as full_disk:
        full_disk.setattr(os, "fsync", no_space)
        assert saving.save_if_due(training) is None
    assert isinstance(saving.save_if_due(training), events.CheckpointSaved)
    assert saving.save_if_due(training) is None  # nothing has happened since


def test_ctrl_c_in_the_terminal_is_for_the_window_alone(window: Window) -> None:
    window.idle(endless())
    window.engine.run()
    window.until(lambda: window.engine.status.step > 100)
    os.kill(window.engine.pid, signal.SIGINT)
    step = window.engine.status.step
    window.until(lambda: window.engine.status.step > step + 1000)
    assert window.engine.alive


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
