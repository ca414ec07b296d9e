"""A form derived from parameters: one row each, with label, editor, reset, and the problems in words beneath."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic.fields import FieldInfo
from PySide6.QtCore import QSize, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app import theme
from app.panels.controls import CureButton, Disclosure, IconButton, IconLabel, Words, widest
from app.panels.editors import (
    ChoiceField,
    ColumnsField,
    FileField,
    Surroundings,
    SwitchField,
    is_symbol,
    make_editor,
    range_of,
)
from app.panels.hand_field import HandField
from graphs.language import marked, tr
from graphs.problems import Problem, Severity
from graphs.spec import Parameters, field_extra

LABEL, LABEL_MOST = 104, 160  # pixels: the usual width, and where labels begin to wrap
WIDEST = 16777215  # Qt's word for no limit
FIELD = 88  # a number field is never narrower
MARKS = {Severity.ERROR: "error", Severity.WARNING: "warn", Severity.NOTE: ""}


class Trouble(QWidget):
    """A problem beside its field: sign, sentence, and a button for each cure."""

    cured = Signal(object)  # Cure

    def __init__(self, problem: Problem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        role = {Severity.ERROR: "error", Severity.WARNING: "warn", Severity.NOTE: "quiet"}[problem.severity]
        sign, token = {"error": ("error", "error"), "warn": ("warning", "warn"), "quiet": ("info", "info")}[role]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 2, 0, 2)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        words = Words(problem.text, px=12, weight=500, role=role, wrap=True)
        words.setToolTip(problem.why)
        grid.addWidget(IconLabel(sign, token, 14), 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(words, 0, 1)
        for row, cure in enumerate(problem.cures, start=1):
            button = CureButton(cure.text, "error" if role == "error" else "warn" if role == "warn" else "")
            button.clicked.connect(lambda _=False, cure=cure: self.cured.emit(cure))
            grid.addWidget(button, row, 0, 1, 2, Qt.AlignmentFlag.AlignLeft)


class Row(QWidget):
    """One parameter."""

    edited = Signal(str, object)
    reset = Signal(str)
    cured = Signal(object)

    def __init__(self, name: str, info: FieldInfo, around: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.info, self.extra = name, info, field_extra(info)
        self.default: Any = info.default  # the value that counts where none is set
        self._shown: tuple[Problem, ...] = ()
        self.label = Words(self.title(), role="quiet", wrap=True)
        self.editor: Any = make_editor(name, info, around)
        self.under = QVBoxLayout()
        self.under.setContentsMargins(0, 0, 0, 0)
        self.under.setSpacing(2)
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setHorizontalSpacing(8)
        self.grid.setVerticalSpacing(2)
        self.always_wide = isinstance(self.editor, FileField | ColumnsField | HandField)
        self.wide = False
        self.grid.addLayout(self.under, 2, 0, 1, 2)
        self.grid.setColumnStretch(1, 1)
        self._lay_out(self.always_wide)
        self.back = IconButton("reset", tr("Reset to {value}", value=self.default_words()), side=20, icon=14,
                               token="accent", parent=self if self._back_by_label() else self.editor)  # fmt: skip
        self.back.hide()
        self.back.clicked.connect(lambda: self.reset.emit(self.name))
        self._glow = QVariantAnimation(self, startValue=0.35, endValue=0.0)
        self._glow.valueChanged.connect(lambda _: self.update())
        self._tell(self.tip())
        self.editor.setAccessibleName(self.title())
        self.editor.setAccessibleDescription(tr(info.description or ""))
        self.editor.edited.connect(lambda value: self.edited.emit(self.name, value))
        if hasattr(self.editor, "refused"):
            self.editor.refused.connect(self._refused)

    def put_beneath(self, widget: QWidget) -> None:
        """Something that shows what the value means, across the whole width."""
        self.grid.addWidget(widget, 3, 0, 1, 2)

    def _lay_out(self, wide: bool) -> None:
        """Label and editor beside each other, or the editor below its label."""
        self.wide, span = wide, 2 if wide else 1
        self.grid.removeWidget(self.label)
        self.grid.removeWidget(self.editor)
        self.grid.addWidget(self.label, 0, 0, 1, span, Qt.AlignmentFlag.AlignVCenter)
        self.grid.addWidget(self.editor, 1 if wide else 0, 0 if wide else 1, 1, span)
        self.label.setMinimumHeight(20 if wide else 28)

    def title(self) -> str:
        """The label, with the symbol or unit that formulas use."""
        unit = self.extra.get("unit", "")
        title = tr(self.info.title or self.name)
        return f"{title} {unit}" if is_symbol(unit) and unit not in title else title

    def default_words(self) -> str:
        """The default as the editor would show it."""
        default = self.default
        if self.extra.get("widget") == "choice":
            return tr(self.extra.get("options", {}).get(default, str(default)))
        if self.extra.get("widget") == "switch":
            return tr("on") if default else tr("off")
        return str(default) or tr("nothing")

    def tip(self) -> str:
        """What the parameter means, its range and its default."""
        lines = [tr(self.info.description or "")]
        if self.extra.get("widget") in ("whole", "number"):
            words = range_of(self.info).words()
            lines += [tr("Range: {range}", range=words)] if words else []
        lines.append(tr("Default: {value}", value=self.default_words()))
        return "\n".join(line for line in lines if line)

    def _tell(self, tip: str) -> None:
        self.label.setToolTip(tip)
        self.editor.setToolTip(tip)
        self.back.setToolTip(tr("Reset to {value}", value=self.default_words()))

    def show_value(self, value: object, *, is_set: bool) -> None:
        """Shows the value; the reset button appears when the user has set another than the default."""
        self.editor.show_value(value)
        differs = is_set and value != self.default
        self._tell(self.tip())
        if differs != self.back.isVisibleTo(self):
            self.back.setVisible(differs)
            self.editor.set_room(22 if differs else 0)
        self._place_back()

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Says beneath the field what is wrong with it, and offers the cures."""
        if tuple(problems) == self._shown:
            return
        cured = bool(self._shown) and not problems
        self._shown = tuple(problems)
        self._clear_under()
        worst = min((problem.severity for problem in problems), key=list(Severity).index, default=None)
        self.editor.set_mark(MARKS[worst] if worst else "")
        for problem in problems:
            trouble = Trouble(problem)
            trouble.cured.connect(self.cured)
            self.under.addWidget(trouble)
        self._indent_under()
        if cured and theme.motion(240) and self.isVisible():
            self._glow.setDuration(theme.motion(240))
            self._glow.start()

    def _refused(self, text: str) -> None:
        """What was typed is no number: says so until the next edit, and keeps the old value."""
        self._shown = ()
        self._clear_under()
        words = tr("“{text}” is not a number", text=text[:40])
        self.under.addWidget(Words(words, px=12, weight=500, role="error", wrap=True))
        self._indent_under()

    def _clear_under(self) -> None:
        while self.under.count():
            widget = self.under.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _indent_under(self) -> None:
        left = 0 if self.wide else self.label.minimumWidth() + self.grid.horizontalSpacing()
        longest = widest(theme.font(12, 500), [problem.text for problem in self._shown])
        fits = longest + 22 <= self.width() - left  # else it takes the whole width
        self.under.setContentsMargins(left if fits else 0, 0, 0, 0)

    def fit(self, label: int, *, wide: bool) -> None:
        """All labels beside fields are equally wide, so that the fields stand in a column."""
        if wide != self.wide:
            self._lay_out(wide)
        self.label.setMinimumWidth(0 if wide else label)
        self.label.setMaximumWidth(WIDEST if wide else label)
        self._indent_under()
        self._place_back()

    def needed_label(self) -> int:
        """How wide the label must be, with the reset button that may stand beside it."""
        return widest(self.label.font(), [self.title()]) + (26 if self._back_by_label() else 4)

    def needed_width(self) -> int:
        """How wide the editor must be to show all that it may hold."""
        return self.editor.needed_width() if isinstance(self.editor, ChoiceField) else FIELD

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._indent_under()
        self._place_back()

    def _back_by_label(self) -> bool:
        """A choice keeps all its width for words; elsewhere the reset button stands inside the editor."""
        return isinstance(self.editor, ChoiceField | ColumnsField | HandField)

    def _place_back(self) -> None:
        if self._back_by_label():
            self.back.move((self.width() if self.wide else self.editor.x() - 4) - self.back.width(), 0 if self.wide else 4)
            return
        right = 4
        if isinstance(self.editor, SwitchField):
            right = 40
        elif isinstance(self.editor, FileField):
            right = 36
        self.back.move(max(0, self.editor.width() - right - self.back.width()), 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        glow = self._glow.currentValue() if self._glow.state() == QVariantAnimation.State.Running else 0
        if glow:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.alpha(theme.tokens().ok, float(glow)))
            painter.drawRoundedRect(self.rect(), 6, 6)


