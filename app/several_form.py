"""What varies in several runs, as a form: up to two parameters with their values, seeds, bagging."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.fields import FieldInfo
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from app.graph_model import GraphModel
from app.numerals import typed
from app.panels.controls import Words
from app.panels.editors import ChoiceField, TextField
from app.panels.number_field import NumberField, Range
from engine.overrides import TRAINING, WrongOverride
from engine.several.plan import MOST, Axis, Plan, split_values
from graphs.language import tr
from graphs.spec import Parameters, field_extra

AXES = 2
KINDS = ("number", "whole", "choice", "switch")  # editors whose values can be written in a row
STEPS = (0.1, 0.3, 1.0, 3.0)  # times the present value of a parameter that goes by ratio


class SeveralForm(QWidget):
    """Reads and writes a plan. `edited` when it may have become another."""

    edited = Signal()

    def __init__(self, model: GraphModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = model
        self.places: list[ChoiceField] = []
        self.values: list[TextField] = []
        self.seeds = NumberField(Range(low=1, high=MOST, whole=True))
        self.members = NumberField(Range(low=0, high=MOST, whole=True))
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        for axis in range(AXES):
            self._add_axis(axis)
        self._add(tr("Seeds"), self.seeds, tr("How many seeds each value is trained with: the spread over them tells luck "
                                              "from merit."))
        self._add(tr("Bagging"), self.members, tr("So many networks, each trained on a bootstrap sample of its own, to be "
                                                  "averaged. 0: none."))
        for field in (self.seeds, self.members):
            field.edited.connect(lambda _: self.edited.emit())
        self.show_plan(Plan())

    def _add(self, words: str, editor: QWidget, tip: str) -> None:
        row = self._grid.rowCount()
        label = Words(words, role="quiet")
        label.setToolTip(tip)
        editor.setToolTip(tip)
        editor.setAccessibleName(words)
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(editor, row, 1)

    def _add_axis(self, axis: int) -> None:
        place, values = ChoiceField({}), TextField()
        self._add(tr("What varies") if axis == 0 else tr("And also"), place, tr("A parameter of a node, or a training setting"))
        self._add(tr("Values"), values, tr("The values it takes, with commas between them"))
        place.edited.connect(lambda _: self._suggest(axis))
        values.edited.connect(lambda _: self.edited.emit())
        self.places.append(place)
        self.values.append(values)

    # what it offers

    def refresh(self) -> None:
        """The graph or the selection is another: what is offered follows, what is chosen stays where it still can."""
        offered = {"": tr("Nothing"), **self.offers()}
        for field in self.places:
            chosen = field.currentData() or ""
            field.blockSignals(True)
            field.clear()
            for key, words in {**offered, chosen: offered.get(chosen, chosen)}.items():
                field.addItem(words, key)
            field.show_value(chosen)
            field.blockSignals(False)

    def offers(self) -> dict[str, str]:
        """What can vary: parameters of the selected nodes, training settings, parameters of the others."""
        model = self.model
        nodes = sorted(model.document.nodes, key=lambda key: key not in model.selection)
        found: dict[str, str] = {}
        for key in [key for key in nodes if key in model.selection] + [TRAINING] + [
                key for key in nodes if key not in model.selection]:
            kind, given, label = self._subject(key)
            for name, info in offered_fields(kind, given):
                found[f"{key}.{name}"] = f"{label} · {tr(info.title or name)}"
        return found

    def _subject(self, key: str) -> tuple[type[Parameters] | None, Mapping[str, Any], str]:
        document, catalog = self.model.document, self.model.catalog
        if key == TRAINING:
            return catalog.training, document.training, tr("Training")
        node = document.nodes[key]
        return catalog.get(node.type), node.parameters, node.label

    def _suggest(self, axis: int) -> None:
        place = str(self.places[axis].currentData() or "")
        self.values[axis].setEnabled(bool(place))
        self.values[axis].show_value(", ".join(self._values_of(place)) if place else "")
        self.edited.emit()

    def _values_of(self, place: str) -> list[str]:
        key, _, name = place.partition(".")
        kind, given, _ = self._subject(key)
        return suggested(kind.model_fields[name], given.get(name, kind.default(name, given))) if kind else []

    # what it says

    def plan(self) -> Plan:
        """The plan as it stands. Raises `WrongOverride` for an axis without values."""
        axes = []
        for place, values in zip(self.places, self.values, strict=True):
            if place.currentData():
                found = split_values(values.text())
                if not found:
                    raise WrongOverride(tr("{place} is given no values to take.", place=place.currentText()))
                axes.append(Axis(str(place.currentData()), found))
        return Plan(tuple(axes), int(self.seeds.value()), int(self.members.value()))  # type: ignore[call-overload]

    def plan_is_empty(self) -> bool:
        """Whether nothing has been filled in yet."""
        return not any(place.currentData() for place in self.places) and self.seeds.value() == 1 and not self.members.value()

    def show_plan(self, plan: Plan) -> None:
        """Fills the form."""
        self.refresh()
        for axis, (place, values) in enumerate(zip(self.places, self.values, strict=True)):
            given = plan.axes[axis] if axis < len(plan.axes) else Axis("", ())
            if place.findData(given.place) < 0:  # a plan may name what is not offered, such as a text
                place.addItem(given.place, given.place)
            place.show_value(given.place)
            values.show_value(", ".join(given.values))
            values.setEnabled(bool(given.place))
        self.seeds.show_value(plan.seeds)
        self.members.show_value(plan.bagging)
        self.edited.emit()

    def commit(self) -> None:
        """Takes over what is half typed."""
        for field in (*self.values, self.seeds, self.members):
            field.commit()


def offered_fields(kind: type[Parameters] | None, given: Mapping[str, Any]) -> Iterator[tuple[str, FieldInfo]]:
    """The parameters that can vary: those with values that can be written in a row, as far as they count now."""
    for name, info in kind.model_fields.items() if kind else ():
        extra = field_extra(info)
        shown = extra.get("shown_if") or {}
        counts = all(given.get(other, kind.default(other, given)) in allowed for other, allowed in shown.items())
        if extra.get("widget") in KINDS and counts and name != "seed":
            yield name, info


def suggested(info: FieldInfo, now: Any) -> list[str]:
    """Values to begin with: every choice, or numbers around the present one."""
    extra = field_extra(info)
    widget = extra.get("widget")
    if widget == "choice":
        return list(extra.get("options", {}))
    if widget == "switch":
        return ["false", "true"]
    number = float(now) if isinstance(now, int | float) else 0.0
    if widget == "whole":
        return [str(value) for value in sorted({max(1, int(number) // 2), int(number), 2 * int(number), 4 * int(number)})]
    return [typed(number * step) for step in STEPS] if number > 0 else ["0", "0.0001", "0.001", "0.01"]
