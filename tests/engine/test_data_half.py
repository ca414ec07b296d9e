"""The data half of a graph: order, split, preparations fitted on the training part, the cache, new data."""

import os

import numpy as np
import pytest

from engine.compiler import compile_network
from engine.data.cache import ByteCache
from engine.data.half import check_with_data, prepare_for_prediction, run_data_half
from engine.data.results import RESULTS
from engine.data.table_facts import PLACES
from engine.errors import RunProblem
from engine.executor import Machine
from engine.nodes import CATALOG
from engine.nodes.prepare import Normalize
from graphs.checks import check
from graphs.document import Document, Node, Wire
from graphs.edits import bypass, set_parameter, set_training


@pytest.fixture(autouse=True)
def empty_cache():
    RESULTS.kept.clear()


def graph(*nodes, wires, training=None):
    """A document from (id, type, parameters) and "a.port b.port"."""
    ends = [[end.split(".") for end in wire.split()] for wire in wires]
    return Document(
        {name: Node(name, kind, parameters) for name, kind, parameters in nodes},
        frozenset(Wire(*source, *target) for source, target in ends),
        training or {},
    )


def iris_graph(**training):
    return graph(
        ("iris1", "iris", {}), ("scale1", "normalize", {}), ("dense1", "dense", {"units": 3}),
        ("loss1", "cross_entropy", {}),
        wires=["iris1.features scale1.x", "scale1.x dense1.x", "dense1.y loss1.prediction", "iris1.label loss1.label"],
        training=training,
    )


def run(document, folder=None, wanted=None):
    checked = check(document, CATALOG, folder)
    assert checked.errors == ()
    return run_data_half(checked, folder, checked.training, wanted)


def test_every_output_of_the_half_is_there():
    data = run(iris_graph())
    assert set(data.columns) == {("iris1", "features"), ("iris1", "label"), ("scale1", "x")}
    assert data.rows == 150
    assert (len(data.train), len(data.validation)) == (120, 30)
    assert np.bincount(data.columns["iris1", "label"].values[data.validation]).tolist() == [10, 10, 10]
    assert data.columns["scale1", "x"].names[0] == "sepal length (cm)"


def test_statistics_come_from_the_training_part_alone():
    data = run(iris_graph())
    raw = data.columns["iris1", "features"].values.astype(np.float64)
    assert np.allclose(data.fitted["scale1"]["shift"], raw[data.train].mean(axis=0))
    assert not np.allclose(data.fitted["scale1"]["shift"], raw.mean(axis=0), rtol=1e-6)
    scaled = data.columns["scale1", "x"].values
    assert np.allclose(scaled[data.train].mean(axis=0), 0, atol=1e-5)
    assert np.allclose(scaled[data.train].std(axis=0), 1, atol=1e-5)


def test_the_training_seed_does_not_move_the_split():
    first, second = run(iris_graph(seed=0)), run(iris_graph(seed=1, optimizer="sgd", batch_size=7))
    assert first.digest == second.digest
    assert np.array_equal(first.train, second.train)
    other = run(iris_graph(split_seed=1))
    assert other.digest != first.digest
    assert not np.array_equal(other.validation, first.validation)


def test_wires_do_not_move_the_split():
    """Digits are split in proportion to their labels even where nobody asks for the labels."""
    alone = graph(("digits1", "digits", {}), ("auto1", "autoencoder", {}), wires=["digits1.pixels auto1.x"])
    with_labels = graph(
        ("digits1", "digits", {}), ("dense1", "dense", {"units": 10}), ("loss1", "cross_entropy", {}),
        wires=["digits1.pixels dense1.x", "dense1.y loss1.prediction", "digits1.label loss1.label"],
    )
    first, second = run(alone), run(with_labels)
    assert np.array_equal(first.validation, second.validation)
    assert np.bincount(first.columns["digits1", "label"].values[first.validation]).min() >= 34


def test_no_share_no_validation_part():
    data = run(iris_graph(validation_share=0))
    assert (len(data.train), len(data.validation)) == (150, 0)


def test_a_truth_table_is_not_divided():
    document = graph(
        ("toy1", "toy2d", {"problem": "xor"}), ("dense1", "dense", {"units": 2}), ("loss1", "cross_entropy", {}),
        wires=["toy1.points dense1.x", "dense1.y loss1.prediction", "toy1.label loss1.label"],
    )
    data = run(document)
    assert sorted(data.train) == [0, 1, 2, 3]
    assert len(data.validation) == 0


