"""CSV files: what is read, and one sentence for each of the many ways in which a file can be wrong."""

import os
import sys

import numpy as np
import pytest

from engine.data import table_facts as facts_module
from engine.data.paths import locate
from engine.data.table_facts import HEAD_BYTES, table_facts
from engine.nodes.data import Table
from graphs.document import Document, Node
from graphs.spec import Kind, ShapeError, Site

GOOD = "length,width,kind\n1.5,2,rose\n3,4.25,tulip\n5,6,rose\n"


@pytest.fixture
def put(tmp_path):
    """Writes a file and gives the place of a document beside it."""

    def write(content, name="data.csv"):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return Site("table1", tmp_path)

    return write


def read(site, **parameters):
    """Both outputs, which are what the shape rule promised."""
    node = Table(**({"file": "data.csv"} | parameters))
    promised = node.shapes({}, site)
    columns = node.load({}, site)
    assert {port: column.shape for port, column in columns.items()} == dict(promised)
    names = node.component_names(site)
    assert {port: column.names for port, column in columns.items() if column.names} == names
    return columns


def complaint(site, **parameters):
    """The sentence, which is the same from the shape rule and from reading."""
    node = Table(**({"file": "data.csv"} | parameters))
    with pytest.raises(ShapeError) as from_rule:
        node.shapes({}, site)
    with pytest.raises(ShapeError) as from_load:
        node.load({}, site)
    assert from_rule.value.text == from_load.value.text
    return from_rule.value


def test_features_and_classes(put):
    columns = read(put(GOOD))
    assert columns["features"].values.tolist() == [[1.5, 2], [3, 4.25], [5, 6]]
    assert columns["features"].names == ("length", "width")
    assert columns["target"].values.tolist() == [0, 1, 0]
    assert columns["target"].shape.classes == ("rose", "tulip")


def test_columns_are_chosen_by_name_in_the_order_of_the_choice(put):
    columns = read(put(GOOD), features=" width , length", target="kind")
    assert columns["features"].values[0].tolist() == [2, 1.5]
    columns = read(put(GOOD), features="width", target="length")
    assert columns["target"].shape.kind is Kind.FEATURES
    assert columns["target"].values.tolist() == [[1.5], [3], [5]]


def test_several_targets_are_numbers(put):
    columns = read(put("a,b,c\n1,2,3\n4,5,6\n"), features="b", target="a, c")
    assert columns["target"].values.tolist() == [[1, 3], [4, 6]]


def test_names_with_commas_are_quoted(put):
    columns = read(put('"a, b",y\n1,2.5\n3,4.5\n'), features='"a, b"')
    assert columns["features"].names == ("a, b",)


def test_few_whole_numbers_are_classes_in_the_order_of_numbers(put):
    rows = "".join(f"{row},{row % 11}\n" for row in range(40))
    columns = read(put("x,grade\n" + rows))
    assert columns["target"].shape.classes == tuple(str(grade) for grade in range(11))
    assert columns["target"].values.tolist() == [row % 11 for row in range(40)]
    assert read(put("x,grade\n" + rows), target_kind="numbers")["target"].values[10].tolist() == [10]


def test_many_whole_numbers_are_numbers(put):
    columns = read(put("x,price\n" + "".join(f"{row},{row * 3}\n" for row in range(40))))
    assert columns["target"].shape.kind is Kind.FEATURES


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_with_decimal_commas(put, separator):
    content = "länge;breite;preis\n1,5;2;3,25\n-0,5;1e3;,75\n".replace(";", separator)
    columns = read(put(content), decimal="auto")
    assert columns["features"].values.tolist() == [[1.5, 2], [-0.5, 1000]]
    assert columns["target"].values.tolist() == [[3.25], [0.75]]
    assert read(put(content), decimal="comma")["features"].values.tolist() == [[1.5, 2], [-0.5, 1000]]


def test_points_stay_points_where_a_comma_would_be_possible(put):
    columns = read(put("a;y\n1.5;2.5\n3;4.5\n"))
    assert columns["features"].values.tolist() == [[1.5], [3]]


