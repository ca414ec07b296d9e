"""The training process while it reads data: it says how far it is, and can be told to stop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine import events
from graphs.document import Document, Node, Wire
from tests.engine.small_runs import only
from tests.engine.windows import Window, opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table that takes a second or so to read, and a small one with a gap far behind."""
    made = tmp_path_factory.mktemp("tables")
    block = "".join(",".join(f"{value:.6f}" for value in row) + "\n"
                    for row in np.random.default_rng(0).normal(size=(5000, 20)))  # fmt: skip
    header = ",".join(f"c{place}" for place in range(20)) + "\n"
    with (made / "big.csv").open("w") as file:
        file.write(header)
        for _ in range(100):
            file.write(block)
    (made / "gap.csv").write_text(header + block * 2 + "," * 19 + "1.5\n")
    return made


@pytest.fixture
def window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    monkeypatch.setenv("HOURGLASS_DATA_CACHE", str(tmp_path / "data"))
    with opened(tmp_path) as made:
        made.until(lambda: made.engine.ready)
        yield made


def regression(file: str, **parameters: object) -> Document:
    nodes = {"table1": Node("table1", "table", {"file": file, **parameters}), "dense1": Node("dense1", "dense", {"units": 1}),
             "loss": Node("loss", "squared_error")}
    wires = (Wire("table1", "features", "dense1", "x"), Wire("dense1", "y", "loss", "prediction"),
             Wire("table1", "target", "loss", "target"))
    return Document(nodes, wires)


def test_reading_is_told_and_stopped_half_way_and_begun_anew(window: Window, folder: Path) -> None:
    engine = window.engine
    window.load(regression("big.csv"), folder=folder)
    window.state("preparing")
    first = window.event(events.Preparing)
    assert first.what == "Reading big.csv"
    engine.stop()
    window.state("idle")
    assert not only(window.told, events.Compiled)
    seen = len(window.told)
    engine.run()
    window.state("running")
    shares = [event.done / event.total for event in only(window.told[seen:], events.Preparing) if event.what]
    assert len(shares) > 2
    assert shares == sorted(shares)
    assert engine.info is not None
    assert engine.info.train_rows == 400_000


def test_a_newer_document_ends_the_reading_of_the_older_one(window: Window, folder: Path) -> None:
    window.load(regression("big.csv"), folder=folder)
    window.event(events.Preparing)
    window.load(regression("gap.csv", missing="drop"), folder=folder)
    assert window.event(events.Compiled).run.train_rows == 8000


def test_a_gap_that_only_reading_finds_comes_with_its_cures(window: Window, folder: Path) -> None:
    window.load(regression("gap.csv"), folder=folder)
    failed = window.event(events.Failed)
    assert failed.text == "Row 10002 of gap.csv has no value in column “c0”."
    assert [cure[1:] for cure in failed.cures] == [("table1", "missing", way) for way in ("drop", "mean", "median")]
