"""Changes to a document that are given as words: `dense1.units=64`, `training.learning_rate=0.1`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, get_origin

from graphs.catalog import Catalog
from graphs.document import Document
from graphs.edits import set_parameter, set_training
from graphs.language import tr
from graphs.readings import read_node, read_training
from graphs.spec import Parameters

TRAINING = "training"


class WrongOverride(ValueError):
    """The words cannot be carried out; the text is one sentence."""


def override(document: Document, catalog: Catalog, words: Iterable[str]) -> Document:
    """The document with every `NODE.PARAMETER=VALUE` carried out. Raises `WrongOverride`."""
    for word in words:
        place, equals, value = word.partition("=")
        node, dot, name = place.strip().partition(".")
        if not equals or not dot or not node or not name:
            raise WrongOverride(tr("“{word}” is not of the form NODE.PARAMETER=VALUE.", word=word))
        document = _set(document, catalog, node, name, value.strip())
    return document


def set_checked(document: Document, catalog: Catalog, name: str, value: Any) -> Document:
    """The document with another training setting. Raises `WrongOverride` for a value that it cannot have."""
    return _refuse_wrong(set_training(document, name, value), catalog, "", name)


def _set(document: Document, catalog: Catalog, node: str, name: str, value: str) -> Document:
    if node == TRAINING:
        settings = catalog.training
        _known(name, settings.model_fields, tr("training settings"))
        return set_checked(document, catalog, name, _parsed(settings, name, value))
    _known(node, [*document.nodes, TRAINING], tr("nodes of the graph"))
    kind = catalog.get(document.nodes[node].type)
    if kind is None:
        raise WrongOverride(tr("{node} is of the unknown type “{kind}”.", node=node, kind=document.nodes[node].type))
    _known(name, kind.model_fields, tr("parameters of {node}", node=node))
    return _refuse_wrong(set_parameter(document, node, name, _parsed(kind, name, value)), catalog, node, name)


def _known(name: str, names: Iterable[str], shelf: str) -> None:
    known = list(names)
    if name not in known:
        close = get_close_matches(name, known, n=1)
        hint = tr("did you mean “{name}”?", name=close[0]) if close else ", ".join(known)
        raise WrongOverride(tr("“{name}” is not among the {shelf}: {hint}", name=name, shelf=shelf, hint=hint))


def _parsed(kind: type[Parameters], name: str, value: str) -> Any:
    """A number, true or false where the parameter is not text; else the words themselves."""
    annotation = kind.model_fields[name].annotation
    if annotation is str or get_origin(annotation) is not None:  # a choice is one of several words
        return value
    try:
        return json.loads(value, parse_constant=lambda word: word)
    except ValueError:
        return value


def _refuse_wrong(document: Document, catalog: Catalog, node: str, name: str) -> Document:
    """The document, unless just this parameter is wrong in it."""
    problems = read_node(document.nodes[node], catalog).problems if node else read_training(document, catalog)[1]
    for problem in problems:
        if problem.place.parameter == name:
            raise WrongOverride(problem.text)
    return document
