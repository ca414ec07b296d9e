"""Looking node types up: by name, by family, by what a user types. Holds no node types itself."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Literal

from graphs.language import tr
from graphs.spec import Family, Kind, NodeType, Parameters

MISS = 100.0  # a score from here on does not match


class Catalog:
    """All node types of a program and the type of its training settings."""

    def __init__(self, types: Iterable[type[NodeType]], training: type[Parameters] = Parameters) -> None:
        self.types: tuple[type[NodeType], ...] = tuple(types)
        self.training = training
        self._by_name: dict[str, type[NodeType]] = {}
        for kind in self.types:
            for name in (kind.type_name(), *kind.replaces):
                if name in self._by_name:
                    raise ValueError(f"two node types answer to {name!r}")
                self._by_name[name] = kind

    def __iter__(self) -> Iterator[type[NodeType]]:
        return iter(self.types)

    def __len__(self) -> int:
        return len(self.types)

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def get(self, name: str) -> type[NodeType] | None:
        """The type of this name, or the one that replaces it."""
        return self._by_name.get(name)

    def suggest(self, name: str) -> str | None:
        """Did you mean: the name of the type that looks or is called most like `name`."""
        wanted = _plain(name)
        known = {_plain(word): kind.type_name() for kind in self.types
                 for word in (*kind.keywords, kind.title, *kind.replaces, kind.type_name())}
        close = difflib.get_close_matches(wanted[:100], known, n=1, cutoff=0.6)
        return known[close[0]] if close else None

    def families(self) -> dict[Family, list[type[NodeType]]]:
        """The shelves of the palette in their order, without empty ones."""
        shelves = {family: [kind for kind in self.types if kind.family is family] for family in Family}
        return {family: kinds for family, kinds in shelves.items() if kinds}

    def search(self, words: str, *, kind: Kind | None = None,
               direction: Literal["input", "output"] = "input") -> list[type[NodeType]]:
        """Types that match the words, best first. With `kind`: only those with such a port in that direction.

        `direction="input"` finds types that *take* the kind, `"output"` those that *give* it.
        """
        ordered = [found for shelf in self.families().values() for found in shelf]
        fitting = [found for found in ordered if kind is None or _has_port(found, kind, direction)]
        query = _plain(words).split()
        scored = [(score, found) for found in fitting if (score := _score(found, query)) < MISS]
        return [found for _, found in sorted(scored, key=lambda pair: pair[0])]


def fitting_port(kind: type[NodeType], travels: Kind, direction: Literal["input", "output"]) -> str | None:
    """The first port of a type where a wire of this kind may end (`input`) or begin (`output`)."""
    ports = kind.inputs if direction == "input" else kind.outputs
    exact = [port.name for port in ports if port.kind is travels]
    return next(iter(exact), None) or next((port.name for port in ports if port.takes(travels)), None)


def _has_port(kind: type[NodeType], travels: Kind, direction: Literal["input", "output"]) -> bool:
    return fitting_port(kind, travels, direction) is not None


def _plain(words: str) -> str:
    """Case, width, accents, hyphens and underscores do not matter to a search."""
    decomposed = unicodedata.normalize("NFKD", words).casefold().replace("-", " ").replace("_", " ")
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _score(kind: type[NodeType], query: list[str]) -> float:
    """The sum over the words asked for of how far each is from the type's words; 0 is best, `MISS` no match."""
    titles = {_plain(kind.title), _plain(tr(kind.title)), _plain(kind.type_name())}
    others = {_plain(word) for word in (*kind.keywords, *map(tr, kind.keywords), kind.family, tr(kind.family))}
    described = _plain(kind.described())
    total = 0.0
    for word in query:
        nearest = min([_distance(word, title) for title in titles]
                      + [0.5 + _distance(word, other) for other in others]
                      + [7.0 if len(word) > 2 and word in described else MISS])
        total += nearest
    return min(total, MISS)


def _distance(asked: str, word: str) -> float:
    """0 the same, 1 a prefix, 2 a prefix of a later word, 3 inside, 4 to 6 letters in order, 6 a typing slip."""
    if asked == word:
        return 0.0
    if word.startswith(asked):
        return 1.0
    if f" {asked}" in word:
        return 2.0
    if asked in word:
        return 3.0
    if len(asked) > 1 and asked[0] == word[:1] and _in_order(asked, word):
        return 4.0 + 2.0 * (1.0 - len(asked) / len(word))
    if len(asked) > 3 and difflib.SequenceMatcher(None, asked, word[: len(asked) + 1]).ratio() >= 0.8:
        return 6.0
    return MISS


def _in_order(asked: str, word: str) -> bool:
    letters = iter(word)
    return all(letter in letters for letter in asked)
