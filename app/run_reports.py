"""What a run reports, as notices in words with what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app import numerals
from app.graph_model import GraphModel
from app.panels.notices import Answer, Notices
from app.training.controller import RunController
from engine import events
from graphs import edits
from graphs.language import tr
from graphs.problems import Problem

KERNELS = "kernels"  # whatever is being made ready


class RunReports(QObject):
    """Turns the controller's events into notices."""

    def __init__(self, model: GraphModel, controller: RunController, notices: Notices) -> None:
        super().__init__(notices)
        self.model, self.controller, self.notices = model, controller, notices
        controller.event.connect(self.take)
        controller.refused.connect(self.refuse)
        controller.state_changed.connect(self._state_changed)
        model.replaced.connect(self._forget)

    def take(self, event: events.Event) -> None:
        """Says what a user needs to know of an event."""
        match event:
            case events.Preparing(done, total) if total:
                stop = Answer(tr("Stop"), self.controller.stop)
                self.notices.progress(KERNELS, event.title, event.reached, done / total, (stop,))
            case events.Compiled():
                self.notices.withdraw(KERNELS)
                self.notices.withdraw("failed")
            case events.Diverged(node, step):
                self._say_diverged(node, step, event.found)
            case events.Failed(text, node):
                self.notices.withdraw(KERNELS)
                answers = (*(self._setting(*cure) for cure in event.cures), *self._show(node))[:3]
                self.notices.say("error", tr("The training cannot go on"), text, key="failed", answers=answers)
            case events.WorkerLost(text, checkpoint):
                self._say_lost(text, checkpoint)
            case events.GraphChanged(_, kept, total, only_data) if total and not only_data:
                title = tr("Kept {kept} of {total} weights while you edited", kept=kept, total=total)
                rest = tr("What did not fit starts anew.") if kept < total else tr("Training goes on where it was.")
                self.notices.say("ok", title, rest, key="graph changed")
            case events.StoppedEarly(_, epoch, _, best_epoch, best):
                title = tr("Stopped early, after {epoch} epochs", epoch=f"{epoch:,.4g}")
                rest = tr("The weights are those of epoch {best}: validation loss {loss}.", best=f"{best_epoch:,.4g}",
                          loss=f"{best:.4g}")  # fmt: skip
                self.notices.say("ok", title, rest, key="stopped early")
            case events.StageBegan(_, _, place, title):
                self.notices.say("info", tr("Stage {number}: {title}", number=place + 1, title=title), key="stage")
            case events.Note(text):
                self.notices.say("info", text)
            case events.Finished():
                self._say_finished(event)
            case _:
                pass

    def refuse(self, problem: Problem) -> None:
        """Run was asked for, but the graph has problems."""
        cures = [Answer(cure.text, lambda cure=cure: self.model.cure(cure)) for cure in problem.cures]
        place = problem.place.node or (problem.place.wire.target if problem.place.wire else "")
        answers = (*cures, *self._show(place))[:2]
        self.notices.say("error", tr("The graph cannot run yet"), problem.text, key="refused", answers=answers)

    def _label(self, node: str) -> str:
        found = self.model.document.nodes.get(node)
        return found.label if found else node

    def _setting(self, words: str, node: str, parameter: str, value: object) -> Answer:
        """A button that sets a parameter."""

        def cure() -> None:
            document = self.model.document
            if node in document.nodes:
                self.model.apply(words, edits.set_parameter(document, node, parameter, value))

        return Answer(words, cure)

    def _show(self, node: str) -> tuple[Answer, ...]:
        """A button that selects the node, if there is one."""
        if node not in self.model.document.nodes:
            return ()
        return (Answer(tr("Show {node}", node=self._label(node)), lambda: self.model.select({node})),)

    def _say_diverged(self, node: str, step: int, what: str) -> None:
        title = tr("{node} diverged in step {step}", node=self._label(node) or tr("The loss"), step=f"{step:,}")
        rest = tr("{what}. The last finite weights are kept.", what=what)
        rate = getattr(self.model.checked.training, "learning_rate", None)
        answers = self._show(node)
        if isinstance(rate, float | int):
            lower = float(f"{rate / 3:.2g}")
            words = tr("Learning rate {rate}", rate=numerals.typed(lower))
            answers = (Answer(words, lambda: self.controller.set_rate(lower)), *answers)
        self.notices.say("error", title, rest, key="diverged", answers=answers)

    def _say_lost(self, text: str, checkpoint: str) -> None:
        self.notices.withdraw(KERNELS)
        more = tr("Training can go on from the last checkpoint.") if checkpoint else tr("Training can start anew.")
        rest = tr("The graph is safe.") + " " + more
        words = tr("Go on from the checkpoint") if checkpoint else tr("Start anew")
        self.notices.say("error", text, rest, key="lost", answers=(Answer(words, self.controller.restart),))

    def _say_finished(self, event: events.Finished) -> None:
        if event.reason != "done":
            return
        shown = {"validation_loss": tr("validation loss"), "train_loss": tr("loss"),
                 "validation_accuracy": tr("validation accuracy"), "test_loss": tr("test loss"),
                 "test_accuracy": tr("test accuracy")}  # fmt: skip
        parts = []
        for name, words in shown.items():
            value = event.values.get(name)
            if value is not None and (name != "train_loss" or "validation_loss" not in event.values):
                parts.append(f"{words} {numerals.percent(value) if 'accuracy' in name else numerals.short(value)}")
        time_words = f"{numerals.short(event.seconds)} s" if event.seconds < 60 else numerals.duration(event.seconds)
        title = tr("Trained for {epochs} epochs in {time}", epochs=f"{event.epoch:,.0f}", time=time_words)
        self.notices.say("ok", title, " · ".join(parts), key="finished")

    def _state_changed(self, state: str) -> None:
        if state == "running":
            for key in ("refused", "diverged", "failed", "lost", "finished"):
                self.notices.withdraw(key)
        if state != "preparing":
            self.notices.withdraw(KERNELS)

    def _forget(self) -> None:
        """Another document: nothing that was said concerns it."""
        for key in ("refused", "diverged", "failed", "finished", "graph changed"):
            self.notices.withdraw(key)
