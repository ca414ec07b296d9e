"""What a headless run shows while it goes on."""

import io

import pytest
from rich.console import Console

from engine.events import Compiled, Diverged, EpochDone, Note, Preparing, RunInfo
from engine.progress import LOG_LINES, ProgressView, all_figures, main_figures

VALUES = {"train_loss": 0.25, "validation_loss": 0.5, "train_accuracy": 0.9, "validation_accuracy": 0.8}


def shown(*reported, terminal, **environment):
    """Everything that a console was told."""
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=80, _environ=environment)
    with ProgressView(console) as view:
        for event in reported:
            view.show(event)
            view._bar.refresh()
    return text.getvalue()


def run(epochs, done):
    return [Preparing(0, 2), Preparing(2, 2), Compiled(RunInfo(epochs=epochs)),
            *(EpochDone(epoch, 10 * epoch, VALUES) for epoch in range(1, done + 1))]


def test_a_log_has_a_line_now_and_then_and_the_last_epoch():
    lines = shown(*run(1000, 1000), terminal=False).splitlines()
    assert len(lines) == LOG_LINES
    assert lines[-1] == ("epoch 1000 / 1000  train_loss 0.25  validation_loss 0.5  train_accuracy 0.9  "
                         "validation_accuracy 0.8")
    assert len(shown(*run(3, 3), terminal=False).splitlines()) == 3
    assert len(shown(*run(0, 1000), terminal=False).splitlines()) == 1


def test_a_terminal_has_a_bar_that_fits():
    said = shown(*run(20, 7), terminal=True)
    assert "Preparing kernels, once per machine" in said
    assert "2 of 2" in said
    assert "7 / 20" in said
    assert "loss 0.25 / 0.5  accuracy 0.8" in said
    assert "…" not in said


def test_reading_has_a_bar_of_its_own_and_a_line_in_a_log_when_it_takes_long(monkeypatch):
    reading = [Preparing(10, 40, "Reading big.csv"), Preparing(20, 40, "Reading big.csv")]
    said = shown(*reading, *run(20, 7), terminal=True)
    assert "Reading big.csv" in said
    assert "50 %" in said
    assert "2 of 2" in said
    assert shown(*reading, terminal=False) == ""
    monkeypatch.setattr("engine.progress.PATIENCE", -1.0)
    assert shown(*reading, *run(20, 0), terminal=False) == (
        "Reading big.csv: 25 %\nPreparing kernels, once per machine: 0 of 2\n")


def test_an_endless_run_counts_on():
    assert "loss 0.25 / 0.5" in shown(*run(0, 7), terminal=True)


def test_no_color_is_honoured():
    assert "\x1b[3" in shown(*run(20, 7), terminal=True, TERM="xterm-256color")
    assert "\x1b[3" not in shown(*run(20, 7), terminal=True, TERM="xterm-256color", NO_COLOR="1")


@pytest.mark.parametrize("terminal", [False, True])
def test_notes_and_divergence_are_said(terminal):
    said = shown(*run(5, 1), Note("The data are not those."), Diverged("dense1", 12, "gradient"), terminal=terminal)
    assert "The data are not those." in said
    assert "A gradient is not finite: dense1, step 12." in said


def test_figures_in_words():
    assert all_figures({**VALUES, "train_loss/loss1": 1.0}).count("train_loss") == 1
    assert main_figures({"train_loss": 0.001, "train_mean_squared_error": 0.00123}) == "loss 0.001  error 0.00123"
    assert main_figures({}) == ""
