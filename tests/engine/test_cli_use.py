"""The command line uses graphs and runs: evaluate, predict, check, gallery, picture."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from engine.data.bundled import digits, iris
from graphs import gallery, storage
from graphs.document import Document, Node, Wire
from tests.engine.command_line import sentence


def iris_graph(source="iris", ports=("features", "label"), **parameters):
    """A graph of one softmax layer behind a normalisation."""
    nodes = [Node("data1", source, parameters), Node("scale1", "normalize"),
             Node("dense1", "dense", {"units": 3, "activation": "softmax"}), Node("loss1", "cross_entropy")]
    wires = [Wire("data1", ports[0], "scale1", "x"), Wire("scale1", "x", "dense1", "x"),
             Wire("dense1", "y", "loss1", "prediction"), Wire("data1", ports[1], "loss1", "label")]
    return Document({node.id: node for node in nodes}, frozenset(wires), {"epochs": 20, "learning_rate": 0.05})


class TestEvaluateAndPredict:
    def test_evaluate_repeats_the_figures_of_the_run(self, hourglass):
        result = json.loads(hourglass("train", "digits_softmax", "--epochs", 5, "--out", "run", "--json")[1])
        code, out, _ = hourglass("evaluate", "run", "--json")
        assert code == 0
        figures = json.loads(out)
        assert figures["validation_accuracy"] == pytest.approx(result["accuracy"])
        assert figures["validation_loss"] == pytest.approx(result["validation_loss"], rel=1e-5)
        code, out, _ = hourglass("evaluate", "run")
        assert {line.split()[0] for line in out.splitlines()} == set(figures)

    def test_predict_names_classes_with_their_chances(self, hourglass, tmp_path):
        hourglass("train", "digits_softmax", "--epochs", 30, "--out", "run")
        pixels, label = digits()
        np.save(tmp_path / "new.npy", (pixels[:200] / 16).astype(np.float32))
        code, out, _ = hourglass("predict", "run", "new.npy")
        rows = list(csv.DictReader(out.splitlines()))
        assert code == 0
        assert len(rows) == 200
        assert np.mean([int(row["class"]) == truth for row, truth in zip(rows, label, strict=False)]) > 0.9
        chances = np.array([[float(row[str(digit)]) for digit in range(10)] for row in rows])
        assert np.allclose(chances.sum(axis=1), 1, atol=1e-5)

    def test_predict_takes_columns_by_name_and_applies_the_preparation(self, hourglass, tmp_path):
        (tmp_path / "iris.json").write_bytes(storage.dumps(iris_graph()))
        hourglass("train", "iris.json", "--out", "run")
        values, label = iris()
        names = ["petal width (cm)", "sepal length (cm)", "petal length (cm)", "note", "sepal width (cm)"]
        lines = [f"{row[3]},{row[0]},{row[2]},-,{row[1]}" for row in values]
        (tmp_path / "new.csv").write_text("\n".join([",".join(names), *lines]) + "\n")
        code, out, err = hourglass("predict", "run", "new.csv")
        assert code == 0, err
        rows = list(csv.DictReader(out.splitlines()))
        truth = [("setosa", "versicolor", "virginica")[place] for place in label]
        assert np.mean([row["class"] == name for row, name in zip(rows, truth, strict=True)]) > 0.9

    def test_predict_needs_no_training_data(self, hourglass, tmp_path):
        lines = [f"{row},{-row},{'low' if row < 20 else 'mid' if row < 40 else 'high'}" for row in range(60)]
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "table.csv").write_text("\n".join(["a,b,kind", *lines]) + "\n")
        graph = iris_graph("table", ("features", "target"), file="data/table.csv")
        (tmp_path / "graph.json").write_bytes(storage.dumps(graph))
        assert hourglass("train", "graph.json", "--epochs", 200, "--out", "run")[0] == 0
        (tmp_path / "data" / "table.csv").write_text("\n".join(["a,b,kind", *lines[::10]]) + "\n")
        (tmp_path / "new.csv").write_text("a,b\n5,-5\n55,-55\n")
        code, out, err = hourglass("predict", "run", "new.csv")
        assert code == 0, err
        assert [row["class"] for row in csv.DictReader(out.splitlines())] == ["low", "high"]

    def test_predict_gives_numbers_where_there_are_no_classes(self, hourglass, tmp_path):
        hourglass("train", "digits_autoencoder", "--epochs", 1, "--out", "run")
        np.save(tmp_path / "new.npy", np.zeros((3, 64)))
        _, out, _ = hourglass("predict", "run", "new.npy")
        assert out.splitlines()[0].startswith("reconstruction_0,reconstruction_1,")
        assert len(out.splitlines()) == 4
        for name in ("autoencoder1.code", "autoencoder1"):
            code, out, err = hourglass("predict", "run", "new.npy", "--output", name)
            assert (code == 0) == (name == "autoencoder1.code")
        assert "autoencoder1.code, autoencoder1.reconstruction" in sentence(err)

    @pytest.mark.parametrize(
        ("name", "content", "wanted"),
        [
            ("new.csv", b"a,b\n1,2\n", "2 columns of numbers, 64 are needed"),
            ("new.csv", b"", "new.csv is empty"),
            ("new.csv", b"a,b\n1\n", "Row 2 of new.csv has 1 cells"),
            ("new.npy", b"", "not an array of numbers"),
            ("new.npy", b"\x93NUMPY\x01\x00" + b"v" * 100, "not an array of numbers"),
            ("other.npy", None, "There is no file"),
        ],
    )
    def test_samples_that_do_not_serve_are_a_sentence(self, hourglass, tmp_path, name, content, wanted):
        hourglass("train", "digits_autoencoder", "--epochs", 1, "--out", "run")
        if content is not None:
            (tmp_path / name).write_bytes(content)
        code, out, err = hourglass("predict", "run", name)
        assert (code, out) == (2, "")
        assert wanted in sentence(err)

    def test_arrays_that_promise_too_much_or_hide_objects_are_refused(self, hourglass, tmp_path):
        hourglass("train", "digits_autoencoder", "--epochs", 1, "--out", "run")
        np.save(tmp_path / "objects.npy", np.array([{"a": 1}], dtype=object))
        header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 64), }"
        header += b" " * (117 - len(header)) + b"\n"
        (tmp_path / "huge.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
        np.save(tmp_path / "wide.npy", np.zeros((3, 65)))
        np.save(tmp_path / "text.npy", np.array(["a", "b"]))
        for name in ("objects", "huge", "text"):
            code, _, err = hourglass("predict", "run", f"{name}.npy")
            assert code == 2
            sentence(err)
        code, _, err = hourglass("predict", "run", "wide.npy")
        assert code == 1
        assert "digits1 gives B×64, the new data are B×65" in sentence(err)

    def test_a_folder_without_a_run_is_a_sentence(self, hourglass, tmp_path):
        for words in (["evaluate", "."], ["predict", ".", "new.npy"], ["evaluate", "nowhere"]):
            code, _, err = hourglass(*words)
            assert code == 2
            assert "is not the folder of a run" in sentence(err)


class TestCheck:
    @pytest.mark.parametrize("name", gallery.names())
    def test_the_gallery_is_clean(self, hourglass, name):
        code, said, wrong = hourglass("check", name)
        assert (code, wrong) == (0, "")
        assert all(line.startswith("note: ") for line in said.splitlines())

    def test_problems_are_sentences_with_their_nodes(self, hourglass, tmp_path):
        document = Document({"dense1": Node("dense1", "dense", {"units": 0}), "x1": Node("x1", "densee")}, frozenset(),
                            {"learning_rate": -1})
        (tmp_path / "wrong.json").write_bytes(storage.dumps(document))
        code, out, err = hourglass("check", "wrong.json")
        assert (code, err) == (1, "")
        assert "problem: dense1: Units must be" in out
        assert "problem: x1: There is no node type “densee” here." in out
        assert "problem: training.learning_rate: Learning rate must be" in out


class TestGalleryAndPicture:
    def test_gallery_lists_names_and_titles(self, hourglass):
        code, out, _ = hourglass("gallery")
        assert code == 0
        assert [line.split("\t")[0] for line in out.splitlines()] == list(gallery.names())

    def test_titles_follow_the_language(self, hourglass, monkeypatch):
        monkeypatch.setenv("LANG", "ja_JP.UTF-8")
        assert "砂時計" in hourglass("gallery")[1]
        monkeypatch.setenv("LANG", "C.UTF-8")
        assert "hourglass" in hourglass("gallery")[1]

    def test_the_picture_is_drawn_by_whoever_can(self, hourglass):
        drawn = []
        code, _, _ = hourglass("picture", "xor_mlp", "out.svg", draw_graph=lambda *given: drawn.append(given))
        assert code == 0
        document, folder, out = drawn[0]
        assert (document, folder, out) == (gallery.load("xor_mlp"), gallery.path("xor_mlp").parent, Path("out.svg"))

    def test_a_picture_of_another_kind_is_a_sentence(self, hourglass):
        code, _, err = hourglass("picture", "xor_mlp", "out.gif", draw_graph=print)
        assert code == 2
        assert "ends in .png or .svg" in sentence(err)

    def test_train_hands_the_run_to_whoever_draws(self, hourglass, tmp_path):
        def draw(training, folder):
            (folder / "loss.png").write_bytes(b"a picture of %d steps" % training.machine.step_count)
            return [folder / "loss.png"]

        _, out, _ = hourglass("train", "xor_mlp", "--epochs", 2, "--out", "run", "--picture", "--json", draw_run=draw)
        assert json.loads(out)["pictures"] == [str(Path("run") / "loss.png")]
        assert (tmp_path / "run" / "loss.png").read_bytes() == b"a picture of 2 steps"
