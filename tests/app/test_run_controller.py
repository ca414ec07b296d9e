"""The controller between document, engine and views: what it sends when, its states, its timer, a process that dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from pathlib import Path

import pytest

from app.graph_model import GraphModel
from app.training.controller import FRAME_MS, IDLE_MS, RunController
from app.training.run_names import run_title
from engine import events
from engine.commands import LookAround, Probe
from engine.frames import Frame
from engine.nodes import CATALOG
from engine.remote import Engine
from engine.shared_memory import Status
from engine.telemetry import Series
from graphs import edits, gallery, storage
from graphs.document import Document, Node, Wire


class FakeEngine:
    """Notes what it is told; answers what a test puts into `answers`."""

    def __init__(self) -> None:
        self.told: list[tuple] = []
        self.answers: list[events.Event] = []
        self.alive = True
        self.status = Status()
        self.history, self.newest = Series(), None

    def poll(self) -> list[events.Event]:
        answers, self.answers = self.answers, []
        return answers

    def steps(self) -> Series:
        return self.history

    def epochs(self) -> Series:
        return self.history

    def frame(self) -> Frame | None:
        return self.newest

    def look_around(self, order: LookAround) -> None:
        self.told.append(("look_around", order))

    def probe(self, sample: Probe) -> None:
        self.told.append(("probe", sample))

    def watch(self, keys: Iterable[str]) -> None:
        self.told.append(("watch", *keys))

    def load(self, document: bytes, folder: Path | None = None, keep_weights: bool = True) -> None:
        self.told.append(("load", storage.loads(document), keep_weights))

    def __getattr__(self, name: str):
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *values: self.told.append((name, *values))

    def names(self) -> list[str]:
        return [entry[0] for entry in self.told]


GRAPH = Document(
    nodes={"digits1": Node("digits1", "digits"), "dense1": Node("dense1", "dense", {"units": 10}),
           "loss1": Node("loss1", "cross_entropy")},
    wires=frozenset({Wire("digits1", "pixels", "dense1", "x"), Wire("dense1", "y", "loss1", "prediction"),
                     Wire("digits1", "label", "loss1", "label")}),
)  # fmt: skip


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def model(qapp) -> GraphModel:
    model = GraphModel(CATALOG)
    model.open(GRAPH)
    assert not model.checked.errors
    return model


@pytest.fixture
def controller(model: GraphModel, engine: FakeEngine):
    controller = RunController(model, engine=engine)
    controller.start()
    yield controller
    controller.close()


def say(controller: RunController, *answers: events.Event) -> None:
    controller.engine.answers += answers
    controller.tick()


def test_it_starts_the_process_and_sends_the_graph_without_old_weights(controller: RunController) -> None:
    assert controller.engine.names() == ["start", "set_pace", "load"]
    assert controller.engine.told[1] == ("set_pace", "lesson")
    assert controller.engine.told[2] == ("load", GRAPH, False)


def test_states_are_those_of_the_engine(controller: RunController) -> None:
    seen: list[str] = []
    controller.state_changed.connect(seen.append)
    say(controller, events.StateChanged("preparing"), events.StateChanged("idle"))
    controller.toggle()
    say(controller, events.StateChanged("running", 0, 0.0))
    controller.toggle()
    say(controller, events.StateChanged("paused", 7, 0.1), events.StateChanged("paused", 8, 0.1))
    say(controller, events.StateChanged("running", 8, 0.1), events.Finished(90, 2.0, 1.0, "done"),
        events.StateChanged("finished", 90, 2.0))
    assert seen == ["preparing", "idle", "running", "paused", "running", "finished"]
    assert controller.engine.names()[3:] == ["run", "pause"]


def test_moving_a_node_is_nothing_to_the_engine(controller: RunController, model: GraphModel, qtbot) -> None:
    sent = len(controller.engine.told)
    model.apply("Move", edits.move(model.document, {"dense1": (300.0, 40.0)}))
    model.apply("Rename", edits.rename(model.document, "dense1", "answer"))
    controller.send_graph()
    assert len(controller.engine.told) == sent


def test_edits_are_sent_together_and_keep_weights(controller: RunController, model: GraphModel, qtbot) -> None:
    sent = len(controller.engine.told)
    model.apply("Activation", edits.set_parameter(model.document, "dense1", "activation", "softmax"))
    model.apply("Batch", edits.set_training(model.document, "batch_size", 64))
    assert len(controller.engine.told) == sent, "not at once"
    qtbot.waitUntil(lambda: len(controller.engine.told) > sent)
    assert controller.engine.told[sent:] == [("load", model.document, True)]


def test_undo_is_an_edit_like_any_other(controller: RunController, model: GraphModel) -> None:
    model.apply("Batch", edits.set_training(model.document, "batch_size", 64))
    controller.send_graph()
    model.stack.undo()
    controller.send_graph()
    assert controller.engine.told[-1] == ("load", GRAPH, True)


def test_a_graph_with_problems_is_not_sent_and_the_last_good_one_goes_on(controller: RunController,
                                                                         model: GraphModel) -> None:
    sent = len(controller.engine.told)
    model.apply("Cut", edits.disconnect(model.document, [Wire("digits1", "pixels", "dense1", "x")]))
    controller.send_graph()
    assert controller.stale
    assert len(controller.engine.told) == sent
    refused: list[object] = []
    controller.refused.connect(refused.append)
    controller.run()
    assert "run" not in controller.engine.names()
    assert refused == [model.checked.errors[0]]
    model.stack.undo()
    controller.run()
    assert not controller.stale
    assert controller.engine.names()[sent:] == ["run"], "the graph is the one that the engine has"


def test_the_learning_rate_changes_at_once_without_a_new_graph(controller: RunController, model: GraphModel) -> None:
    sent = len(controller.engine.told)
    controller.set_rate(0.1)
    assert controller.engine.told[sent:] == [("set_rate", 0.1)]
    assert model.document.training["learning_rate"] == 0.1
    model.stack.undo()
    controller.send_graph()
    assert controller.engine.told[-1] == ("set_rate", 0.003)


def test_a_new_seed_is_an_edit_that_can_be_undone(controller: RunController, model: GraphModel) -> None:
    sent = len(controller.engine.told)
    controller.new_seed(5)
    assert model.document.training["seed"] == 5
    assert controller.engine.names()[sent:] == ["load", "set_seed"]
    assert controller.engine.told[-1] == ("set_seed", None), "the document's own"
    controller.new_seed()
    assert model.document.training["seed"] != 5
    model.stack.undo()
    controller.send_graph()
    assert model.document.training["seed"] == 5
    assert controller.engine.names()[-2:] == ["load", "set_seed"]


def test_another_document_starts_from_nothing(controller: RunController, model: GraphModel) -> None:
    say(controller, events.Compiled(events.RunInfo()), events.StateChanged("running", 3, 0.1))
    other = edits.set_parameter(GRAPH, "dense1", "activation", "softmax")
    model.open(other)
    assert controller.feed.run is None
    assert controller.state == "idle"
    assert controller.engine.told[-2:] == [("stop",), ("load", other, False)]


def test_30_times_a_second_only_while_something_moves(controller: RunController, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1e6]
    monkeypatch.setattr("app.training.controller.time.monotonic", lambda: now[0])
    say(controller, events.StateChanged("running", 0, 0.0))
    assert controller._timer.interval() == FRAME_MS
    say(controller, events.StateChanged("paused", 5, 0.1))
    assert controller._timer.interval() == IDLE_MS
    controller.feed.show_run(events.RunInfo())
    controller.feed.watch("a", {"output:dense1/y"})
    assert controller._timer.interval() == FRAME_MS, "a frame is coming"
    now[0] += 2
    controller.tick()
    assert controller._timer.interval() == IDLE_MS


def test_views_are_told_only_when_there_is_something_new(controller: RunController) -> None:
    say(controller, events.Compiled(events.RunInfo(epochs=9)))
    moved: list[int] = []
    controller.feed.moved.connect(lambda: moved.append(1))
    for _ in range(3):
        controller.tick()
    assert moved == []
    controller.engine.status = Status(step=4, epoch=0.2, steps_per_second=10.0, seconds_left=3.0)
    controller.tick()
    controller.tick()
    assert len(moved) == 1
    assert (controller.feed.status.step, controller.feed.status.epochs) == (4, 9)
    controller.engine.newest = Frame(4, 0.2, {})
    controller.tick()
    assert len(moved) == 2


def test_a_dead_process_is_told_and_started_again(controller: RunController) -> None:
    say(controller, events.Compiled(events.RunInfo()), events.StateChanged("running", 3, 0.1))
    heard: list[events.Event] = []
    controller.event.connect(heard.append)
    say(controller, events.WorkerLost("It has ended.", "checkpoint.safetensors"))
    assert controller.state == "failed"
    assert controller.lost is not None
    assert heard == [controller.lost]
    assert controller.feed.run is not None, "what was drawn stays"
    sent = len(controller.engine.told)
    controller.pause()
    controller.set_pace(10.0)
    assert len(controller.engine.told) == sent, "nobody is there to hear"
    controller.restart()
    assert controller.engine.told[sent:] == [("restart",)]
    assert controller.lost is None
    say(controller, events.StateChanged("paused", 2, 0.1))
    assert controller.state == "paused"


def test_run_after_a_death_starts_the_process_first(controller: RunController) -> None:
    say(controller, events.WorkerLost("It has ended."))
    sent = len(controller.engine.told)
    controller.run()
    assert controller.engine.names()[sent:] == ["restart", "run"]


def test_edits_made_while_the_process_is_dead_reach_the_new_one(controller: RunController, model: GraphModel) -> None:
    say(controller, events.WorkerLost("It has ended."))
    model.apply("Batch", edits.set_training(model.document, "batch_size", 64))
    controller.send_graph()
    controller.run()
    assert controller.engine.names()[-3:] == ["restart", "load", "run"]
    assert controller.engine.told[-2][1] == model.document


def test_divergence_is_kept_for_the_views_until_the_next_run(controller: RunController) -> None:
    say(controller, events.Diverged("dense1", 12, "weight"))
    assert controller.feed.diverged == events.Diverged("dense1", 12, "weight")
    controller.reset()
    assert controller.feed.diverged is None


def test_runs_are_named_by_what_was_changed(controller: RunController, model: GraphModel) -> None:
    controller.run()
    assert controller.feed.title == "Run 1"
    controller.pause()
    controller.run()
    assert controller.feed.title == "Run 1", "going on is no new run"
    controller.reset()
    controller.set_rate(0.1)
    controller.run()
    assert controller.feed.title == "Learning rate 0.1"


@pytest.mark.parametrize(("change", "title"), [
    (lambda doc: doc, "Run 3"),
    (lambda doc: edits.set_parameter(doc, "dense1", "units", 8), "dense1 Units 8"),
    (lambda doc: edits.set_training(doc, "optimizer", "sgd"), "SGD"),
    (lambda doc: edits.set_parameter(doc, "dense1", "bias", False), "dense1 Bias off"),
    (lambda doc: edits.add_node(doc, Node("drop1", "dropout")), "+ Dropout"),
    (lambda doc: edits.remove(doc, ["dense1"]), "− Dense"),
    (lambda doc: edits.set_training(edits.set_training(edits.set_training(doc, "epochs", 5), "seed", 2),
                                    "batch_size", 8), "Epochs 5 · Seed 2 +1"),
])  # fmt: skip
def test_titles_of_runs(change, title: str) -> None:
    assert run_title(3, GRAPH, change(GRAPH), CATALOG) == title


def test_a_killed_process_is_survived_and_goes_on_from_its_checkpoint(qtbot, tmp_path: Path) -> None:
    """The real engine: SIGKILL in mid-run; the document and the views live, and training goes on where it was saved."""
    model = GraphModel(CATALOG)
    model.open(storage.load(gallery.path("digits_autoencoder")))
    controller = RunController(model, engine=Engine(tmp_path / "run"))
    saved: list[int] = []
    controller.event.connect(lambda event: saved.append(event.step) if isinstance(event, events.CheckpointSaved) else None)
    try:
        controller.start()
        controller.run()
        qtbot.waitUntil(lambda: len(saved) >= 1 and controller.feed.status.step > saved[-1])
        os.kill(controller.engine.pid, signal.SIGKILL)
        qtbot.waitUntil(lambda: controller.lost is not None)
        assert controller.state == "failed"
        assert len(controller.feed.steps()) > 0
        controller.restart()
        qtbot.waitUntil(lambda: controller.state == "paused")
        assert controller.feed.status.step == saved[-1]
        controller.run()
        qtbot.waitUntil(lambda: controller.feed.status.step > saved[-1] + 10)
    finally:
        controller.close()


def test_an_empty_graph_is_not_sent_and_cannot_be_run(qtbot, tmp_path) -> None:
    engine, model = FakeEngine(), GraphModel(CATALOG)
    controller = RunController(model, engine=engine)
    controller.start()
    refused: list[object] = []
    controller.refused.connect(refused.append)
    controller.run()
    assert not {"load", "run"} & set(engine.names())
    assert [problem.code for problem in refused] == ["nothing_to_train"]
    controller.close()
