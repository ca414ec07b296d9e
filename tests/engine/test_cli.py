"""The command line trains: runs on disk, one sentence for each error, runs taken up again, Ctrl+C."""

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

from engine import cli
from engine.checkpoint import read_latest
from engine.training import Training
from graphs import storage
from graphs.document import Document, Node
from tests.engine.command_line import sentence
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
RESULT = ("graph", "epochs", "steps", "seconds", "train_loss", "validation_loss", "accuracy", "mean_squared_error")


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
        assert "is not finite: code, step " in err
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
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 130
        assert "Traceback" not in err
        _, facts = read_latest(tmp_path / "run")
        assert json.loads((tmp_path / "run" / "run.json").read_text())["reason"] == "stopped"
        done = json.loads((tmp_path / "run" / "run.json").read_text())["epochs"] + 2
        assert facts["kind"] == "checkpoint"
        for more in (["--resume", "run", "--epochs", str(done)], ["--epochs", str(done), "--out", "whole"]):
            subprocess.run([*words, *more], cwd=tmp_path, env=environment, check=True, capture_output=True,
                           timeout=PATIENCE)
        first, second = ((tmp_path / name / "weights.safetensors").read_bytes() for name in ("run", "whole"))
        assert first == second

    def test_ctrl_c_before_the_first_step_gives_130(self, hourglass, tmp_path, monkeypatch):
        prepare = Training.prepare

        def interrupted(training):
            for event in prepare(training):
                signal.raise_signal(signal.SIGINT)
                yield event

        monkeypatch.setattr(Training, "prepare", interrupted)
        code, out, _ = hourglass("train", "xor_mlp")
        assert (code, out) == (130, "")
        assert not list(tmp_path.iterdir())

    def test_a_second_ctrl_c_ends_the_program_at_once_and_still_saves(self, hourglass, tmp_path, monkeypatch):
        def impatient(training, **_):
            yield from training.end("stopped")
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            raise AssertionError("the second signal does not come back")

        monkeypatch.setattr(Training, "advance", impatient)
        assert hourglass("train", "xor_mlp", "--out", "run")[0] == 130
        assert read_latest(tmp_path / "run")[1]["kind"] == "checkpoint"

    def test_the_handler_is_taken_down_again(self, hourglass):
        before = signal.getsignal(signal.SIGINT)
        hourglass("train", "xor_mlp", "--epochs", 1)
        assert signal.getsignal(signal.SIGINT) is before


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
                       check=True, capture_output=True, timeout=PATIENCE)

    def test_a_log_has_no_colours_and_few_lines(self, hourglass):
        _, _, err = hourglass("train", "xor_mlp")
        assert "\x1b" not in err
        assert 5 < len(err.splitlines()) < 20

    def test_two_files_are_wrong_usage(self):
        from app.__main__ import main

        with pytest.raises(SystemExit) as stop:
            main(["one.json", "two.json"])
        assert stop.value.code == 2

    def test_without_a_display_the_window_is_refused_in_words(self, monkeypatch, capsys):
        from app.__main__ import main

        for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(sys, "platform", "linux")
        with pytest.raises(SystemExit) as stop:
            main([])
        assert stop.value.code == 2
        assert "no display" in sentence(capsys.readouterr().err)
