"""The plan of a run: its stages, as the document holds them, as the graph suggests them, and the edits of the list.

The training setting `stages` is a list of JSON objects, one a stage, in the order in which they train:

    {"trains": ["autoencoder1"], "epochs": 30}       pre-train one autoencoder on the codes of those below
    {"trains": ["deep1/2"]}                          pre-train the second pair of layers of a deep autoencoder
    {"trains": ["deep1"]}                            unfold it: train all its layers to rebuild its input
    {"trains": ["dense3"], "optimizer": "sgd"}       only the weights of dense3, by the losses of the graph's loss nodes
    {"title": "The end", "early_stopping": true}     everything, by the loss nodes (all losses, where there are none)

`trains` names what learns, by node ids; left out, everything does. `title` is what users call it; left out, it is named
after what it trains (`title`). Every other field is a training setting that differs from the run's; those in
`RUN_WIDE` belong to the run alone. In a stage only what it trains changes: all below is frozen, and computed once.

An empty list means: no stages, or, while `pretraining` is on, the plan that `derived` reads from the graph.
A panel asks for `plan(checked)` and hands it back to one of the edits (`set_field`, `insert`, …), which write the
changed plan into the document. `check_plan` finds what is wrong with it. `engine.stages` carries it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from graphs import edits
from graphs.document import Document
from graphs.language import tr
from graphs.problems import Cure, Place, Problem, Severity
from graphs.readings import Reading, read_parameters, set_cure
from graphs.spec import NodeType, Parameters

if TYPE_CHECKING:
    from graphs.catalog import Catalog
    from graphs.checks import Checked

Stage = Mapping[str, Any]
Plan = Sequence[Stage]

OWN = ("trains", "title")  # fields of a stage that are not training settings
RUN_WIDE = frozenset({"seed", "validation_share", "split_seed", "stages", "pretraining", "pretraining_epochs"})
FEW_EPOCHS = 30  # offered where a stage would never end


# Reading


def plan(checked: Checked) -> Plan:
    """The stages of a run of this document: its own list, or the one that is read from the graph; empty: no stages."""
    given = checked.document.training
    if own := given.get("stages"):
        return own if isinstance(own, list) else []
    return derived(checked.document, checked.readings) if given.get("pretraining") is True else []


def derived(document: Document, readings: Mapping[str, Reading]) -> Plan:
    """The plan that the graph suggests: every autoencoder by itself, from the bottom to the top, a deep one pair by pair
    and then unfolded; at last everything, where there is a loss to fine-tune for."""
    stages: list[dict[str, Any]] = []
    supervised = False
    for node in _bottom_up(document):
        reading = readings[node]
        if reading.checked is None or reading.node.bypassed:
            continue
        if not _learns_alone(document, node, reading.checked):
            supervised |= reading.checked.trains()
            continue
        parts = reading.checked.parts
        stages += [{"trains": [f"{node}/{part}"]} for part in range(1, parts + 1)] + [{"trains": [node]}]
    if supervised and stages:
        stages.append({})
    epochs = document.training.get("pretraining_epochs", FEW_EPOCHS)
    return [{**stage, "epochs": epochs} for stage in stages[:-1]] + stages[-1:]


def _bottom_up(document: Document) -> Iterator[str]:
    """Nodes, each after all that feed it; ties by id. What lies on a cycle is left out."""
    waiting = {node: {wire.source for wire in document.into(node)} & document.nodes.keys() for node in sorted(document.nodes)}
    while ready := [node for node, sources in waiting.items() if not sources]:
        yield from ready
        waiting = {node: sources - {*ready} for node, sources in waiting.items() if sources}


def _learns_alone(document: Document, node: str, kind: NodeType) -> bool:
    return kind.learns_alone(frozenset(wire.output for wire in document.out_of(node)))


def parts_of(name: str) -> tuple[str, int]:
    """`deep1/2` as node and part; part 0 is the whole node."""
    node, slash, part = name.partition("/")
    return node, int(part) if slash and part.isascii() and part.isdigit() and len(part) < 6 else -1 if slash else 0


def names_of(stage: Stage) -> tuple[str, ...]:
    """What a stage trains, as its list says; empty: everything."""
    names = stage.get("trains", [])
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def title(document: Document, stages: Plan, place: int) -> str:
    """What a stage is called: its own title, or what it does."""
    stage = stages[place]
    if stage.get("title") and isinstance(stage["title"], str):
        return stage["title"]
    names = [parts_of(name) for name in names_of(stage)]
    labels = [document.nodes[node].label if node in document.nodes else node for node, _ in names]
    if not names:
        return tr("Fine-tune everything") if place else tr("Train everything")
    if len(names) > 1:
        return tr("Train {nodes}", nodes=", ".join(labels))
    if names[0][1] > 0:
        return tr("Pre-train layer {layer} of {node}", layer=names[0][1], node=labels[0])
    unfolds = any(node == names[0][0] and part for earlier in stages[:place] for node, part in map(parts_of, names_of(earlier)))
    return tr("Unfold and fine-tune {node}", node=labels[0]) if unfolds else tr("Pre-train {node}", node=labels[0])


def settings_given(training: Mapping[str, Any], stage: Stage, kind: type[Parameters]) -> Mapping[str, Any]:
    """The training settings of one stage, as far as anything was set: its own, and the run's for the rest."""
    own = {name: value for name, value in stage.items() if name not in OWN}
    return kind.inherited({name: value for name, value in training.items() if name not in ("stages", "pretraining")}, own)


