"""What a node type *is*: words, ports, parameters and a shape rule. Never which types exist.

A node type is one class. Its pydantic fields are the parameters, so ranges, messages and JSON Schema come from them;
its class variables are the words and the ports. `engine.nodes` adds how a node computes.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo


class Family(StrEnum):
    """The shelves of the palette, in the order in which they are shown."""

    DATA = "Data"
    PREPARE = "Prepare"
    LAYERS = "Layers"
    AUTOENCODERS = "Autoencoders"
    RECURRENT = "Recurrent"
    CONVOLUTION = "Convolution"
    LOSSES = "Losses"


class Kind(StrEnum):
    """What travels along a wire. Each kind has its own port shape and colour."""

    FEATURES = "features"  # B×F
    IMAGE = "image"  # B×C×H×W
    SEQUENCE = "sequence"  # B×T×F
    LABELS = "labels"  # B whole numbers, each a class
    LOSS = "loss"  # one number for the batch
    ANY = "any"


AXES: Mapping[Kind, tuple[str, ...]] = {
    Kind.FEATURES: ("F",),
    Kind.IMAGE: ("C", "H", "W"),
    Kind.SEQUENCE: ("T", "F"),
    Kind.LABELS: (),
    Kind.LOSS: (),
}


@dataclass(frozen=True, slots=True)
class Made:
    """Which choice of which node gave values their form: an activation function, by its name in files."""

    node: str
    parameter: str
    name: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What one output port gives for each sample: the batch axis is left out, sizes follow `AXES[kind]`.

    `classes` names the classes of labels. `picture` is (height, width) of the image whose pixels, row by row, are
    these features. `low` and `high` bound the values where that is known. A size of None (time) varies by sample.
    `ragged` sequences may end before their T-th step: each sample has a length, and 0 behind it.
    `made` says by which activation function the values were made, where one was the last to touch them. `colour` is
    (height, width) of the image whose red, green and blue pixels, one plane after another, are these features.
    """

    kind: Kind
    sizes: tuple[int | None, ...] = ()
    classes: tuple[str, ...] = ()
    picture: tuple[int, int] | None = None
    low: float | None = None
    high: float | None = None
    ragged: bool = False
    made: Made | None = None
    colour: tuple[int, int] | None = None

    def __str__(self) -> str:
        if self.kind is Kind.LOSS:
            return "1"
        named = zip(AXES.get(self.kind, ()), self.sizes, strict=False)
        return "×".join(["B", *(axis if size is None else str(size) for axis, size in named)])

    @property
    def width(self) -> int:
        """How many numbers one sample holds (1 for labels and losses)."""
        product = 1
        for size in self.sizes:
            product *= size or 1
        return product

    def features(self, width: int, *, low: float | None = None, high: float | None = None,
                 made: Made | None = None) -> Shape:  # fmt: skip
        """This shape with its last axis replaced: `B×T×8` → `B×T×width`. Range and picture are forgotten."""
        return Shape(self.kind, (*self.sizes[:-1], width), self.classes, None, low, high, self.ragged, made)


def features(width: int, **known: Any) -> Shape:
    """`B×width`, with what else is known (`picture`, `low`, `high`)."""
    return Shape(Kind.FEATURES, (width,), **known)


def labels(classes: Sequence[str]) -> Shape:
    """`B` labels of the named classes."""
    return Shape(Kind.LABELS, (), classes=tuple(classes))


LOSS = Shape(Kind.LOSS)


@dataclass(frozen=True, slots=True)
class Port:
    """One place where wires end (inputs) or begin (outputs). An input takes at most one wire."""

    name: str
    kind: Kind = Kind.FEATURES
    also: tuple[Kind, ...] = ()  # further kinds that an input takes
    optional: bool = False
    help: str = ""

    def takes(self, kind: Kind) -> bool:
        return Kind.ANY in (self.kind, kind) or kind == self.kind or kind in self.also


class ShapeError(ValueError):
    """A shape rule says no. `text` is one sentence; `cures` are `graphs.problems.Cure` values.

    `wanted` is the shape that `port` would take: the checks then look upstream for a parameter that gives it, and offer
    "Set Units of dense1 to 10" by themselves.
    """

    def __init__(self, text: str, *, port: str | None = None, parameter: str | None = None, code: str = "shape",
                 cures: Sequence[Any] = (), wanted: Shape | None = None) -> None:
        super().__init__(text)
        self.text, self.port, self.parameter, self.code, self.cures = text, port, parameter, code, tuple(cures)
        self.wanted = wanted


