"""CSV files as they come: without a header, with other separators, with gaps, in pieces; and how long they take."""

from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler

from engine.data import table as table_module
from engine.data.half import run_data_half
from engine.data.reporting import DataCancelled, reporting
from engine.nodes import CATALOG
from engine.nodes.data import GAPS, Table
from graphs.checks import check
from graphs.document import Document, Node, Wire
from graphs.spec import Kind, ShapeError, Site
from graphs.storage import save
from tests.effort import calls

GAPPY = "a,b,kind\n1,2,x\n,4,y\n5,NA,x\n7,8,\n9,12,y\n"


@pytest.fixture
def put(tmp_path):
    def write(content):
        (tmp_path / "data.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
        return Site("table1", tmp_path)

    return write


def read(site, **parameters):
    node = Table(file="data.csv", **parameters)
    promised, made = node.shapes({}, site), node.load({}, site)
    assert {port: column.shape for port, column in made.items()} == dict(promised)
    return made


@pytest.mark.parametrize(("content", "names", "first"), [
    ("5.1,3.5,setosa\n4.9,3,setosa\n6,2,virginica\n", ("column 1", "column 2"), [5.1, 3.5]),
    ("1,2,3.5\n4,5,6.5\n", ("column 1", "column 2"), [1, 2]),
    ("1,5;2,5;3\n4,5;5;6,5\n", ("column 1", "column 2"), [1.5, 2.5]),
    ("country,2001,2002\nPeru,1,2.5\nChad,3,4.5\n", ("2001",), [1]),
    ("1.5\t2\t3.5\n4\t5\t6.5\n", ("column 1", "column 2"), [1.5, 2]),
])  # fmt: skip
def test_whether_the_first_row_names_the_columns_is_found_out(put, content, names, first):
    made = read(put(content))
    assert made["features"].names == names
    assert made["features"].values[0].tolist() == np.float32(first).tolist()
    assert made["features"].rows == content.count("\n") - content.startswith("country")


def test_the_header_can_be_said(put):
    site = put("1,2\n3,4\n5,6.5\n")
    assert read(site, header="first")["features"].names == ("1",)
    assert read(site, header="none")["features"].rows == 3
    assert read(put("a;1,5\nb;2,5\n"), header="none", features="column 2", target="column 1")["target"].rows == 2


def test_rows_with_gaps_are_dropped_as_pandas_does(put):
    columns = read(put(GAPPY), missing="drop")
    frame = pd.read_csv(BytesIO(GAPPY.encode())).dropna()
    assert np.array_equal(columns["features"].values, frame[["a", "b"]].to_numpy(np.float32))
    assert [columns["target"].shape.classes[label] for label in columns["target"].values] == list(frame["kind"])


@pytest.mark.parametrize("way", ["mean", "median"])
def test_gaps_are_filled_with_what_the_training_part_says(put, way):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(200, 3)).round(3)
    values[rng.random((200, 3)) < 0.2] = np.nan
    lines = [",".join("" if np.isnan(cell) else f"{cell}" for cell in row) + f",{place % 7}.5"
             for place, row in enumerate(values)]  # fmt: skip
    site = put("a,b,c,y\n" + "\n".join(lines) + "\n")
    nodes = {"table1": Node("table1", "table", {"file": "data.csv", "missing": way}), "norm": Node("norm", "normalize"),
             "dense1": Node("dense1", "dense", {"units": 1}), "loss": Node("loss", "squared_error")}
    wires = (Wire("table1", "features", "norm", "x"), Wire("norm", "x", "dense1", "x"),
             Wire("dense1", "y", "loss", "prediction"), Wire("table1", "target", "loss", "target"))
    checked = check(Document(nodes, wires), CATALOG, site.folder)
    assert not checked.errors
    for _ in range(2):  # made, then kept
        data = run_data_half(checked, site.folder, checked.training)
        theirs = SimpleImputer(strategy=way).fit(values[data.train]).transform(values)
        assert np.allclose(data.columns["table1", "features"].values, theirs, atol=1e-6)
        scaled = StandardScaler().fit(theirs[data.train]).transform(theirs)
        assert np.allclose(data.columns["norm", "x"].values, scaled, atol=1e-5)
    assert len(data.validation) == 40


