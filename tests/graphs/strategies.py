"""Random documents and random edits for hypothesis, right and wrong ones alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from graphs import edits
from graphs.document import Document, Frame, Node, Wire, rounded
from tests.graphs.toy import CATALOG

Edit = Callable[[Document], Document]

words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
ids = st.from_regex(r"[a-zA-Zé_][a-zA-Z0-9_-]{0,6}", fullmatch=True)
types = st.sampled_from([*(kind.type_name() for kind in CATALOG), "old_mill", "unknown", ""])
ports = st.sampled_from(["x", "y", "values", "labels", "pictures", "target", "loss", "code", "hint", "nowhere"])
positions = st.tuples(*2 * [st.floats(-2000, 2000)]).map(rounded)
reals = st.floats(allow_nan=False, allow_infinity=False)
plain = st.none() | st.booleans() | st.integers(-(2**62), 2**62) | reals | words
values = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
                      max_leaves=6)
parameters = st.dictionaries(st.sampled_from(["units", "width", "mood", "rate", "wet", "note", "unheard of"]), values,
                             max_size=3)
texts = st.dictionaries(st.sampled_from(["en", "ja", "fr"]), words, max_size=2)
unknown = st.dictionaries(st.sampled_from(["later", "$schema", "x y"]), values, max_size=2)


@st.composite
def nodes(draw: Any, key: str) -> Node:
    return Node(key, draw(types), draw(parameters), draw(positions), draw(words), draw(st.booleans()),
                draw(st.booleans()), draw(unknown))


@st.composite
def documents(draw: Any) -> Document:
    """Any document that a file can hold: wires may dangle, types may be unknown, values wrong."""
    names = draw(st.lists(ids, unique=True, max_size=8))
    frame_names = draw(st.lists(ids.filter(lambda name: name not in names), unique=True, max_size=2))
    ends = st.sampled_from([*names, "gone"])
    wires = st.builds(Wire, ends, ports, ends, ports)
    return Document(
        nodes={name: draw(nodes(name)) for name in names},
        wires=frozenset(draw(st.lists(wires, max_size=12))),
        training=draw(st.dictionaries(st.sampled_from(["rate", "epochs", "unheard of"]), values, max_size=2)),
        title=draw(texts),
        lesson=draw(texts),
        source=draw(words),
        goals=tuple(draw(st.lists(st.dictionaries(words, values, max_size=2), max_size=2))),
        several=draw(st.dictionaries(words, values, max_size=2)),
        frames=tuple(Frame(name, draw(words), draw(positions), draw(positions), draw(unknown)) for name in frame_names),
        probes=tuple(draw(st.lists(st.tuples(ends, ports), unique=True, max_size=3))),
        extra=draw(unknown),
    )


def random_edit(draw: Callable[[Any], Any], doc: Document) -> Document:
    """The document after one edit drawn at random."""
    some = sorted(doc.nodes) or ["gone"]
    node, other, chosen = draw(st.sampled_from(some)), draw(st.sampled_from(some)), draw(
        st.lists(st.sampled_from(some), max_size=3))
    wire = Wire(node, draw(ports), other, draw(ports))
    drawn = draw(st.sampled_from(sorted(doc.wires))) if doc.wires else wire
    kind, at = draw(types), draw(positions)
    possible: dict[str, Edit] = {
        "add": lambda d: edits.add_node(d, Node(edits.fresh_id(d, kind), kind, position=at)),
        "remove": lambda d: edits.remove(d, chosen),
        "dissolve": lambda d: edits.dissolve(d, chosen, CATALOG),
        "connect": lambda d: edits.connect(d, wire),
        "disconnect": lambda d: edits.disconnect(d, [drawn]),
        "move": lambda d: edits.move(d, dict.fromkeys(chosen, at)),
        "paste": lambda d: edits.paste(d, edits.copy(d, chosen), at, keep_inputs=True)[0],
        "duplicate": lambda d: edits.duplicate(d, chosen, (20, 20))[0],
        "train": lambda d: edits.set_training(d, "epochs", draw(values)),
        "reset": lambda d: edits.reset_training(d, "epochs"),
        "words": lambda d: edits.set_words(d, title=draw(texts), source=draw(words)),
        "frame": lambda d: edits.add_frame(d, Frame(edits.fresh_id(d, "frame"), "", at, at)),
        "probe": lambda d: edits.watch(d, node, "y", draw(st.booleans())),
    }
    if doc.nodes:
        possible |= {
            "set": lambda d: edits.set_parameter(d, node, "units", draw(values)),
            "forget": lambda d: edits.reset_parameter(d, node, "units"),
            "rename": lambda d: edits.rename(d, node, draw(words)),
            "retype": lambda d: edits.retype(d, node, kind),
            "bypass": lambda d: edits.bypass(d, chosen, draw(st.booleans())),
            "collapse": lambda d: edits.collapse(d, chosen, draw(st.booleans())),
            "insert": lambda d: edits.insert_on_wire(d, node, drawn, "x", "y"),
        }
    return possible[draw(st.sampled_from(sorted(possible)))](doc)