@dataclass(frozen=True, slots=True)
class Bend:
    """A function of one number for a picture: evenly sampled places, values there, and derivatives."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    slope: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """A note about what arrives at a port. `cures` are `graphs.problems.Cure` values, `why` is for who asks."""

    text: str
    port: str = ""
    code: str = "remark"
    cures: tuple[Any, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a shape rule is being asked: the node's id, the folder that relative paths start from, what is wired."""

    node: str
    folder: Path | None = None
    wired: frozenset[str] = field(default_factory=frozenset)  # names of the output ports that have wires


class Parameters(BaseModel):
    """A set of typed, ranged parameters from which forms, checks and JSON Schema are derived."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=True)

    @classmethod
    def default(cls, name: str, given: Mapping[str, Any]) -> Any:
        """The value that counts where none was set; it may depend on what else was."""
        return cls.model_fields[name].default

    @classmethod
    def inherited(cls, given: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is set where something has values of its own and takes the rest from what was given for all."""
        return {**given, **own}


class NodeType(Parameters):
    """A node type. An instance holds one node's parameters, checked.

    The class docstring is what the palette and the help panel say. `name` in documents is the class name in
    snake_case; `replaces` lists older names that still open.
    """

    title: ClassVar[str]
    family: ClassVar[Family]
    equation: ClassVar[str] = ""  # plain Unicode, one formula a line
    source: ClassVar[str] = ""  # the paper or the row of the lectures
    keywords: ClassVar[tuple[str, ...]] = ()
    version: ClassVar[int] = 1
    replaces: ClassVar[tuple[str, ...]] = ()
    delays: ClassVar[bool] = False  # gives what it was given a time step ago, so a cycle may pass through it
    has_own_loss: ClassVar[bool] = False  # trains without a loss node behind it
    for_whole_graph: ClassVar[bool] = False  # holds wherever it stands, so two of them must say the same
    reads: ClassVar[tuple[str, ...]] = ()  # endings of the files that it opens; "/" stands for folders
    is_bend: ClassVar[bool] = False  # does nothing but bend each value: its face shows how
    inputs: ClassVar[tuple[Port, ...]] = ()
    outputs: ClassVar[tuple[Port, ...]] = ()
    samples: ClassVar[tuple[tuple[dict[str, Any], dict[str, Shape]], ...]] = ()  # (parameters, input shapes)
    wrong: ClassVar[tuple[tuple[dict[str, Any], dict[str, Shape], str], ...]] = ()  # … and a piece of the message

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        if "title" not in cls.__dict__:
            return  # an abstract step between NodeType and the types, such as `engine.nodes.node.NetworkNode`
        for word in ("title", "family"):
            if not getattr(cls, word, None):
                raise TypeError(f"{cls.__name__} needs a {word}")
        if not cls.__dict__.get("__doc__"):
            raise TypeError(f"{cls.__name__} needs a docstring: it is the help that users read")

    @property
    def before_training(self) -> bool:
        """Whether this node runs once, with the data, before anything is trained. It may depend on its parameters."""
        return False

    @property
    def parts(self) -> int:
        """How many autoencoders are folded into this one, so that each can be trained before the whole. 0: none."""
        return 0

    def learns_alone(self, wired: frozenset[str]) -> bool:
        """Whether it learns a code from its input alone, while these outputs have wires, and so can be trained before
        what stands on it."""
        return self.has_own_loss and self.output("code") is not None

    @classmethod
    def type_name(cls) -> str:
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def described(cls) -> str:
        """The docstring as the help panel shows it and as translations know it: one line a paragraph."""
        paragraphs = inspect.cleandoc(cls.__doc__ or "").split("\n\n")
        return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)

    @classmethod
    def trains(cls) -> bool:
        """Whether a graph that holds this node has something to minimise."""
        return cls.has_own_loss or any(port.kind is Kind.LOSS for port in cls.outputs)

    @classmethod
    def input(cls, name: str) -> Port | None:
        for port in cls.inputs:
            if port.name == name:
                return port
        return None

    @classmethod
    def output(cls, name: str) -> Port | None:
        for port in cls.outputs:
            if port.name == name:
                return port
        return None

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        """Shapes of the outputs from the shapes of the wired inputs. Raises `ShapeError`. Must not be slow."""
        raise NotImplementedError

    def remarks(self, given: Mapping[str, Shape], site: Site) -> Sequence[Remark]:
        """What may be said about inputs that the shape rule takes: notes that keep nothing from running."""
        return ()

    def refuses(self, parameter: str, label: str, other: NodeType, mine: Mapping[str, Shape],
                theirs: Mapping[str, Shape]) -> str:  # fmt: skip
        """Why a parameter of the kind `node` must not name this other node, which users call `label`, in one sentence;
        empty: it may. `mine` and `theirs` are the shapes that arrive at both."""
        return ""

    def table_size(self, parameter: str, given: Mapping[str, Shape]) -> tuple[int, int] | None:
        """Rows and columns of a parameter that holds numbers; None where the wired inputs do not tell."""
        return None

    def bend(self) -> Bend | None:
        """The function that the node applies to each value, where it has one."""
        return None

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        """The second line in the node's header: what matters, such as `64 → 32`."""
        return ""


