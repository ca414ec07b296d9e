"""The command line: exit codes, one sentence for each error, data on stdout, and runs that can be taken up again."""

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from engine import cli, headless
from engine.checkpoint import read_latest
from engine.data.bundled import digits, iris
from graphs import gallery, storage
from graphs.document import Document, Node, Wire

ROOT = Path(__file__).parents[2]
RESULT = ("graph", "epochs", "steps", "seconds", "train_loss", "validation_loss", "accuracy", "mean_squared_error")


@pytest.fixture
def hourglass(tmp_path, monkeypatch, capsys):
    """Runs a command in an empty folder; gives exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    for name in ("LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)

    def run(*words, **tools):
        with pytest.raises(SystemExit) as stop:
            cli.main([str(word) for word in words], **tools)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return stop.value.code or 0, said.out, said.err

    return run


def iris_graph(source="iris", ports=("features", "label"), **parameters):
    """A graph of one softmax layer behind a normalisation."""
    nodes = [Node("data1", source, parameters), Node("scale1", "normalize"),
             Node("dense1", "dense", {"units": 3, "activation": "softmax"}), Node("loss1", "cross_entropy")]
    wires = [Wire("data1", ports[0], "scale1", "x"), Wire("scale1", "x", "dense1", "x"),
             Wire("dense1", "y", "loss1", "prediction"), Wire("data1", ports[1], "loss1", "label")]
    return Document({node.id: node for node in nodes}, frozenset(wires), {"epochs": 20, "learning_rate": 0.05})


def sentence(text):
    """The text, after a look that it is a single line."""
    assert text.strip()
    assert len(text.strip().splitlines()) == 1
    return text.strip()


class TestTrain:
    def test_writes_a_run(self, hourglass, tmp_path):
        code, out, err = hourglass("train", "digits_autoencoder", "--epochs", 3, "--out", "run")
        assert code == 0
        assert "train_loss" in out
        assert "epoch 3 / 3" in err
        assert "The run is in run" in err
        files = {path.name for path in (tmp_path / "run").iterdir()}
        assert files == {"graph.json", "metrics.csv", "weights.safetensors", "checkpoint.safetensors", "run.json"}
        rows = list(csv.DictReader((tmp_path / "run" / "metrics.csv").read_text().splitlines()))
        assert [row["epoch"] for row in rows] == ["1", "2", "3"]
        assert [row["step"] for row in rows] == ["45", "90", "135"]
        facts = json.loads((tmp_path / "run" / "run.json").read_text())
        assert (facts["epochs"], facts["steps"], facts["seed"], facts["reason"]) == (3, 135, 0, "done")
        assert facts["settings"]["epochs"] == 3
        assert facts["versions"]["python"]
        assert facts["threads"] >= 1
        assert storage.load(tmp_path / "run" / "graph.json").training["epochs"] == 3
        shapes = {name: array.shape for name, array in load_file(tmp_path / "run" / "weights.safetensors").items()}
        assert shapes["parameter/autoencoder1/encode.weight"] == (32, 64)

    def test_the_last_line_of_json_is_the_result(self, hourglass):
        code, out, err = hourglass("train", "digits_autoencoder", "--epochs", 2, "--json")
        assert code == 0
        assert len(out.splitlines()) == 1
        result = json.loads(out)
        assert list(result)[: len(RESULT)] == list(RESULT)
        assert (result["graph"], result["epochs"], result["steps"]) == ("digits_autoencoder", 2, 90)
        assert result["accuracy"] is None
        assert 0 < result["mean_squared_error"] == pytest.approx(result["validation_loss"] / 64)
        assert err

    def test_figures_that_do_not_apply_are_null(self, hourglass):
        softmax = json.loads(hourglass("train", "digits_softmax", "--epochs", 2, "--json")[1])
        assert softmax["mean_squared_error"] is None
        assert 0.5 < softmax["accuracy"] < 1
        xor = json.loads(hourglass("train", "xor_mlp", "--json")[1])
        assert xor["validation_loss"] is None
        assert xor["accuracy"] == 1.0
        assert xor["goals"][0]["reached"] is True

    def test_runs_get_folders_of_their_own(self, hourglass, tmp_path):
        for _ in range(2):
            assert hourglass("train", "xor_mlp", "--epochs", 1)[0] == 0
        assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["xor_mlp-1", "xor_mlp-2"]

    def test_the_same_seed_writes_the_same_bytes(self, hourglass, tmp_path):
        for name, seed in (("a", 3), ("b", 3), ("c", 4)):
            hourglass("train", "digits_softmax", "--epochs", 2, "--seed", seed, "--out", name)
        first, second, other = ((tmp_path / name / "weights.safetensors").read_bytes() for name in "abc")
        assert first == second != other

    def test_settings_and_parameters_can_be_set(self, hourglass, tmp_path):
        words = ["--set", "autoencoder1.units=7", "--set", "autoencoder1.activation=tanh", "--set",
                 "autoencoder1.tied=true", "--set", "training.learning_rate=0.1", "--set", "training.optimizer=sgd"]
        assert hourglass("train", "digits_autoencoder", "--epochs", 1, *words, "--out", "run")[0] == 0
        document = storage.load(tmp_path / "run" / "graph.json")
        assert dict(document.nodes["autoencoder1"].parameters) == {"units": 7, "activation": "tanh", "tied": True}
        assert dict(document.training) == {"epochs": 1, "learning_rate": 0.1, "optimizer": "sgd"}
        weights = load_file(tmp_path / "run" / "weights.safetensors")
        assert weights["parameter/autoencoder1/encode.weight"].shape == (7, 64)
        assert "parameter/autoencoder1/decode.weight" not in weights

    @pytest.mark.parametrize(
        ("change", "wanted"),
        [
            ("units=7", "not of the form NODE.PARAMETER=VALUE"),
            ("autoencoder1.units", "not of the form"),
            ("autoencoder.units=7", "did you mean “autoencoder1”?"),
            ("autoencoder1.unit=7", "did you mean “units”?"),
            ("autoencoder1.units=0", "Units must be a whole number from 1"),
            ("autoencoder1.units=NaN", "Units must be a whole number"),
            ("autoencoder1.activation=tan", "Activation must be one of"),
            ("training.learning_rat=1", "did you mean “learning_rate”?"),
            ("training.learning_rate=-1", "Learning rate must be a number above 0"),
        ],
    )
    def test_a_wrong_change_is_a_sentence(self, hourglass, tmp_path, change, wanted):
        code, out, err = hourglass("train", "digits_autoencoder", "--set", change)
        assert (code, out) == (2, "")
        assert wanted in sentence(err)
        assert not list(tmp_path.iterdir())

    def test_a_graph_with_problems_does_not_train(self, hourglass, tmp_path):
        (tmp_path / "lonely.json").write_bytes(storage.dumps(Document({"digits1": Node("digits1", "digits")})))
        code, out, err = hourglass("train", "lonely.json")
        assert (code, out) == (1, "")
        assert "the graph has no loss" in sentence(err)

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"format": "other"}', b"NaN"])
    def test_an_unreadable_file_is_a_sentence(self, hourglass, tmp_path, content):
        (tmp_path / "broken.json").write_bytes(content)
        for command in ("train", "check"):
            code, out, err = hourglass(command, "broken.json")
            assert (code, out) == (2, "")
            assert sentence(err).startswith("broken.json: ")

    def test_a_file_that_is_not_there_names_the_gallery(self, hourglass):
        code, _, err = hourglass("train", "digits_autoencodr")
        assert code == 2
        assert "digits_autoencoder" in sentence(err)

    def test_a_run_that_diverges_has_failed_and_keeps_finite_weights(self, hourglass, tmp_path):
        words = ["--set", "training.optimizer=sgd", "--set", "training.learning_rate=1000", "--out", "run", "--json"]
        code, out, err = hourglass("train", "digits_deep_autoencoder", "--set", "code.activation=identity",
                                   "--set", "encode1.activation=identity", "--set", "decode1.activation=identity",
                                   "--set", "rebuilt.activation=identity", *words)
        assert code == 1
        assert "was not finite in step" in err
        assert json.loads(out)["reason"] == "diverged"
        for array in load_file(tmp_path / "run" / "weights.safetensors").values():
            assert np.isfinite(array).all()

    def test_wrong_usage(self, hourglass):
        for words in (["train"], ["fly"], ["train", "xor_mlp", "--epochs", "many"], ["train", "xor_mlp", "--fast"]):
            assert hourglass(*words)[0] == 2

    def test_a_folder_that_cannot_be_written_is_a_sentence(self, hourglass, tmp_path):
        (tmp_path / "taken").write_text("a file")
        code, _, err = hourglass("train", "xor_mlp", "--out", "taken/below")
        assert code == 1
        assert "taken" in sentence(err)


class TestResume:
    def test_more_epochs_continue_to_the_same_bytes(self, hourglass, tmp_path):
        hourglass("train", "digits_autoencoder", "--epochs", 5, "--out", "whole")
        hourglass("train", "digits_autoencoder", "--epochs", 2, "--out", "parts")
        code, out, _ = hourglass("train", "digits_autoencoder", "--resume", "parts", "--epochs", 5, "--json")
        assert code == 0
        assert json.loads(out)["steps"] == 225
        for name in ("weights.safetensors", "metrics.csv", "graph.json"):
            assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name

    def test_a_run_can_go_on_in_another_folder(self, hourglass, tmp_path):
        hourglass("train", "digits_autoencoder", "--epochs", 2, "--out", "first")
        before = (tmp_path / "first" / "weights.safetensors").read_bytes()
        assert hourglass("train", "digits_autoencoder", "--resume", "first", "--epochs", 3, "--out", "second")[0] == 0
        assert (tmp_path / "first" / "weights.safetensors").read_bytes() == before
        assert len((tmp_path / "second" / "metrics.csv").read_text().splitlines()) == 2

    def test_settings_of_the_run_stay(self, hourglass, tmp_path):
        changed = ["--set", "training.learning_rate=0.01", "--seed", 9]
        hourglass("train", "digits_autoencoder", "--epochs", 3, "--out", "whole", *changed)
        hourglass("train", "digits_autoencoder", "--epochs", 1, "--out", "parts", *changed)
        hourglass("train", "digits_autoencoder", "--resume", "parts", "--epochs", 3)
        first, second = ((tmp_path / name / "weights.safetensors").read_bytes() for name in ("whole", "parts"))
        assert first == second

    def test_what_cannot_go_on_is_a_sentence(self, hourglass, tmp_path):
        hourglass("train", "digits_autoencoder", "--epochs", 1, "--out", "run")
        for words, wanted in (
            (["digits_softmax", "--resume", "run"], "another graph"),
            (["digits_autoencoder", "--resume", "run", "--set", "autoencoder1.units=3"], "keeps its parameters"),
            (["digits_autoencoder", "--resume", "run", "--seed", 5], "keeps its parameters"),
            (["digits_autoencoder", "--resume", "nowhere"], "checkpoint.safetensors cannot be used"),
        ):
            code, _, err = hourglass("train", *words)
            assert code == 2
            assert wanted in sentence(err)
        (tmp_path / "run" / "checkpoint.safetensors").write_bytes(b"spoiled")
        code, _, err = hourglass("train", "digits_autoencoder", "--resume", "run")
        assert code == 2
        assert "checkpoint.safetensors cannot be used" in sentence(err)

    def test_a_new_run_clears_what_an_old_one_left(self, hourglass, tmp_path):
        hourglass("train", "digits_autoencoder", "--epochs", 3, "--out", "run")
        hourglass("train", "xor_mlp", "--epochs", 1, "--out", "run")
        assert len((tmp_path / "run" / "metrics.csv").read_text().splitlines()) == 2
        assert hourglass("evaluate", "run")[0] == 0


class TestInterrupt:
    def test_ctrl_c_gives_130_and_a_checkpoint_that_goes_on(self, tmp_path):
        """A real process and a real signal, at an unknown step; going on gives the bytes of a run never stopped."""
        words = [sys.executable, "-c", "from engine.cli import main; main()", "train", "digits_autoencoder"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen([*words, "--epochs", "0", "--out", "run"], cwd=tmp_path, env=environment,
                                   stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        while "epoch 1" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "Traceback" not in err
        _, facts = read_latest(tmp_path / "run")
        assert json.loads((tmp_path / "run" / "run.json").read_text())["reason"] == "stopped"
        done = json.loads((tmp_path / "run" / "run.json").read_text())["epochs"] + 2
        assert facts["kind"] == "checkpoint"
        for more in (["--resume", "run", "--epochs", str(done)], ["--epochs", str(done), "--out", "whole"]):
            subprocess.run([*words, *more], cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=120)
        first, second = ((tmp_path / name / "weights.safetensors").read_bytes() for name in ("run", "whole"))
        assert first == second

    def test_ctrl_c_before_the_first_step_gives_130(self, hourglass, monkeypatch):
        def interrupted(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr(headless, "_watch", interrupted)
        code, out, _ = hourglass("train", "xor_mlp")
        assert (code, out) == (130, "")

    def test_the_handler_is_taken_down_again(self, hourglass):
        before = signal.getsignal(signal.SIGINT)
        hourglass("train", "xor_mlp", "--epochs", 1)
        assert signal.getsignal(signal.SIGINT) is before


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
        np.save(tmp_path / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
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
        assert hourglass("check", name) == (0, "", "")

    def test_problems_are_sentences_with_their_nodes(self, hourglass, tmp_path):
        document = Document({"dense1": Node("dense1", "dense", {"units": 0}), "x1": Node("x1", "densee")}, frozenset(),
                            {"learning_rate": -1})
        (tmp_path / "wrong.json").write_bytes(storage.dumps(document))
        code, out, err = hourglass("check", "wrong.json")
        assert (code, err) == (1, "")
        assert "error: dense1: Units must be" in out
        assert "error: x1: There is no node type “densee” here." in out
        assert "error: training.learning_rate: Learning rate must be" in out


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


class TestTheProgram:
    def test_help_of_every_command(self, hourglass):
        for command in ([], *([name] for name in cli.COMMANDS)):
            code, out, _ = hourglass(*command, "--help")
            assert code == 0
            assert "Usage: hourglass" in out

    def test_version(self, hourglass):
        assert hourglass("--version")[1].startswith("hourglass ")

    def test_headless_commands_import_no_qt_and_no_pandas(self, tmp_path):
        script = ("import sys; from app.__main__ import main\n"
                  "try: main(['train', 'digits_autoencoder', '--epochs', '1'])\n"
                  "except SystemExit as stop: assert not stop.code, stop.code\n"
                  "found = [name for name in sys.modules if name.split('.')[0] in "
                  "('PySide6', 'pyqtgraph', 'pandas', 'torch', 'onnx', 'sklearn')]\n"
                  "assert not found, found")
        subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
                       check=True, capture_output=True, timeout=120)

    def test_a_log_has_no_colours_and_few_lines(self, hourglass):
        _, _, err = hourglass("train", "xor_mlp")
        assert "\x1b" not in err
        assert 5 < len(err.splitlines()) < 20

    def test_two_files_are_wrong_usage(self):
        from app.__main__ import main

        with pytest.raises(SystemExit) as stop:
            main(["one.json", "two.json"])
        assert stop.value.code == 2