# Edits. `stages` is the present plan, which the edit writes down.


def write(document: Document, stages: Iterable[Stage]) -> Document:
    """The document with this plan as its own list; an empty one is forgotten."""
    made = [dict(stage) for stage in stages]
    return edits.set_training(document, "stages", made) if made else edits.reset_training(document, "stages")


def derive(document: Document) -> Document:
    """Forgets the document's own list, so that the plan is read from the graph again."""
    return edits.set_training(edits.reset_training(document, "stages"), "pretraining", True)


def set_field(document: Document, stages: Plan, place: int, name: str, value: Any) -> Document:
    """Sets one field of a stage, whether the value is right or wrong."""
    return write(document, [{**stage, name: value} if at == place else stage for at, stage in enumerate(stages)])


def reset_field(document: Document, stages: Plan, place: int, name: str) -> Document:
    """Forgets a field of a stage, so that the run's setting counts."""
    return write(document, [{key: value for key, value in stage.items() if at != place or key != name}
                            for at, stage in enumerate(stages)])


def insert(document: Document, stages: Plan, place: int, stage: Stage) -> Document:
    """One more stage, before the one that is at this place."""
    return write(document, [*stages[:place], stage, *stages[place:]])


def remove(document: Document, stages: Plan, place: int) -> Document:
    """The plan without this stage."""
    return write(document, [*stages[:place], *stages[place + 1 :]])


def move(document: Document, stages: Plan, place: int, to: int) -> Document:
    """The stage at `place` stands at `to` afterwards."""
    others = [*stages[:place], *stages[place + 1 :]]
    return write(document, [*others[:to], stages[place], *others[to:]])


# Checking


def check_plan(document: Document, readings: Mapping[str, Reading], catalog: Catalog) -> list[Problem]:
    """What is wrong with the plan of a document whose settings are right otherwise."""
    given = document.training
    own = given.get("stages")
    if not isinstance(own, list) or not own:
        if given.get("pretraining") is not True:
            return []
        own = derived(document, readings)
        if not own and document.nodes:
            cure = Cure(tr("Train without stages"), partial(edits.reset_training, name="pretraining"))
            return [Problem("stages", Place(parameter="pretraining"), tr("There is no autoencoder to pre-train."),
                            Severity.WARNING, (cure,))]  # fmt: skip
    return [problem for place, stage in enumerate(own) if isinstance(stage, Mapping)
            for problem in _check_stage(document, readings, catalog, own, place)]


