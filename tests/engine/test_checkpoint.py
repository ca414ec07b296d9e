"""Checkpoint files: the same bytes for the same run, whole or not at all, and one sentence for every bad one."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from engine import checkpoint
from engine.checkpoint import CHECKPOINT, ENTRY, PREVIOUS
from engine.errors import BadCheckpoint
from engine.native import loop
from engine.nodes import CATALOG
from engine.saved_run import SavedRun, load_weights, save_checkpoint, save_weights
from tests.effort import calls
from tests.engine.small_runs import exhaust, iris, prepared

TENSORS = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.array([1, 2], np.int64), "c": np.float32(3.0)}


def file_of(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def entry(**changed: object) -> dict[str, object]:
    return {"dtype": "F32", "shape": [1], "data_offsets": [0, 4], **changed}


def meta(**changed: object) -> dict[str, object]:
    return {"__metadata__": {ENTRY: json.dumps({"kind": "weights", "version": 1, **changed})}}


HOSTILE = {
    "empty": b"",
    "short": b"1234567",
    "no header": bytes(8),
    "truncated": file_of(meta())[:-3],
    "huge header": (2**63).to_bytes(8, "little") + b"{}",
    "large header": (10**9).to_bytes(8, "little") + b"{}",
    "not JSON": file_of(b"{nonsense"),
    "a list": file_of([]),
    "deep": file_of(b"[" * 100_000),
    "not ours": file_of({"__metadata__": {"format": "pt"}, "a": entry()}, bytes(4)),
    "entry is text": file_of({**meta(), "a": "x"}),
    "strange numbers": file_of({**meta(), "a": entry(dtype="BF16", data_offsets=[0, 2])}, bytes(2)),
    "petabytes": file_of({**meta(), "a": entry(shape=[2**40])}, bytes(4)),
    "negative": file_of({**meta(), "a": entry(shape=[-1])}, bytes(4)),
    "beyond the end": file_of({**meta(), "a": entry(data_offsets=[0, 400], shape=[100])}, bytes(4)),
    "overlapping": file_of({**meta(), "a": entry(), "b": entry()}, bytes(4)),
    "other kind": file_of({**meta(kind="checkpoint"), "a": entry()}, bytes(4)),
    "other version": file_of({**meta(version=99), "a": entry()}, bytes(4)),
    "too many": file_of({**meta(), **{str(i): entry(shape=[0], data_offsets=[0, 0]) for i in range(100_001)}}),
}


def test_the_same_tensors_give_the_same_bytes_in_any_order() -> None:
    shuffled = dict(reversed(TENSORS.items()))
    facts = {"z": 1.5, "a": {"y": None, "x": "ü"}}
    first = checkpoint.to_bytes("weights", TENSORS, facts)
    assert all(checkpoint.to_bytes("weights", shuffled, dict(reversed(facts.items()))) == first for _ in range(5))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    transposed = {"t": np.arange(6, dtype=np.float64).reshape(2, 3).T}
    checkpoint.write(tmp_path / "w", "weights", {**TENSORS, **transposed}, {"more": [1, 2]})
    tensors, facts = checkpoint.read(tmp_path / "w", "weights")
    assert facts == {"kind": "weights", "version": 1, "more": [1, 2]}
    for key, array in {**TENSORS, **transposed}.items():
        np.testing.assert_array_equal(tensors[key].reshape(np.shape(array)), array)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gives_one_sentence(name: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(HOSTILE[name])
    told: list[BadCheckpoint] = []

    def read() -> None:
        with pytest.raises(BadCheckpoint) as found:
            checkpoint.read(path, "weights")
        told.append(found.value)

    assert calls(read) < 500
    tracemalloc.start()
    read()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    error = told[0]
    assert most < 5 * len(HOSTILE[name]) + 200_000, "what it promises is not made room for"
    assert error.text.startswith("weights.safetensors cannot be used: ")
    assert error.text.endswith(".")
    assert "\n" not in error.text
    assert len(error.text) < 200


def test_files_that_are_not_there_or_no_files(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(BadCheckpoint):
            checkpoint.read(path, "weights")


def test_three_hundred_mutated_checkpoints_never_crash(tmp_path: Path) -> None:
    training = prepared(iris())
    exhaust(training.advance(5))
    good = save_checkpoint(tmp_path, training).read_bytes()
    chance = random.Random(0)
    refused = 0
    for _ in range(300):
        data = bytearray(good)
        header = 8 + int.from_bytes(good[:8], "little")
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(header if chance.random() < 0.8 else len(data))] = chance.randrange(256)
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        (tmp_path / CHECKPOINT).write_bytes(data)
        try:
            SavedRun(tmp_path, CATALOG).restore(training)
        except BadCheckpoint:
            refused += 1
        else:
            exhaust(training.advance(1))  # what was let in can be trained
    assert refused > 100


@pytest.mark.parametrize(("place", "value"), [(loop.CURSOR, 10**9), (loop.CURSOR, 7), (loop.CURSOR, -32),
                                              (loop.STEP, -1), (loop.EPOCH, -5), (loop.HALT, 1)])  # fmt: skip
def test_counters_that_would_lead_a_kernel_astray_are_refused(place: int, value: int, tmp_path: Path) -> None:
    training = prepared(iris())
    exhaust(training.advance(5))
    save_checkpoint(tmp_path, training)
    saved = SavedRun(tmp_path, CATALOG)
    saved.tensors["counters"][place] = value
    with pytest.raises(BadCheckpoint):
        saved.restore(training)


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    training = prepared(iris())
    training.machine.parameter("hidden/bias")[0] = np.nan
    save_weights(tmp_path / "w", training)
    with pytest.raises(BadCheckpoint, match="not finite"):
        load_weights(tmp_path / "w", training.machine)


def test_the_checkpoint_before_is_kept_and_taken_when_the_newest_is_damaged(tmp_path: Path) -> None:
    training = prepared(iris())
    for _ in range(3):
        exhaust(training.advance(4))
        save_checkpoint(tmp_path, training)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([CHECKPOINT, PREVIOUS])
    assert int(checkpoint.read_latest(tmp_path)[0]["counters"][loop.STEP]) == 12
    (tmp_path / CHECKPOINT).write_bytes(b"damaged")
    assert int(checkpoint.read_latest(tmp_path)[0]["counters"][loop.STEP]) == 8
    (tmp_path / CHECKPOINT).unlink()
    assert int(checkpoint.read_latest(tmp_path)[0]["counters"][loop.STEP]) == 8
    (tmp_path / PREVIOUS).unlink()
    with pytest.raises(BadCheckpoint):
        checkpoint.read_latest(tmp_path)


def test_a_full_disk_leaves_a_checkpoint_that_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = prepared(iris())
    exhaust(training.advance(4))
    save_checkpoint(tmp_path, training)
    exhaust(training.advance(4))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save_checkpoint(tmp_path, training)
    assert int(checkpoint.read_latest(tmp_path)[0]["counters"][loop.STEP]) == 4


SAVER = """
import sys
import tracemalloc
from pathlib import Path
import numpy as np
from engine import checkpoint
folder, number = Path(sys.argv[1]), 0
while True:
    number += 1
    checkpoint.write_rotating(folder, {"x": np.full(200_000, number, np.float32)}, {"number": number})
    print(number, flush=True)
"""


def test_killed_while_saving_there_is_always_one_whole_checkpoint(tmp_path: Path) -> None:
    chance = random.Random(1)
    for _ in range(6):
        process = subprocess.Popen([sys.executable, "-c", SAVER, str(tmp_path)], stdout=subprocess.PIPE,
                                   cwd=Path(checkpoint.__file__).parents[1])  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(chance.random() * 0.05)  # it never ends by itself: the moment of the kill is what varies
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        tensors, facts = checkpoint.read_latest(tmp_path)
        assert (tensors["x"] == facts["number"]).all()


def test_what_differs_between_machines_is_named() -> None:
    assert checkpoint.differences(checkpoint.fingerprint()) == []
    other = {**checkpoint.fingerprint(), "numpy": "0.1"}
    assert len(checkpoint.differences(other)) == 1
    assert "0.1" in checkpoint.differences(other)[0]
    assert checkpoint.differences("nonsense")