@pytest.mark.parametrize("way", ["mean", "median"])
def test_new_samples_are_filled_as_the_training_part_says(put, way, hourglass, tmp_path):
    """What was measured travels with the weights: a run's folder fills the gaps of a file that it never saw."""
    values = np.random.default_rng(1).normal(size=(60, 2)).round(3)
    values[::7, 0] = np.nan
    rows = "".join(f"{'' if np.isnan(a) else a},{b},{b}\n" for a, b in values)
    site = put("a,b,y\n" + rows)
    nodes = {"table1": Node("table1", "table", {"file": "data.csv", "missing": way}),
             "dense1": Node("dense1", "dense", {"units": 1}), "loss": Node("loss", "squared_error")}
    wires = (Wire("table1", "features", "dense1", "x"), Wire("dense1", "y", "loss", "prediction"),
             Wire("table1", "target", "loss", "target"))
    document = Document(nodes, wires, {"epochs": 3})
    save(document, tmp_path / "g.json")
    assert hourglass("train", "g.json", "--out", "run")[0] == 0
    checked = check(document, CATALOG, site.folder)
    data = run_data_half(checked, site.folder, checked.training)
    fill = SimpleImputer(strategy=way).fit(values[data.train]).statistics_
    (tmp_path / "gaps.csv").write_text("a,b\n,0.5\n1.5,\n0.25,-1\n")
    (tmp_path / "whole.csv").write_text(f"a,b\n{fill[0]},0.5\n1.5,{fill[1]}\n0.25,-1\n")
    said = {}
    for name in ("gaps.csv", "whole.csv"):
        code, out, wrong = hourglass("predict", "run", name)
        assert (code, wrong) == (0, ""), wrong
        said[name] = np.genfromtxt(BytesIO(out.encode()), skip_header=1)
    assert said["gaps.csv"].shape == (3,) and np.allclose(said["gaps.csv"], said["whole.csv"], atol=1e-6)
    strict = {**nodes, "table1": Node("table1", "table", {"file": "data.csv", "missing": "drop"})}
    reported = Document(strict, wires, {"epochs": 1})
    save(reported, tmp_path / "g.json")
    assert hourglass("train", "g.json", "--out", "dropped")[0] == 0
    code, _, wrong = hourglass("predict", "dropped", "gaps.csv")
    assert code == 2 and "gaps.csv" in wrong and "“a”" in wrong


def test_a_gap_comes_with_its_cures_and_each_of_them_works(put):
    site, document = put(GAPPY), Document({"table1": Node("table1", "table", {"file": "data.csv"})})
    with pytest.raises(ShapeError, match=r"Row 3 of data\.csv has no value in column “a”") as error:
        Table(file="data.csv").shapes({}, site)
    assert [cure.text for cure in error.value.cures] == [GAPS["drop"], GAPS["mean"], GAPS["median"]]
    for cure in error.value.cures:
        parameters = cure.edit(document).nodes["table1"].parameters
        samples = read(site, missing=parameters["missing"])["features"]
        node = Table(file="data.csv", missing=parameters["missing"])
        rows = np.arange(samples.rows)
        values = node.settle(node.measure(samples, rows), samples.values) if node.settles else samples.values
        assert np.isfinite(values).all()


def test_a_gap_far_behind_has_the_same_cures(put):
    site = put("a,b\n" + "1,2.5\n" * 200_000 + ",3.5\n")
    node = Table(file="data.csv")
    node.shapes({}, site)
    with pytest.raises(ShapeError, match="Row 200002") as error:
        node.load({}, site)
    assert len(error.value.cures) == 3


def test_numbers_as_targets_have_gaps_too(put):
    columns = read(put("a,y\n1,1.5\n,2.5\n3,\n"), missing="mean")
    assert columns["features"].values[0] == 1
    assert np.isnan(columns["features"].values[1])
    assert columns["target"].values.tolist() == [[1.5], [2.5]]


@pytest.mark.parametrize(("content", "words"), [
    ("a,b,y\n1,2,3.5\n4\n", "Row 3 of data.csv has 1 cells"),
    ("a,b,y\n1,,3.5\n,2,4.5\n", "Every row of data.csv misses a value"),
])  # fmt: skip
def test_what_cannot_be_dropped_is_said(put, content, words):
    with pytest.raises(ShapeError, match=words):
        Table(file="data.csv", missing="drop").load({}, put(content))


def test_a_short_row_far_behind_is_no_row_with_gaps(put):
    site = put("a,b,y\n" + "1,2,2.5\n" * 100_000 + "1,2\n")
    with pytest.raises(ShapeError, match=r"Row 100002 of data\.csv has 2 cells"):
        Table(file="data.csv", missing="drop").load({}, site)