def test_marks_blank_lines_and_line_ends(put):
    columns = read(put("\ufeff\r\na,b,y\r\n\r\n1,2,1.5\r\n\r\n\r\n3,4,2.5\r\n".encode()))
    assert columns["features"].values.tolist() == [[1, 2], [3, 4]]


def test_a_column_without_a_name_is_called_by_its_place(put):
    assert read(put(",a,y\n0,1,1.5\n1,2,2.5\n"))["features"].names == ("column 1", "a")


def test_text_columns_are_left_out_unless_they_are_asked_for(put):
    site = put("city,size,y\nTokyo,1,1.5\nKyoto,2,2.5\n")
    assert read(site)["features"].names == ("size",)
    assert "“Tokyo” in column “city”" in complaint(site, features="city,size").text


WRONG = {
    "empty": (b"", "data.csv is empty"),
    "blank": (b" \n\n \r\n", "data.csv is empty"),
    "header only": (b"a,b\n", "has a header but no rows"),
    "too short a row": (b"a,b,y\n1,2,3\n4,5\n", "Row 3 of data.csv has 2 cells, the first row has 3"),
    "too long a row": (b"a,b,y\n1,2,3\n4,5,6,7\n", "Row 3 of data.csv has 4 cells, the first row has 3"),
    "missing": (b"a,b,y\n1,2,1.5\n3,,2.5\n", "Row 3 of data.csv has no value in column \u201cb\u201d"),
    "missing in words": (b"a,b,y\n1,NA,1.5\n3,4,2.5\n", "Row 2 of data.csv has no value in column \u201cb\u201d"),
    "missing target": (b"a,y\n1,red\n3,\n", "Row 3 of data.csv has no value in column \u201cy\u201d"),
    "missing after a blank row": (b"a,y\n1,red\n\n3,\n", "Row 4 of data.csv has no value in column \u201cy\u201d"),
    "a slip": (b"a,y\n" + b"1,2.5\n" * 20 + b"l0,2.5\n",
               "Row 22 of data.csv has \u201cl0\u201d in column \u201ca\u201d"),
    "infinite": (b"a,y\n1,2.5\ninf,3.5\n", "Row 3 of data.csv has a number in column \u201ca\u201d that is too large"),
    "too large for 32 bits": (b"a,y\n1,2.5\n1e39,3.5\n", "Row 3 of data.csv has a number in column"),
    "latin-1": ("a,y\n1,caf\u00e9\n".encode("latin-1"), "Line 2 of data.csv is not UTF-8 text"),
    "utf-16": ("a,y\n1,2\n".encode("utf-16"), "Line 1 of data.csv is not UTF-8 text"),
    "zero bytes": (b"a,y\n1,\x002\n", "it holds zero bytes"),
    "twice the same name": (b"a,a\n1,2\n", "Two columns of data.csv are called \u201ca\u201d"),
    "an open quote": (b'a,b,y\n1,"2,3\n4,5,6\n', "Row 2 of data.csv has 2 cells"),
    "a huge header": (b"a" * 3_000_000 + b",b\n1,2\n", "The first line of data.csv is longer than 64 kB"),
    "one line without end": (b"1," * 3_000_000, "The first line of data.csv is longer than 64 kB"),
    "a huge cell": (b"a,y\n" + b'"' + b"x" * 200_000 + b'",1\n', "Row 2 of data.csv cannot be read"),
    "too many columns": (",".join(f"c{n}" for n in range(5000)).encode() + b"\n",
                         "has 5000 columns; 4096 are possible"),
    "nothing but text": (b"a,y\nred,big\nblue,small\n", "no column of numbers beside the target"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_one_sentence(put, case):
    content, wanted = WRONG[case]
    error = complaint(put(content))
    assert wanted in error.text
    assert "\n" not in error.text
    assert error.parameter in {"file", "features", "target"}


def long_table(*, spoiled=None, at=40_000, rows=60_000):
    """A table much longer than its head, with one row of another kind far behind."""
    lines = [f"{row},{row * 0.5},kind{row % 3}" for row in range(rows)]
    assert sum(map(len, lines[:at])) > 1.2 * HEAD_BYTES
    if spoiled is not None:
        lines[at] = spoiled
    return "a,b,kind\n" + "\n".join(lines) + "\n"


FAR = {
    "missing": ("1,,kind0", "Row 40002 of data.csv has no value in column “b”"),
    "text": ("1,oops,kind0", "Row 40002 of data.csv has “oops” in column “b”, which is not a number"),
    "too short": ("1,2", "Row 40002 of data.csv has 2 cells, the first row has 3"),
    "too long": ("1,2,kind0,9", "Row 40002 of data.csv has 4 cells, the first row has 3"),
    "no class": ("1,2,", "Row 40002 of data.csv has no value in column “kind”"),
    "not UTF-8": ("1,2,caf\xe9", "Line 40002 of data.csv is not UTF-8 text"),
    "open quote": ('1,2,"kind0', "Row 40002 of data.csv cannot be read"),
    "infinite": ("1,inf,kind0", "Row 40002 of data.csv has a number in column “b” that is too large"),
}


@pytest.mark.parametrize("case", FAR)
def test_mistakes_behind_the_head_are_found_when_the_file_is_read(put, case):
    spoiled, wanted = FAR[case]
    site = put(long_table(spoiled=spoiled).encode("latin-1"))
    node = Table(file="data.csv")
    node.shapes({}, site)
    with pytest.raises(ShapeError) as error:
        node.load({}, site)
    assert wanted in error.value.text


def test_the_shape_rule_reads_the_head_only(put, monkeypatch):
    site = put(long_table())
    Table(file="data.csv").shapes({}, site)
    facts = table_facts(site.folder / "data.csv")
    assert not facts.complete
    assert facts.rows < 60_000
    monkeypatch.setattr(facts_module, "_head", None)  # asked again, nothing is read at all
    Table(file="data.csv").shapes({}, site)


@pytest.mark.parametrize("row", ["1,2", ",", '"1","2"', "1,x"])
def test_the_shape_rule_looks_at_so_many_cells_however_short_they_are(put, monkeypatch, row):
    looked, take_all = [], facts_module.ColumnFacts.take_all
    monkeypatch.setattr(facts_module.ColumnFacts, "take_all",
                        lambda self, rows, cells, decimal: (looked.append(len(cells)), take_all(self, rows, cells, decimal)))
    site = put("a,b\n" + f"{row}\n" * (HEAD_BYTES // len(row)))
    facts = table_facts(site.folder / "data.csv")
    assert 0 < sum(looked) <= facts_module.MOST_CELLS
    assert not facts.complete


def test_a_table_sorted_by_class_shows_its_classes_before_it_is_read(put):
    site = put("a,b,kind\n" + "".join(f"{row % 7},{row / 3:.3f},{kind}\n" for kind in ("red", "green", "blue")
                                      for row in range(20_000)))  # fmt: skip
    facts = table_facts(site.folder / "data.csv")
    assert not facts.complete
    assert facts.columns["kind"].values == {"red", "green", "blue"}
    assert Table(file="data.csv").shapes({}, site)["target"].classes == ("blue", "green", "red")


def test_a_table_of_many_short_rows_is_read_whole_for_a_run(put):
    lines = ["a,b,kind"] + ["1,2,k"] * 30_000
    assert read(put("\n".join(lines)))["features"].rows == 30_000
    lines[20_000] = "1,oops,k"
    site = put("\n".join(lines))
    Table(file="data.csv").shapes({}, site)
    with pytest.raises(ShapeError) as error:
        Table(file="data.csv").load({}, site)
    assert "Row 20001 of data.csv has “oops” in column “b”" in error.value.text


def test_a_changed_file_is_read_again(put):
    assert read(put(GOOD))["features"].rows == 3
    site = put(GOOD + "7,8,daisy\n")
    os.utime(site.folder / "data.csv", ns=(1, 1))
    assert read(site)["target"].shape.classes == ("daisy", "rose", "tulip")


def test_classes_behind_the_head_are_known_once_the_file_was_read(put):
    site = put(long_table(spoiled="1,2,zebra"))
    node = Table(file="data.csv")
    assert node.shapes({}, site)["target"].classes == ("kind0", "kind1", "kind2")
    assert node.load({}, site)["target"].shape.classes == ("kind0", "kind1", "kind2", "zebra")
    assert node.shapes({}, site)["target"].classes == ("kind0", "kind1", "kind2", "zebra")


def test_a_misspelt_column_comes_with_a_cure(put):
    site = put(GOOD)
    error = complaint(site, features="length, widht")
    assert error.text == "data.csv has no column “widht”."
    document = Document({"table1": Node("table1", "table", {"file": "data.csv", "features": "length, widht"})})
    cured = error.cures[0].edit(document).nodes["table1"].parameters
    assert read(site, **cured)["features"].names == ("length", "width")


def test_too_many_classes_come_with_a_cure(put):
    site = put("x,y\n" + "".join(f"{row},{row}\n" for row in range(3000)))
    node = {"file": "data.csv", "target_kind": "classes"}
    error = complaint(site, **node)
    assert error.text == "Column “y” has more than 1000 different values: too many for classes."
    cured = error.cures[0].edit(Document({"table1": Node("table1", "table", node)})).nodes["table1"].parameters
    assert read(site, **cured)["target"].values[5].tolist() == [5]


def test_a_column_cannot_be_feature_and_target(put):
    assert complaint(put(GOOD), features="length", target="length").parameter == "features"


OUTSIDE = ["/etc/passwd", "C:\\data.csv", "\\\\server\\share\\data.csv", "../data.csv", "a/../../data.csv",
           "..\\data.csv"]


@pytest.mark.parametrize("file", OUTSIDE)
def test_files_outside_the_folder_are_refused(tmp_path, file):
    (tmp_path / "data.csv").write_text(GOOD)
    (tmp_path / "graphs").mkdir()
    with pytest.raises(ShapeError) as error:
        Table(file=file).shapes({}, Site("table1", tmp_path / "graphs"))
    assert error.value.code == "file_outside"


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights there")
def test_a_link_that_leads_outside_is_refused(tmp_path):
    (tmp_path / "data.csv").write_text(GOOD)
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs" / "link.csv").symlink_to(tmp_path / "data.csv")
    with pytest.raises(ShapeError) as error:
        locate("link.csv", tmp_path / "graphs")
    assert error.value.code == "file_outside"


@pytest.mark.parametrize("file", ["nothing.csv", "a\0b.csv", "x" * 3000, "folder"])
def test_a_file_that_is_not_there_is_one_sentence(tmp_path, file):
    (tmp_path / "folder").mkdir()
    with pytest.raises(ShapeError, match="There is no file") as error:
        Table(file=file).shapes({}, Site("table1", tmp_path))
    assert error.value.code == "file_missing"


def test_an_unsaved_graph_has_no_folder_to_look_in():
    with pytest.raises(ShapeError, match="Save the graph first"):
        Table(file="data.csv").shapes({}, Site("table1"))


def test_folders_below_are_fine_from_any_system(tmp_path):
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "data.csv").write_text(GOOD)
    for file in ("sets/data.csv", "sets\\data.csv"):
        assert Table(file=file).load({}, Site("table1", tmp_path))["features"].rows == 3


def test_mutated_files_give_an_answer_or_a_sentence(put):
    """A thousand spoiled copies of one file: never anything but columns or a `ShapeError`."""
    rng = np.random.default_rng(0)
    original = bytearray((GOOD * 3).replace("length,width,kind\n", "", 2).encode())
    answered = refused = 0
    for _ in range(1000):
        spoiled = bytearray(original)
        for _ in range(rng.integers(1, 6)):
            place, what = rng.integers(len(spoiled)), rng.integers(4)
            if what == 0:
                spoiled[place] = rng.integers(256)
            elif what == 1:
                del spoiled[place : place + rng.integers(1, 9)]
            elif what == 2:
                spoiled[place:place] = bytes(rng.choice(list(b',;"\n\r\t.e-0\xff'), 3).tolist())
            else:
                spoiled = spoiled[: place + 1]
            if not spoiled:
                break
        site = put(bytes(spoiled))
        os.utime(site.folder / "data.csv", ns=(answered + refused, answered + refused))
        try:
            Table(file="data.csv").load({}, site)
            answered += 1
        except ShapeError as error:
            assert error.text
            assert "\n" not in error.text.replace("“\n”", "")
            refused += 1
    assert answered > 50
    assert refused > 50