def test_preparations_follow_one_another():
    document = graph(
        ("iris1", "iris", {}), ("a1", "normalize", {"method": "unit"}), ("b1", "normalize", {}),
        ("dense1", "dense", {"units": 3}),
        ("loss1", "cross_entropy", {}),
        wires=["iris1.features a1.x", "a1.x b1.x", "b1.x dense1.x", "dense1.y loss1.prediction",
               "iris1.label loss1.label"],
    )
    data = run(document)
    between = data.columns["a1", "x"].values[data.train].astype(np.float64)
    assert np.allclose(data.fitted["b1"]["shift"], between.mean(axis=0))


def test_a_bypassed_preparation_passes_its_input_on():
    data = run(bypass(iris_graph(), ["scale1"], True))
    assert data.columns["scale1", "x"] is data.columns["iris1", "features"]
    assert data.fitted == {}


def test_results_are_kept_and_an_edit_runs_only_what_it_touches(monkeypatch):
    loads, fits = [], []
    load, fit = type(CATALOG.get("iris")()).load, Normalize.fit
    monkeypatch.setattr(CATALOG.get("iris"), "load", lambda *args: loads.append(1) or load(*args))
    monkeypatch.setattr(Normalize, "fit", lambda *args: fits.append(1) or fit(*args))
    first = run(iris_graph())
    assert run(iris_graph(learning_rate=0.5)).digest == first.digest
    assert (len(loads), len(fits)) == (1, 1)
    run(set_parameter(iris_graph(), "scale1", "method", "unit"))
    assert (len(loads), len(fits)) == (1, 2)
    run(iris_graph(split_seed=3))
    assert (len(loads), len(fits)) == (1, 3)


def test_the_cache_keeps_to_its_budget():
    cache = ByteCache(100)
    for name in "abc":
        cache.put(name, name.upper(), 40)
    assert [cache.get(name) for name in "abc"] == [None, "B", "C"]
    assert cache.get("b") == "B"
    cache.put("d", "D", 40)
    assert [cache.get(name) for name in "bcd"] == ["B", None, "D"]
    cache.put("e", "E", 101)
    assert cache.get("e") is None
    assert cache.used == 80


def table_graph(**parameters):
    return graph(
        ("table1", "table", {"file": "flowers.csv", **parameters}), ("dense1", "dense", {"units": 2}),
        ("loss1", "cross_entropy", {}),
        wires=["table1.features dense1.x", "dense1.y loss1.prediction", "table1.target loss1.label"],
    )


def write_flowers(folder, rows=30):
    lines = [f"{row},{row % 7},{'red' if row % 2 else 'blue'}" for row in range(rows)]
    (folder / "flowers.csv").write_text("\n".join(["a,b,color", *lines]) + "\n")


def test_a_table_beside_the_document(tmp_path):
    write_flowers(tmp_path)
    data = run(table_graph(), tmp_path)
    assert data.rows == 30
    assert data.columns["table1", "target"].shape.classes == ("blue", "red")


def test_a_changed_file_is_read_again(tmp_path):
    write_flowers(tmp_path)
    first = run(table_graph(), tmp_path)
    write_flowers(tmp_path, rows=40)
    os.utime(tmp_path / "flowers.csv", ns=(5, 5))
    second = run(table_graph(), tmp_path)
    assert (first.rows, second.rows) == (30, 40)
    assert first.digest != second.digest


def test_the_same_content_elsewhere_has_the_same_digest(tmp_path):
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        write_flowers(tmp_path / name)
    assert run(table_graph(), tmp_path / "here").digest == run(table_graph(), tmp_path / "there").digest


def test_a_file_that_became_wrong_after_the_check_is_a_sentence_with_its_node(tmp_path):
    write_flowers(tmp_path)
    checked = check(table_graph(), CATALOG, tmp_path)
    (tmp_path / "flowers.csv").write_text("a,b,color\n1,2,red\n1,,blue\n")
    os.utime(tmp_path / "flowers.csv", ns=(5, 5))
    with pytest.raises(RunProblem, match=r"Row 3 of flowers\.csv has no value in column “b”") as error:
        run_data_half(checked, tmp_path, checked.training)
    assert error.value.node == "table1"
    (tmp_path / "flowers.csv").write_text("a,b,color\n1,2,red\n1,3,blue\n4,4,green\n")
    os.utime(tmp_path / "flowers.csv", ns=(6, 6))
    with pytest.raises(RunProblem, match="3 classes now, and gave 2 classes"):
        run_data_half(checked, tmp_path, checked.training)


