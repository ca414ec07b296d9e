"""Graphs that ship, after accidents: opened with problems or refused with a path, with the real node types."""

from __future__ import annotations

from collections import Counter

from engine.nodes import CATALOG
from graphs import gallery
from graphs.checks import Checked, check
from graphs.diff import difference
from graphs.layout import arrange
from graphs.storage import Unreadable, dumps, loads
from tests.effort import calls
from tests.graphs.mutations import mutated


def test_300_mutated_graphs() -> None:
    names = gallery.names()
    outcomes: Counter[str] = Counter()
    for seed in range(300):
        name = names[seed % len(names)]
        opened: list[Checked] = []

        def read(name=name, seed=seed, opened=opened) -> None:
            try:
                document = loads(mutated(gallery.path(name).read_bytes(), seed))
            except Unreadable as refused:
                assert refused.path.startswith("$")
            else:
                opened.append(check(document, CATALOG, gallery.path(name).parent))

        assert calls(read) < 300_000, f"{name}, accident {seed}: the aim is a second"
        outcomes["refused"] += not opened
        for checked in opened:
            document = checked.document
            for problem in checked.problems:
                for cure in problem.cures:
                    check(cure.edit(document), CATALOG)
            difference(gallery.load(name), document, CATALOG)
            arrange(document, {})
            again = dumps(document)
            assert dumps(loads(again)) == again
            outcomes["with errors" if checked.errors else "sound"] += 1
    assert min(outcomes[what] for what in ("refused", "with errors", "sound")) >= 20, outcomes