def test_a_column_of_nothing_cannot_be_filled(put):
    node = Table(file="data.csv", missing="median")
    made = node.load({}, put("a,b,y\n,2,3.5\n1,3,4.5\n"))
    with pytest.raises(ShapeError, match="Column “a” has no value in the training part"):
        node.measure(made["features"], np.array([0]))


def test_pieces_make_no_difference(put, monkeypatch):
    words = ['plain', '"two\nlines"', '"a, comma"', '"a ""quote"""', "caf\u00e9"]
    rows = "".join(f"{row},{row * 0.25}, {words[row % 5]}\r\n" + "\r\n" * (row % 97 == 0) for row in range(3000))
    site = put("a,b,kind\r\n" + rows)
    whole = read(site)
    monkeypatch.setattr(table_module, "PIECE_BYTES", 700)
    parts = read(site)
    assert whole["features"].values.tolist() == [[row, row * 0.25] for row in range(3000)]
    for port in whole:
        assert parts[port].digest() == whole[port].digest()


def test_a_mistake_behind_many_pieces_has_the_right_row(put, monkeypatch):
    monkeypatch.setattr(table_module, "PIECE_BYTES", 30_000)
    rows = "".join(f'{row},"two\nlines"\n\n' for row in range(40_000))  # a record and a blank row each
    site = put("a,kind\n" + rows + "oops,b\n")
    with pytest.raises(ShapeError, match=r"Row 80002 of data\.csv has “oops” in column “a”"):
        Table(file="data.csv").load({}, site)


def test_quotes_inside_words_do_not_mislead(put, monkeypatch):
    monkeypatch.setattr(table_module, "PIECE_BYTES", 60)
    content = "size,kind\n" + '1.5,5" pipe\n2.5,"two\nlines"\n3.5,rod\n' * 40
    columns = read(put(content))
    assert columns["features"].rows == 120
    assert columns["target"].shape.classes == ('5" pipe', "rod", "two\nlines")


def test_it_says_how_far_it_is_and_can_be_stopped(put, monkeypatch):
    monkeypatch.setattr(table_module, "PIECE_BYTES", 5000)
    site, said = put("a,y\n" + "1,2.5\n" * 20_000), []
    with reporting(lambda *words: said.append(words)):
        Table(file="data.csv").load({}, site)
    assert {what for _, _, what in said} == {"Reading data.csv"}
    shares = [done / total for done, total, _ in said]
    assert shares == sorted(shares)
    assert shares[0] < 0.1
    assert shares[-1] > 0.9
    asked = []
    with pytest.raises(DataCancelled), reporting(lambda *words: asked.append(words) or len(asked) == 3):
        Table(file="data.csv").load({}, site)
    assert len(asked) == 3


def test_a_class_column_of_many_rows_is_numbered_like_numpy(put):
    kinds = np.random.default_rng(0).choice(["rose", "lily", "iris"], 50_000)
    columns = read(put("x,kind\n" + "".join(f"{place},{kind}\n" for place, kind in enumerate(kinds))))
    assert columns["target"].shape.kind is Kind.LABELS
    assert np.array_equal(columns["target"].values, np.unique(kinds, return_inverse=True)[1])


def test_mutated_tables_with_tabs_are_read_or_refused_in_words_and_at_once(put):
    good, refused = b"a\tb\tkind\n1.5\t2\tx\n.5\t\ty\n3\t4.5\t\"x y\"\n" + b"1\t2\tx\n" * 3, 0
    for turn in range(200):
        rng = np.random.default_rng(turn)
        content = bytearray(good[: rng.integers(1, len(good))] if turn % 4 == 0 else good)
        for place in rng.integers(0, len(content), 1 + turn % 4):
            content[place] = rng.choice([9, 10, 13, 34, 44, 46, 48, 255, rng.integers(256)])
        told: list[str] = []

        def load(site, missing="drop" if turn % 2 else "report", told=told) -> None:
            try:
                Table(file="data.csv", missing=missing).load({}, site)
            except ShapeError as error:
                told.append(error.text)

        site = put(bytes(content))
        assert calls(lambda load=load, site=site: load(site)) < 10_000, "the aim is a second for whatever is wrong"
        assert all(text.endswith(".") for text in told)
        refused += len(told)
    assert 20 < refused < 195