@pytest.mark.parametrize("units", [2, 3])
def test_rare_classes_behind_the_head_of_a_file_are_checked_once_it_was_read(tmp_path, units):
    """Right for what the head shows and wrong for the whole, or the other way round: the whole decides."""
    lines = [f"{row},{row % 7},{'red' if row % 2 else 'blue'}" for row in range(60_000)]
    lines[60_000 * 21 // (2 * PLACES)] = "1,1,green"  # between two glances
    (tmp_path / "flowers.csv").write_text("\n".join(["a,b,color", *lines]) + "\n")
    document = set_parameter(table_graph(), "dense1", "units", units)
    before = check(document, CATALOG, tmp_path)
    checked = check_with_data(document, CATALOG, tmp_path)
    assert checked.outputs["table1", "target"].classes == ("blue", "green", "red")
    found = [[problem.place.node for problem in one.errors] for one in (before, checked)]
    assert found == ([[], ["loss1"]] if units == 2 else [["loss1"], []])
    if units == 3:
        assert run_data_half(checked, tmp_path, checked.training).rows == 60_000


def test_sources_of_different_length_are_named():
    document = graph(
        ("digits1", "digits", {}), ("iris1", "iris", {}), ("dense1", "dense", {"units": 3}),
        ("loss1", "cross_entropy", {}),
        wires=["digits1.pixels dense1.x", "dense1.y loss1.prediction", "iris1.label loss1.label"],
    )
    with pytest.raises(RunProblem, match=r"digits1 has 1,797 rows and iris1 has 150"):
        run(document)


def test_a_source_that_nothing_reads_is_left_alone():
    document = iris_graph()
    spare = Document({**document.nodes, "digits1": Node("digits1", "digits")}, document.wires, document.training)
    assert {node for node, _ in run(spare).columns} == {"iris1", "scale1"}
    assert {node for node, _ in run(spare, wanted=["digits1"]).columns} == {"digits1"}


def test_a_preparation_behind_a_layer_is_refused():
    document = graph(
        ("iris1", "iris", {}), ("dense1", "dense", {"units": 3}), ("scale1", "normalize", {}),
        ("loss1", "cross_entropy", {}),
        wires=["iris1.features dense1.x", "dense1.y scale1.x", "scale1.x loss1.prediction", "iris1.label loss1.label"],
    )
    checked = check(document, CATALOG)
    (problem,) = [problem for problem in checked.errors if problem.code == "halves"]
    assert "scale1 prepares data before training starts: it cannot follow dense1" in problem.text
    with pytest.raises(RunProblem, match="scale1 prepares data before training starts"):
        run_data_half(checked, None, checked.training)
    for cure in problem.cures:
        assert "halves" not in {problem.code for problem in check(cure.edit(document), CATALOG).errors}
    bypassed = check(problem.cures[0].edit(document), CATALOG)
    assert bypassed.errors == ()
    network = compile_network(bypassed, bypassed.training)
    Machine(network, run_data_half(bypassed, None, bypassed.training)).run(3)


def test_no_data_at_all_is_a_sentence():
    checked = check(Document(), CATALOG)
    with pytest.raises(RunProblem, match="no data"):
        run_data_half(checked, None, checked.training)


def test_new_data_go_through_the_same_preparation():
    document = iris_graph()
    checked = check(document, CATALOG)
    data = run_data_half(checked, None, checked.training)
    raw = data.columns["iris1", "features"].values
    known = prepare_for_prediction(checked, data.fitted, {("iris1", "features"): raw[:5]})
    assert np.array_equal(known["scale1", "x"], data.columns["scale1", "x"].values[:5])
    one = prepare_for_prediction(checked, data.fitted, {("iris1", "features"): raw[0]})
    assert np.array_equal(one["scale1", "x"], data.columns["scale1", "x"].values[:1])


def test_new_data_of_the_wrong_shape_are_a_sentence():
    checked = check(iris_graph(), CATALOG)
    with pytest.raises(RunProblem, match="iris1 gives B×4, the new data are B×5"):
        prepare_for_prediction(checked, {}, {("iris1", "features"): np.zeros((3, 5))})
    with pytest.raises(RunProblem, match="Sample 2 of the new data"):
        prepare_for_prediction(checked, {}, {("iris1", "features"): np.array([[0, 0, 0, 0], [0, np.nan, 0, 0]])})


def test_new_images_may_come_as_rows():
    document = graph(
        ("digits1", "digits", {"layout": "image"}), ("flat1", "flatten", {}), ("auto1", "autoencoder", {}),
        wires=["digits1.pixels flat1.x", "flat1.y auto1.x"],
    )
    checked = check(document, CATALOG)
    assert checked.errors == ()
    known = prepare_for_prediction(checked, {}, {("digits1", "pixels"): np.zeros((3, 64))})
    assert known["digits1", "pixels"].shape == (3, 1, 8, 8)


def test_training_settings_reach_the_split():
    assert len(run(set_training(iris_graph(), "validation_share", 0.5)).validation) == 75