MORE = marked("More settings")


def _fold_of(info: FieldInfo) -> str:
    """Under which words a row is folded away; empty: it is always there."""
    extra = field_extra(info)
    return str(extra.get("fold") or (MORE if extra.get("advanced") else ""))


class Form(QWidget):
    """All parameters of one type. Emits what the user did; shows what it is told."""

    edited = Signal(str, object)
    reset = Signal(str)
    cured = Signal(object)  # Cure

    def __init__(self, parameters: type[Parameters], around: Surroundings, parent: QWidget | None = None, *,
                 without: Collection[str] = ()) -> None:  # fmt: skip
        super().__init__(parent)
        self.parameters, self.rows = parameters, dict[str, Row]()
        self.more = Disclosure(tr(MORE))
        self.folds = {MORE: self.more}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        order = list(dict.fromkeys(["", MORE, *(_fold_of(info) for info in parameters.model_fields.values())]))
        for name, info in sorted(parameters.model_fields.items(), key=lambda pair: order.index(_fold_of(pair[1]))):
            if field_extra(info).get("widget") == "stages" or name in without:
                continue  # the list has a panel of its own
            fold = _fold_of(info)
            if fold and column.indexOf(self.folds.setdefault(fold, Disclosure(tr(fold)))) < 0:
                column.addWidget(self.folds[fold])
            row = Row(name, info, around)
            row.edited.connect(self.edited)
            row.reset.connect(self.reset)
            row.cured.connect(self.cured)
            self.rows[name] = row
            column.addWidget(row)
        for disclosure in self.folds.values():
            disclosure.toggled.connect(lambda _: self._show_rows())
        self._given: Mapping[str, Any] = {}
        self._problems: Mapping[str, Sequence[Problem]] = {}
        self._fit_labels()

    def _fit_labels(self) -> None:
        """Labels take what the fields leave; a choice of long words stands below its label."""
        rows, room = list(self.rows.values()), (self.width() or 240) - 8
        longest = min(max((row.needed_label() for row in rows if not row.always_wide), default=LABEL), LABEL_MOST)
        fitting = [row for row in rows if not row.always_wide and row.needed_width() <= room - longest]
        field = max((row.needed_width() for row in fitting), default=FIELD)
        width = max(min(longest, room - FIELD), min(LABEL, room - field))
        for row in rows:
            row.fit(width, wide=row not in fitting)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit_labels()

    def minimumSizeHint(self) -> QSize:
        """Narrower than the present labels ask for: they make room as the form shrinks."""
        return QSize(LABEL, super().minimumSizeHint().height())

    def show_values(self, given: Mapping[str, Any], problems: Mapping[str, Sequence[Problem]],
                    inherited: Mapping[str, Any] | None = None) -> None:  # fmt: skip
        """Shows the values that the document holds, defaults for the rest (what is inherited, if anything is), and the
        problems by parameter."""
        self._given, self._problems = given, problems
        known = {**(inherited or {}), **given}
        for name, row in self.rows.items():
            row.default = (inherited or {}).get(name, self.parameters.default(name, known))
            row.show_value(given.get(name, row.default), is_set=name in given)
            row.show_problems(problems.get(name, ()))
        self._show_rows()

    def _show_rows(self) -> None:
        """Shows the rows that matter at present, the advanced ones only on demand or when they were changed."""
        values = {name: self._given.get(name, row.default) for name, row in self.rows.items()}
        needed = set()
        for name, row in self.rows.items():
            applies, fold = self.applies(name, values), _fold_of(row.info)
            folded = bool(fold) and not self.folds[fold].isChecked() and row.back.isHidden()
            if applies:
                needed.add(fold)
            row.setVisible((applies and not folded) or bool(self._problems.get(name)))
        for fold, disclosure in self.folds.items():
            disclosure.setVisible(fold in needed)

    def applies(self, name: str, values: Mapping[str, Any]) -> bool:
        """Whether a parameter matters at present: `shown_if` names other parameters and the values they must have."""
        wanted = self.rows[name].extra.get("shown_if") or {}
        return all(
            values.get(other) in (accepted if isinstance(accepted, list | tuple | set) else (accepted,))
            for other, accepted in dict(wanted).items()
        )

    def commit(self) -> None:
        """Takes over what is being typed."""
        for row in self.rows.values():
            if hasattr(row.editor, "commit"):
                row.editor.commit()


