"""Nodes read through the catalogue: parameters checked, what is wrong with them said in plain sentences with cures."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from graphs import edits
from graphs.catalog import Catalog
from graphs.document import Document, Node
from graphs.language import tr
from graphs.problems import Cure, Place, Problem, Severity
from graphs.spec import NodeType, Parameters, field_extra

Set = TypeVar("Set", bound=Parameters)


@dataclass(slots=True)  # not frozen, as it is made a thousand times at a check; never changed
class Reading:
    """One node as the catalogue understands it. `checked` is None where type or parameters are wrong."""

    node: Node
    kind: type[NodeType] | None
    checked: NodeType | None
    problems: tuple[Problem, ...] = ()

    def still_of(self, node: Node) -> bool:
        """Whether reading this node again would give the same."""
        mine = self.node
        return mine is node or (
            mine.parameters is node.parameters
            and mine.type == node.type
            and mine.id == node.id
            and mine.name == node.name
            and mine.bypassed == node.bypassed
        )


def read_node(node: Node, catalog: Catalog) -> Reading:
    """Looks the type up and checks the parameters."""
    kind = catalog.get(node.type)
    if kind is None:
        return Reading(node, None, None, (_unknown_type(node, catalog),))
    severity = Severity.WARNING if node.bypassed else Severity.ERROR
    checked, problems = read_parameters(kind, node.parameters, node.id, severity)
    return Reading(node, kind, checked, problems)


def read_training(document: Document, catalog: Catalog) -> tuple[Parameters | None, tuple[Problem, ...]]:
    """The training settings, checked."""
    return read_parameters(catalog.training, document.training, "", Severity.ERROR)


def read_parameters(kind: type[Set], values: Mapping[str, Any], node: str,
                    severity: Severity) -> tuple[Set | None, tuple[Problem, ...]]:
    """An instance, or None and a problem for each value that is wrong. Without a node: training settings."""
    try:
        return kind.model_validate(dict(values)), ()
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=True)
    problems: dict[str, Problem] = {}
    for one in found:
        name = str(one["loc"][0]) if one["loc"] else ""
        if name not in problems:
            problems[name] = _problem(kind, values, node, severity, name, one)
    return None, tuple(problems.values())


def expected(info: FieldInfo) -> str:
    """What a parameter takes, in words: `a whole number from 1 to 65,536`."""
    extra = field_extra(info)
    if options := extra.get("options"):
        return tr("one of {options}", options=", ".join(tr(words) for words in options.values()))
    low, high, above, below = bounds(info)
    lower = (low, True) if low is not None else (above, False)
    upper = (high, True) if high is not None else (below, False)
    words = {"whole": tr("a whole number"), "number": tr("a number"), "switch": tr("on or off"),
             "stages": tr("a list of stages")}
    return words.get(extra.get("widget", ""), tr("text")) + _range(lower, upper)


def bounds(info: FieldInfo) -> tuple[float | None, float | None, float | None, float | None]:
    """low, high (both allowed), above, below (both not) of a parameter; None where there is no such bound."""
    return tuple(  # type: ignore[return-value]
        next((getattr(rule, name) for rule in info.metadata if hasattr(rule, name)), None)
        for name in ("ge", "le", "gt", "lt")
    )


def shown(value: Any, info: FieldInfo | None = None) -> str:
    """A JSON value as users read it: an option by its words, a switch as on or off, text in quotation marks."""
    options = field_extra(info).get("options", {}) if info else {}
    if isinstance(value, str) and value in options:
        return tr(options[value])
    if isinstance(value, bool):
        return tr("on") if value else tr("off")
    if isinstance(value, str):
        return f"“{_short(value)}”"
    if value is None or value == []:
        return tr("nothing")
    if isinstance(value, int | float):
        return f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else _short(repr(value))
    return tr("a list") if isinstance(value, list) else tr("an object")


def set_cure(node: str, name: str, label: str, value: Any, info: FieldInfo | None = None, of: str = "") -> Cure:
    """Sets one parameter (or training setting, without a node). `of` names the node when it is not the one at fault."""
    words = {"what": tr(label), "value": shown(value, info)}
    said = tr("Set {what} of {node} to {value}", node=of, **words) if of else tr("Set {what} to {value}", **words)
    if node:
        return Cure(said, lambda doc: edits.set_parameter(doc, node, name, value))
    return Cure(said, lambda doc: edits.set_training(doc, name, value))


def _unknown_type(node: Node, catalog: Catalog) -> Problem:
    cures = []
    text = tr("There is no node type “{type}” here.", type=_short(node.type))
    if (name := catalog.suggest(node.type)) and (kind := catalog.get(name)):
        title = tr(kind.title)
        text = tr("There is no node type “{type}” here. Did you mean {title}?", type=_short(node.type), title=title)
        cures.append(Cure(tr("Make it {title}", title=title), lambda doc: edits.retype(doc, node.id, name)))
    cures.append(Cure(tr("Remove the node"), lambda doc: edits.remove(doc, [node.id])))
    why = tr("The file may come from a newer version, or the name may be misspelled. Saving keeps the node as it is.")
    return Problem("unknown_type", Place(node.id), text, cures=tuple(cures), why=why)


def _problem(kind: type[Parameters], values: Mapping[str, Any], node: str, severity: Severity, name: str,
             error: Mapping[str, Any]) -> Problem:
    place = Place(node, parameter=name)
    if name not in kind.model_fields and name:
        return _unknown_parameter(kind, values, place, severity)
    code = "wrong_parameter" if node else "wrong_training"
    info = kind.model_fields.get(name)
    if info is None or error["type"] in ("value_error", "assertion_error"):
        said = str(error.get("ctx", {}).get("error", error["msg"]))
        return Problem(code, place, said, severity, _resets(info, name, place, None))
    value = values.get(name)
    text = tr("{label} must be {expected}, but is {value}.", label=tr(info.title or name), expected=expected(info),
              value=shown(value))
    return Problem(code, place, text, severity, _resets(info, name, place, value), why=tr(info.description or ""))


def _resets(info: FieldInfo | None, name: str, place: Place, value: Any) -> tuple[Cure, ...]:
    """The nearest value that is allowed, and the default."""
    if info is None:
        return ()
    label, default = info.title or name, info.default
    cures = []
    nearest = _nearest(info, value)
    if nearest is not None and nearest != default:
        cures.append(set_cure(place.node, name, label, nearest, info))
    reset: Callable[[Document], Document] = (
        (lambda doc: edits.reset_parameter(doc, place.node, name)) if place.node
        else (lambda doc: edits.reset_training(doc, name))
    )
    words = tr("Reset {what} to {value}", what=tr(label), value=shown(default, info))
    return (*cures, Cure(words, reset))


def _nearest(info: FieldInfo, value: Any) -> Any:
    """The allowed value that is nearest to a wrong one; None where there is no telling."""
    extra = field_extra(info)
    if options := extra.get("options"):
        close = difflib.get_close_matches(str(value)[:100].lower(), options, n=1) if isinstance(value, str) else []
        return close[0] if close else None
    if isinstance(value, str):
        value = _as_number(value)
    if type(value) not in (int, float) or not math.isfinite(value) or extra.get("widget") not in ("whole", "number"):
        return None
    low, high, above, below = bounds(info)
    if (above is not None and value <= above) or (below is not None and value >= below):
        return None
    value = max(value, low) if low is not None else value
    value = min(value, high) if high is not None else value
    return round(value) if extra["widget"] == "whole" else value


def _as_number(text: str) -> int | float | None:
    try:
        return int(text[:20]) if text.strip().lstrip("-").isdecimal() else float(text[:50])
    except ValueError:
        return None


def _unknown_parameter(kind: type[Parameters], values: Mapping[str, Any], place: Place, severity: Severity) -> Problem:
    name, node = place.parameter, place.node
    words = {"name": _short(name)}
    close = difflib.get_close_matches(name[:100], [known for known in kind.model_fields if known not in values], n=1)
    cures = []
    text = tr("There is no parameter “{name}” here.", **words) if node else tr("There is no setting “{name}”.", **words)
    if close:
        label = tr(kind.model_fields[close[0]].title or close[0])
        text = f"{text} " + tr("Did you mean {label}?", label=label)
        cures.append(Cure(tr("Make it {label}", label=label), lambda doc: _renamed(doc, node, name, close[0])))
    cures.append(Cure(tr("Remove “{name}”", **words), lambda doc: _forgotten(doc, node, name)))
    return Problem("unknown_parameter" if node else "wrong_training", place, text, severity, tuple(cures))


def _forgotten(doc: Document, node: str, name: str) -> Document:
    return edits.reset_parameter(doc, node, name) if node else edits.reset_training(doc, name)


def _renamed(doc: Document, node: str, old: str, new: str) -> Document:
    values = doc.nodes[node].parameters if node else doc.training
    if old not in values:
        return doc
    doc = _forgotten(doc, node, old)
    return edits.set_parameter(doc, node, new, values[old]) if node else edits.set_training(doc, new, values[old])


def _range(lower: tuple[float | None, bool], upper: tuple[float | None, bool]) -> str:
    (low, with_low), (high, with_high) = lower, upper
    if high is not None and high >= 2**31 - 1:
        high = None
    if low is not None and high is not None and with_low and with_high:
        return tr(" from {low} to {high}", low=shown(low), high=shown(high))
    parts = []
    if low is not None:
        parts.append(tr(" of at least {low}", low=shown(low)) if with_low else tr(" above {low}", low=shown(low)))
    if high is not None:
        parts.append(tr(" of at most {high}", high=shown(high)) if with_high else tr(" below {high}", high=shown(high)))
    return tr(" and").join(parts)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


def json_text(value: Any) -> str:
    """A value as one line of JSON, for differences and reports."""
    return _short(json.dumps(value, ensure_ascii=False))
