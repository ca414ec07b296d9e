"""Results on disk: found again by another process, remade when damaged, bounded, readable by their owner alone."""

import os
import subprocess
import sys

import numpy as np
import pytest

from engine.data.half import check_with_data, run_data_half
from engine.data.results import RESULTS, Results
from engine.data.store import FACTS, Store, read_entry
from engine.data.table_facts import PLACES
from engine.nodes import CATALOG
from engine.nodes.data import Table
from graphs.checks import check
from graphs.document import Document, Node


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "data")


def numbers(seed=0, count=40_000):
    return np.random.default_rng(seed).normal(size=count).astype(np.float32)


def test_an_entry_comes_back_byte_for_byte_and_cannot_be_written(store):
    arrays = {"large": numbers().reshape(200, 200), "labels": np.arange(5), "none": np.empty((0, 3))}
    assert store.put("a", arrays, {"words": "ε"})
    found = Store(store.folder).get("a")
    assert found.facts == {"words": "ε"}
    for name, array in arrays.items():
        assert np.array_equal(found.arrays[name], array)
        assert found.arrays[name].dtype == array.dtype
        assert not found.arrays[name].flags.writeable
    assert isinstance(found.arrays["large"].base, np.memmap)
    assert store.get("b") is None


@pytest.mark.skipif(sys.platform == "win32", reason="there folders are private by other means")
def test_nobody_else_may_read_it(store):
    store.put("a", {"x": numbers()}, {})
    assert store.folder.stat().st_mode & 0o777 == 0o700
    assert store.place("a").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("damage", ["flip", "cut", "gone", "pickle", "facts", "empty"])
def test_a_damaged_entry_is_not_believed_and_goes(store, damage):
    store.put("a", {"x": numbers()}, {})
    file = store.place("a") / "0.npy"
    whole = file.read_bytes()
    match damage:
        case "flip":
            file.write_bytes(whole[:-7] + bytes([whole[-7] ^ 1]) + whole[-6:])
        case "cut":
            file.write_bytes(whole[:-400])
        case "gone":
            file.unlink()
        case "pickle":
            np.save(file, np.array([{"a": 1}], dtype=object), allow_pickle=True)
        case "facts":
            (store.place("a") / FACTS).write_text("[1")
        case "empty":
            (store.place("a") / FACTS).write_text("{}")
    assert store.get("a") is None
    assert not store.place("a").exists()
    assert store.put("a", {"x": numbers(1)}, {})
    assert np.array_equal(store.get("a").arrays["x"], numbers(1))


def test_what_was_used_longest_ago_goes_first(tmp_path):
    store = Store(tmp_path / "data", budget=500_000)
    for place, name in enumerate("abc"):
        store.put(name, {"x": numbers(place)}, {})  # 160 kB each
        os.utime(store.place(name) / FACTS, (1000 + place, 1000 + place))
        os.utime(store.place(name) / "0.npy", (1000 + place, 1000 + place))
    assert store.get("a") is not None  # used now
    assert store.put("d", {"x": numbers(9)}, {})
    assert [name for name in "abcd" if store.get(name) is not None] == ["a", "c", "d"]
    assert not store.put("whale", {"x": numbers(0, 200_000)}, {})


def test_small_entries_do_not_pile_up_and_unfinished_ones_go(store, monkeypatch):
    monkeypatch.setattr("engine.data.store.MOST_ENTRIES", 3)
    left, fresh = store.folder / ".new-old", store.folder / ".new-now"
    for folder in (left, fresh):
        folder.mkdir(parents=True)
    os.utime(left, (1000, 1000))
    for place, name in enumerate("abcde"):
        assert store.put(name, {"x": np.arange(3)}, {})
        for file in store.place(name).iterdir():
            os.utime(file, (2000 + place, 2000 + place))
    assert [name for name in "abcde" if store.place(name).exists()] == ["c", "d", "e"]
    assert not left.exists() and fresh.exists(), "somebody may still be writing that one"


def test_a_disk_that_refuses_is_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "data")
    assert not store.put("a", {"x": numbers()}, {})
    assert store.get("a") is None


def test_mapped_numbers_outlive_their_entry(store):
    store.put("a", {"x": numbers()}, {})
    kept = read_entry(store.place("a"), trusted=True).arrays["x"]
    for file in store.place("a").iterdir():
        file.unlink()
    assert np.array_equal(kept, numbers())


def write_flowers(folder, rows):
    """One of so many is green, where nobody looks who does not read everything: between two glances."""
    lines = [f"{row % 11},{row % 7},{'red' if row % 2 else 'blue'}" for row in range(rows)]
    lines[rows * 21 // (2 * PLACES)] = "1,1,green"
    (folder / "flowers.csv").write_text("\n".join(["a,b,color", *lines]) + "\n")


def test_another_process_opens_what_one_has_read_and_knows_its_classes(tmp_path, monkeypatch):
    """Classes that are rare are learned by reading; who finds the result has not read."""
    write_flowers(tmp_path, 60_000)
    results = Results(Store(tmp_path / "data"))
    monkeypatch.setattr("engine.data.half.RESULTS", results)
    monkeypatch.setattr("engine.data.results.SLOW", 0.0)
    document = Document({"t": Node("t", "table", {"file": "flowers.csv"})})
    assert check(document, CATALOG, tmp_path).outputs["t", "target"].classes == ("blue", "red")
    checked = check_with_data(document, CATALOG, tmp_path)
    first = run_data_half(check(document, CATALOG, tmp_path), tmp_path, checked.training)
    code = f"""
import sys
from pathlib import Path
from engine.data.half import check_with_data, run_data_half
from engine.data.results import RESULTS
from engine.data.store import Store
from engine.nodes import CATALOG
from engine.nodes.data import Table
from graphs.document import Document, Node
RESULTS.use(Store(Path({str(tmp_path / "data")!r})))
Table.load = None  # whoever reads the file again fails
folder = Path({str(tmp_path)!r})
document = Document({{"t": Node("t", "table", {{"file": "flowers.csv"}})}})
checked = check_with_data(document, CATALOG, folder)
data = run_data_half(checked, folder, checked.training)
print(data.digest, data.columns["t", "target"].shape.classes, "pandas" in sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.stdout.split(" ", 1) == [first.digest, "('blue', 'green', 'red') False\n"], ran.stderr
    os.utime(tmp_path / "flowers.csv", ns=(5, 5))  # another state of the file is another result
    monkeypatch.setattr(Table, "load", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        run_data_half(check(document, CATALOG, tmp_path), tmp_path, checked.training)


def test_quick_results_stay_off_the_disk(tmp_path, monkeypatch):
    RESULTS.kept.clear()
    results = Results(Store(tmp_path / "data"))
    monkeypatch.setattr("engine.data.half.RESULTS", results)
    document = Document({"t": Node("t", "toy2d", {"size": 100})})
    checked = check(document, CATALOG)
    run_data_half(checked, None, checked.training)
    assert not (tmp_path / "data").exists()
