"""What varies in several trainings of one document: values of parameters, seeds, or bootstrap resamples (O16, V3).

A variant is a whole document of its own, so that whatever it came to can be had again by training it alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.nodes.rows import Bootstrap
from engine.overrides import TRAINING, WrongOverride, override, set_checked
from graphs.catalog import Catalog
from graphs.document import EMPTY, Document, Node
from graphs.edits import add_node, set_parameter
from graphs.ids import fresh_id
from graphs.language import tr

MOST = 10_000  # runs of one plan

Point = tuple[tuple[str, str], ...]  # (NODE.PARAMETER, value in words) for each axis


@dataclass(frozen=True, slots=True)
class Axis:
    """One parameter, or a setting as `training.NAME`, and the values it takes, in words as `--set` reads them."""

    place: str
    values: tuple[str, ...]

    @property
    def words(self) -> str:
        """`NODE.PARAMETER=A,B,C`."""
        return f"{self.place}={','.join(self.values)}"


@dataclass(frozen=True, slots=True)
class Variant:
    """One run of a plan. `point` says where on the axes it stands."""

    number: int
    point: Point
    seed: int
    member: int | None
    document: Document

    @property
    def title(self) -> str:
        """What tells this run from the others."""
        return " · ".join([*(f"{place} {value}" for place, value in self.point), self.turn])

    @property
    def turn(self) -> str:
        """What tells it from the others of its point."""
        return tr("seed {seed}", seed=self.seed) if self.member is None else tr("member {number}", number=self.member + 1)


@dataclass(frozen=True, slots=True)
class Plan:
    """Every value of every axis with every seed; or `bagging` networks, each trained on a draw of its own."""

    axes: tuple[Axis, ...] = ()
    seeds: int = 1
    bagging: int = 0

    @property
    def runs(self) -> int:
        """How many trainings that is."""
        count = self.bagging or self.seeds
        for axis in self.axes:
            count *= len(axis.values)
        return count

    def insist(self) -> None:
        """Raises `WrongOverride` with one sentence unless this can be carried out."""
        if self.bagging and (self.axes or self.seeds > 1):
            raise WrongOverride(tr("Bagging stands alone: its members differ in their draws and seeds, so nothing else "
                                   "can vary beside it."))
        if self.bagging == 1 or self.bagging < 0:
            raise WrongOverride(tr("Bagging needs two members at least."))
        if self.seeds < 1:
            raise WrongOverride(tr("There must be one seed at least."))
        if self.runs < 2:
            raise WrongOverride(tr("Nothing varies: give several values, several seeds, or bagging."))
        if self.runs > MOST:
            raise WrongOverride(tr("That would be {count} runs; {most} are the most.", count=f"{self.runs:,}",
                                   most=f"{MOST:,}"))
        places = [axis.place for axis in self.axes]
        if self.seeds > 1 and f"{TRAINING}.seed" in places:
            raise WrongOverride(tr("The seed cannot vary twice: sweep over {place}, or give a number of seeds.",
                                   place=f"{TRAINING}.seed"))
        for place in places:
            if places.count(place) > 1:
                raise WrongOverride(tr("{place} is given twice.", place=place))

    def variants(self, document: Document, catalog: Catalog) -> list[Variant]:
        """The runs in order: points of the sweep, seeds within each. Raises `WrongOverride`."""
        self.insist()
        found: list[Variant] = []
        first = _seed(document, catalog)
        for values in itertools.product(*(axis.values for axis in self.axes)):
            point = tuple((axis.place, value) for axis, value in zip(self.axes, values, strict=True))
            placed = override(document, catalog, [f"{place}={value}" for place, value in point])
            start = _seed(placed, catalog) if self.seeds == 1 else first
            for turn in range(self.bagging or self.seeds):
                varied = set_checked(placed, catalog, "seed", start + turn)
                if self.bagging:
                    varied = resampled(varied, turn)
                found.append(Variant(len(found), point, start + turn, turn if self.bagging else None,
                                     replace(varied, several=EMPTY)))
        return found

    def to_json(self) -> dict[str, Any]:
        """As the document holds it."""
        content: dict[str, Any] = {"sweep": [axis.words for axis in self.axes],
                                   "seeds": self.seeds if self.seeds > 1 else 0, "bagging": self.bagging}
        return {name: value for name, value in content.items() if value}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Plan:
        """What a document holds. Raises `WrongOverride` for what is no plan."""
        sweep, seeds, bagging = content.get("sweep", []), content.get("seeds", 1), content.get("bagging", 0)
        fits = isinstance(sweep, list | tuple) and all(isinstance(words, str) for words in sweep)
        if not fits or not all(type(number) is int for number in (seeds, bagging)):
            raise WrongOverride(tr("The graph's plan of several runs cannot be read: “sweep” is a list of texts such as "
                                   "NODE.PARAMETER=A,B,C, “seeds” and “bagging” are whole numbers."))
        return cls.from_words(sweep, seeds, bagging)

    @classmethod
    def from_words(cls, sweeps: Iterable[str] = (), seeds: int = 1, bagging: int = 0) -> Plan:
        """A plan from `NODE.PARAMETER=a,b,c`. Raises `WrongOverride`."""
        return cls(tuple(map(axis_from_words, sweeps)), seeds, bagging)


def axis_from_words(word: str) -> Axis:
    """`NODE.PARAMETER=a,b,c` as an axis. Raises `WrongOverride`."""
    place, equals, values = word.partition("=")
    if not equals or "." not in place:
        raise WrongOverride(tr("“{word}” is not of the form NODE.PARAMETER=A,B,C.", word=word))
    found = split_values(values)
    if not found:
        raise WrongOverride(tr("{place} is given no values to take.", place=place.strip()))
    for value in found:
        if found.count(value) > 1:
            raise WrongOverride(tr("{place} is given the value {value} twice.", place=place.strip(), value=value))
    return Axis(place.strip(), found)


def split_values(text: str) -> tuple[str, ...]:
    """The values between commas; commas inside brackets and quotes belong to a value."""
    found, depth, quoted, word = [], 0, False, ""
    for sign in text + ",":
        if sign == '"':
            quoted = not quoted
        elif not quoted:
            depth += (sign in "[{(") - (sign in "]})")
        if sign == "," and depth <= 0 and not quoted:
            found.append(word.strip())
            word = ""
        else:
            word += sign
    return tuple(value for value in (*found, word.strip()) if value)


def resampled(document: Document, member: int) -> Document:
    """The document trained on a bootstrap draw of its own: its Bootstrap nodes get another seed, or it gets one."""
    name = Bootstrap.type_name()
    nodes = [node for node in document.nodes.values() if node.type == name and not node.bypassed]
    for node in nodes:
        document = set_parameter(document, node.id, "seed", int(node.parameters.get("seed", 0)) + member)
    if nodes:
        return document
    lowest = max((node.position[1] for node in document.nodes.values()), default=0.0)
    key = fresh_id(document, name)
    return add_node(document, Node(key, name, {"seed": member}, (0.0, lowest + 240.0)))


def _seed(document: Document, catalog: Catalog) -> int:
    given = document.training.get("seed", catalog.training.model_fields["seed"].default)
    return given if type(given) is int else 0