def _check_stage(document: Document, readings: Mapping[str, Reading], catalog: Catalog, stages: Plan,
                 place: int) -> Iterator[Problem]:
    stage, number = stages[place], place + 1
    names = stage.get("trains", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        yield _problem(tr("Stage {number}: what it trains must be a list of nodes.", number=number),
                       [_reset(stages, place, "trains", tr("Train everything"))])
    for name in names_of(stage):
        if why := _why_not(readings, name, names_of(stage)):
            others = [other for other in names_of(stage) if other != name]
            cures = [Cure(tr("Remove the stage"), partial(remove, stages=stages, place=place))]
            if others:
                cures.insert(0, Cure(tr("Take it out of the stage"), partial(set_field, stages=stages, place=place,
                                                                             name="trains", value=others)))
            if derived(document, readings):
                cures.append(Cure(tr("Read the stages from the graph"), derive))
            yield _problem(tr("Stage {number}: {why}", number=number, why=why), cures)
    if not isinstance(stage.get("title", ""), str):
        yield _problem(tr("Stage {number}: its title must be text.", number=number),
                       [_reset(stages, place, "title", tr("Remove “{name}”", name="title"))])
    yield from _check_settings(document, catalog, stages, place)


def _why_not(readings: Mapping[str, Reading], name: str, names: Sequence[str]) -> str:
    """Why a stage cannot train what is called so; empty: it can."""
    node, part = parts_of(name)
    if node not in readings:
        return tr("There is no node “{node}” any more.", node=node[:60])
    reading = readings[node]
    if reading.checked is None:
        return ""  # it has a problem of its own
    if reading.node.bypassed:
        return tr("{node} is bypassed.", node=reading.node.label)
    if reading.checked.before_training or not reading.checked.outputs or not reading.checked.inputs:
        return tr("{node} has nothing to train.", node=reading.node.label)
    if part and sum(parts_of(other)[0] == node for other in names) > 1:
        return tr("A stage trains one pair of layers of {node} at a time.", node=reading.node.label)
    if not 0 <= part <= reading.checked.parts:
        return tr("{node} has {count} layers to pre-train, there is no “{name}”.", node=reading.node.label,
                  count=reading.checked.parts, name=name[:60])
    return ""


def _check_settings(document: Document, catalog: Catalog, stages: Plan, place: int) -> Iterator[Problem]:
    kind, stage, number = catalog.training, stages[place], place + 1
    for name in sorted(stage.keys() & RUN_WIDE):
        label = tr(kind.model_fields[name].title or name) if name in kind.model_fields else name
        yield _problem(tr("Stage {number}: {setting} holds for the whole run.", number=number, setting=label),
                       [_reset(stages, place, name, tr("Remove “{name}”", name=name))])
    given = settings_given(document.training, {key: stage[key] for key in stage if key not in RUN_WIDE}, kind)
    settings, problems = read_parameters(kind, given, "", Severity.ERROR)
    for problem in problems:
        name = problem.place.parameter
        if name in stage or not name:
            cures = [_reset(stages, place, name, tr("Use the run's setting"))] if name else []
            yield _problem(tr("Stage {number}: {why}", number=number, why=problem.text), cures)
    endless = settings is not None and getattr(settings, "epochs", 1) == 0
    if endless and place < len(stages) - 1 and not getattr(settings, "early_stopping", False):
        words = set_cure("", "epochs", kind.model_fields["epochs"].title or "", FEW_EPOCHS).text
        yield _problem(tr("Stage {number} would never end: it needs a number of epochs, or must stop early.", number=number),
                       [Cure(words, partial(set_field, stages=stages, place=place, name="epochs", value=FEW_EPOCHS))])


def _problem(text: str, cures: Iterable[Cure]) -> Problem:
    return Problem("stages", Place(parameter="stages"), text, cures=tuple(cures))


def _reset(stages: Plan, place: int, name: str, words: str) -> Cure:
    return Cure(words, partial(reset_field, stages=stages, place=place, name=name))
