"""Problems in a list with their cures, in the status bar, and notices about runs."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from app.graph_model import GraphModel
from app.panels.controls import CureButton
from app.panels.notices import Answer, Notices
from app.panels.problems import ProblemList, count_words, worst
from app.panels.status_bar import StatusBar, byte_words
from app.run_reports import RunReports
from app.training.controller import RunController
from engine import events
from engine.nodes import CATALOG
from graphs import edits
from graphs.problems import Severity
from tests.app.window_kit import StillEngine, autoencoder


@pytest.fixture
def model():
    made = GraphModel(CATALOG)
    made.open(autoencoder())
    return made


@pytest.fixture
def problems(qtbot, model):
    made = ProblemList(model)
    qtbot.addWidget(made)
    made.resize(440, 400)
    made.show()
    return made


def break_units(model):
    model.apply("units", edits.set_parameter(model.document, "dense1", "units", 12))


def test_the_list_follows_the_checks(model, problems):
    assert problems.problem_rows() == []
    assert problems.title.text() == "No problems"
    break_units(model)
    assert [row.problem for row in problems.problem_rows()] == list(model.checked.problems)
    assert problems.title.text() == count_words(model.checked.problems)
    model.stack.undo()
    assert problems.problem_rows() == []


def test_a_cure_is_one_click_and_can_be_undone(model, problems, qtbot):
    break_units(model)
    button = problems.problem_rows()[0].findChildren(CureButton)[0]
    assert "10" in button.text()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert model.document.nodes["dense1"].parameters["units"] == 10
    assert not model.checked.errors
    model.stack.undo()
    assert model.document.nodes["dense1"].parameters["units"] == 12


def test_a_click_or_enter_selects_the_node(model, problems, qtbot):
    model.apply("units", edits.set_parameter(model.document, "code1", "units", 0))
    QApplication.processEvents()
    row = next(row for row in problems.problem_rows() if row.problem.place.parameter == "units")
    with qtbot.waitSignal(problems.node_wanted) as wanted:
        QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    assert wanted.args == ["code1"]
    assert model.selection == {"code1"}
    model.select(())
    QTest.keyClick(row, Qt.Key.Key_Return)
    assert model.selection == {"code1"}


def test_words_for_counts(model):
    assert count_words(()) == ""
    break_units(model)
    (problem,) = model.checked.errors
    assert count_words((problem,)) == "1 problem"
    assert count_words((problem, problem)) == "2 problems"
    assert worst((problem,)) is Severity.ERROR
    assert worst(()) is None


def test_the_status_bar_counts(qtbot, model):
    bar = StatusBar()
    qtbot.addWidget(bar)
    bar.resize(1200, 25)
    bar.show()
    assert bar.problems.text() == "No problems"
    break_units(model)
    bar.problems.show_problems(model.checked.problems)
    assert bar.problems.text().startswith("1 problem")
    bar.show_watching(0.031)
    assert bar.watching.text() == "Watching costs 3.1 % of 5 %"
    bar.show_watching(None)
    assert bar.watching.isHidden()
    bar.show_network(5610, 1_200_000, 2)
    assert bar.parameters.text() == "5,610 parameters · 1.2 MB"
    assert bar.threads.text() == "float32 · 2 threads"
    with qtbot.waitSignal(bar.problems_clicked):
        bar.problems.click()


def test_sizes_in_words():
    assert [byte_words(size) for size in (999, 1500, 2_500_000, 3e12)] == ["999 B", "2 kB", "2.5 MB", "3000.0 GB"]


@pytest.fixture
def notices(qtbot, model):
    from PySide6.QtWidgets import QWidget

    over = QWidget()
    qtbot.addWidget(over)
    over.resize(900, 600)
    over.show()
    return Notices(over)


def titles(notices):
    return [card.title.text() for card in notices.cards()]


def test_notices_of_one_matter_take_each_others_place(notices):
    notices.say("info", "First", key="a")
    notices.say("warn", "Second", key="a")
    notices.say("ok", "Third")
    assert titles(notices) == ["Second", "Third"]
    notices.cards()[0].dismiss()
    assert titles(notices) == ["Third"]
    notices.withdraw("Third")
    assert not notices.isVisible()


def test_notices_stay_inside_and_do_not_cover_each_other(notices):
    for word in ("one", "two", "three"):
        notices.say("error", f"A long title that says {word} " * 3, "And a longer text beneath it. " * 4)
    QApplication.processEvents()
    areas = [card.geometry() for card in notices.cards()]
    assert all(not a.intersects(b) for a in areas for b in areas if a is not b)
    assert notices.geometry().right() <= notices.parentWidget().width() - 16
    for card in notices.cards():
        for label in card.findChildren(QLabel):
            needed = label.heightForWidth(label.width()) if label.wordWrap() else 0
            assert label.height() >= needed


def test_an_answer_does_what_it_says_and_the_card_goes(notices, qtbot):
    done = []
    card = notices.say("warn", "Question", answers=(Answer("Yes", lambda: done.append("yes")),
                                                    Answer("No", lambda: done.append("no"))))  # fmt: skip
    buttons = [button for button in card.findChildren(QPushButton) if button.text() == "No"]
    qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    assert done == ["no"]
    assert titles(notices) == []


@pytest.fixture
def reports(model, notices):
    return RunReports(model, RunController(model, engine=StillEngine()), notices)


def test_preparing_kernels_is_seen_and_goes_away(reports, notices):
    reports.take(events.Preparing(12, 31))
    (card,) = notices.cards()
    assert card.title.text() == "Preparing kernels, once per machine"
    assert card.text.text() == "12 of 31"
    assert card.share == pytest.approx(12 / 31)
    reports.take(events.Preparing(13, 31))
    assert len(notices.cards()) == 1
    reports.take(events.Compiled(events.RunInfo()))
    assert notices.cards() == []


def test_reading_is_seen_and_can_be_stopped(reports, notices, qtbot):
    reports.controller.start()
    reports.take(events.Preparing(1, 4, "Reading big.csv"))
    (card,) = notices.cards()
    assert (card.title.text(), card.text.text()) == ("Reading big.csv", "25 %")
    reports.take(events.Preparing(0, 9))
    assert notices.cards() == [card]
    assert (card.title.text(), card.text.text()) == ("Preparing kernels, once per machine", "0 of 9")
    qtbot.mouseClick(next(b for b in card.findChildren(QPushButton) if b.text() == "Stop"), Qt.MouseButton.LeftButton)
    assert reports.controller.engine.words()[-1] == "stop"
    reports.controller.close()


def test_what_reading_found_can_be_cured_by_a_click(reports, notices, model, qtbot):
    cures = (("Set units to 3", "dense1", "units", 3),)
    reports.take(events.Failed("Row 9 has no value.", "dense1", "units", cures))
    (card,) = notices.cards()
    qtbot.mouseClick(next(b for b in card.findChildren(QPushButton) if b.text() == "Set units to 3"),
                     Qt.MouseButton.LeftButton)
    assert model.document.nodes["dense1"].parameters["units"] == 3
    model.stack.undo()
    assert model.document.nodes["dense1"].parameters.get("units") != 3


def test_divergence_names_the_node_and_offers_a_lower_rate(reports, notices, model, qtbot):
    event = events.Diverged("dense1", 1204, "gradient")
    reports.take(event)
    (card,) = notices.cards()
    assert card.title.text() == "dense1 diverged in step 1,204"
    assert event.found in card.text.text()
    button = next(b for b in card.findChildren(QPushButton) if b.text() == "Learning rate 0.001")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert model.document.training["learning_rate"] == 0.001


def test_a_lost_worker_is_said_and_can_be_restarted(reports, notices, qtbot):
    reports.take(events.WorkerLost("The training process has ended.", "checkpoint"))
    (card,) = notices.cards()
    assert "The graph is safe." in card.text.text()
    button = next(b for b in card.findChildren(QPushButton) if b.text() == "Go on from the checkpoint")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert reports.controller.engine.words() == ["restart"]


def test_refusing_to_run_offers_the_cure(reports, notices, model, qtbot):
    break_units(model)
    reports.refuse(model.checked.errors[0])
    (card,) = notices.cards()
    qtbot.mouseClick(card.findChildren(CureButton)[0], Qt.MouseButton.LeftButton)
    assert not model.checked.errors


def test_the_end_of_a_run_is_told_with_its_figures(reports, notices):
    reports.take(events.Finished(4500, 100.0, 15.04, "done", {"train_loss": 0.2, "validation_accuracy": 0.97}))
    (card,) = notices.cards()
    assert card.title.text() == "Trained for 100 epochs in 15.0 s"
    assert card.text.text() == "loss 0.200 · validation accuracy 97 %"
    reports.take(events.Finished(10, 0.5, 1.0, "stopped"))
    assert len(notices.cards()) == 1


def test_edits_while_training_tell_what_was_kept(reports, notices):
    reports.take(events.GraphChanged(100, 3, 4))
    reports.take(events.Failed("There is not enough memory", "code1"))
    assert titles(notices) == ["Kept 3 of 4 weights while you edited", "The training cannot go on"]
    reports.model.replaced.emit()
    assert titles(notices) == []


def test_a_graph_that_compiles_withdraws_the_failure_before_it(reports, notices):
    reports.take(events.Failed("There is not enough memory", "code1"))
    reports.take(events.Compiled(events.RunInfo()))
    assert titles(notices) == []