# One word a parameter kind. Each returns a pydantic field; the form, the schema and the tests read it back.


def _field(default: Any, label: str, help: str, unit: str = "", **more: Any) -> Any:
    extra = {key: more.pop(key) for key in ("widget", "options", "log", "advanced", "shown_if", "fold", "letter") if key in more}
    return Field(default, title=label, description=help, json_schema_extra={"unit": unit, **extra}, **more)


def whole(default: int, label: str, help: str, *, low: int = 0, high: int = 2**31 - 1, unit: str = "",
          **more: Any) -> Any:
    """A whole number from low to high, both included."""
    return _field(default, label, help, unit, ge=low, le=high, widget="whole", **more)


def number(default: float, label: str, help: str, *, low: float | None = None, high: float | None = None,
           above: float | None = None, below: float | None = None, unit: str = "", log: bool = False,
           **more: Any) -> Any:
    """A finite real number; `above`/`below` exclude the bound itself; `log` asks for a logarithmic slider."""
    return _field(default, label, help, unit, ge=low, le=high, gt=above, lt=below, allow_inf_nan=False, log=log,
                  widget="number", **more)


def switch(default: bool, label: str, help: str, **more: Any) -> Any:
    """On or off."""
    return _field(default, label, help, widget="switch", **more)


def choice(default: str, label: str, help: str, options: Mapping[str, str], **more: Any) -> Any:
    """One of the options: value in files → words on screen. Annotate the field with `choice_type(options)`."""
    return _field(default, label, help, widget="choice", options=dict(options), **more)


def choice_type(options: Mapping[str, str]) -> Any:
    """The annotation for a `choice` field: exactly these values."""
    return Literal[tuple(options)]  # type: ignore[valid-type]


def text(default: str, label: str, help: str, *, widget: str = "text", **more: Any) -> Any:
    """A string; `widget` may be `file` or `folder` (path relative to the document), `column` or `columns` (names in a
    table), `node` (the id of another node: such parameters are listed in `graphs.clipboard.REFERENCES`), or `numbers`
    (rows of them, as many as `table_size` says; `letter` names the columns)."""
    return _field(default, label, help, widget=widget, max_length=4096, **more)


def drawing(label: str, help: str) -> Any:
    """A list of what the user draws on a pad, in a form that the field's own validator knows; empty at first."""
    return _field([], label, help, widget="drawing")


def staged(label: str, help: str, **more: Any) -> Any:
    """The stages of a run: a list of objects, which `graphs.stages` knows and a form does not show."""
    return _field([], label, help, widget="stages", **more)


def drawn_parameter(kind: type[NodeType]) -> str:
    """The parameter of a node type that is drawn on a pad; empty when it has none."""
    fields = kind.model_fields.items()
    return next((name for name, info in fields if field_extra(info).get("widget") == "drawing"), "")


def field_extra(info: FieldInfo) -> dict[str, Any]:
    """What `_field` stored beside pydantic's own: unit, widget, options, log, advanced, shown_if."""
    return dict(info.json_schema_extra) if isinstance(info.json_schema_extra, dict) else {}
