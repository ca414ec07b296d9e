"""Strings that grammars make: the embedded Reber grammar, and a toy language with its translation."""

from __future__ import annotations

import numpy as np

from engine.data.draws import Draws
from engine.data.generated import one_of_k
from engine.data.sequences import Padded, padded

SYMBOLS = "BTSXPVE"
SHORTEST = 9  # symbols of an embedded Reber string
# From each state of the Reber grammar two equally likely ways on: symbol and next state. The last state is the end.
WAYS = (("B1", "B1"), ("T2", "P3"), ("S2", "X4"), ("T3", "V5"), ("X3", "S6"), ("P4", "V6"), ("E7", "E7"), ("E7", "E7"))
_SYMBOL = np.array([[SYMBOLS.index(way[0]) for way in ways] for ways in WAYS])
_NEXT = np.array([[int(way[1]) for way in ways] for ways in WAYS])
END = len(WAYS) - 1


def reber(draws: Draws, size: int, longest: int) -> tuple[Padded, Padded, Padded]:
    """Embedded Reber strings of at most so many symbols, as 1-of-7: all symbols but the last, for each the symbol that
    followed, and the set of those that could have followed; each [size, longest − 1, 7]."""
    codes, legal, lengths = (np.concatenate(parts)[:size] for parts in zip(*_batches(draws, size, longest), strict=True))
    made = padded(one_of_k(codes[:, :-1], 7), lengths - 1)
    follows = padded(one_of_k(codes[:, 1:], 7), lengths - 1)
    return made, follows, padded(legal, lengths - 1)


def _batches(draws: Draws, size: int, longest: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Batches of strings until there are enough; longer ones are drawn again."""
    batches, found = [], 0
    while found < size:
        codes, legal, lengths = _embedded(draws, size, longest)
        fits = lengths <= longest
        batches.append((codes[fits], legal[fits], lengths[fits]))
        found += int(fits.sum())
    return batches


def _embedded(draws: Draws, size: int, longest: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Strings B, o, a Reber string, o, E with o = T or P [size, longest], what may follow each symbol, and lengths."""
    row, room = np.arange(size), longest + 1  # one symbol more, so that those that are too long show it
    codes = np.zeros((size, room), np.int64)
    legal = np.zeros((size, room, 7), np.float32)
    outer = np.where(draws.whole(size, 2) == 0, SYMBOLS.index("T"), SYMBOLS.index("P"))
    codes[:, 1] = outer
    legal[:, 0] = one_of_k(np.array([SYMBOLS.index("T"), SYMBOLS.index("P")]), 7).sum(axis=0)
    legal[:, 1, SYMBOLS.index("B")] = 1.0
    choices = one_of_k(_SYMBOL, 7).max(axis=1)  # [states, 7]
    state = np.zeros(size, np.int64)
    lengths = np.full(size, room)
    for place in range(2, room):
        way = draws.whole(size, 2)
        running = state != END
        codes[running, place] = _SYMBOL[state, way][running]
        state = np.where(running, _NEXT[state, way], END)
        legal[running, place] = choices[state[running]]
        ended = running & (state == END)
        lengths[ended] = place + 3
    done = lengths <= longest
    row, last = row[done], lengths[done] - 1
    codes[row, last - 1], codes[row, last] = outer[done], SYMBOLS.index("E")
    legal[row, last - 2] = one_of_k(outer[done], 7)
    legal[row, last - 1] = one_of_k(np.full(len(row), SYMBOLS.index("E")), 7)
    return codes[:, :longest], legal[:, : longest - 1], lengths


EOS = "<EOS>"
WORDS = {"dog": "犬", "cat": "猫", "bird": "鳥", "fish": "魚", "child": "子供", "fox": "狐"}
QUALITIES = {"red": "赤い", "white": "白い", "big": "大きい", "small": "小さい", "old": "古い"}
DEEDS = {"sees": "見る", "eats": "食べる", "calls": "呼ぶ", "follows": "追う"}
TOPIC, OBJECT = "は", "を"
GIVEN_WORDS = (*WORDS, *QUALITIES, *DEEDS, EOS)
WANTED_WORDS = (*WORDS.values(), *QUALITIES.values(), *DEEDS.values(), TOPIC, OBJECT, EOS)
LONGEST_GIVEN, LONGEST_WANTED = 6, 8


def translation(draws: Draws, size: int) -> tuple[Padded, Padded]:
    """Sentences such as `red dog sees cat <EOS>` and `赤い 犬 は 猫 を 見る <EOS>`, as 1-of-K over two vocabularies.

    The verb moves to the end and particles appear, so neither order nor length is kept: [size, 6, 16], [size, 8, 18].
    """
    nouns, qualities, deeds = list(WORDS), list(QUALITIES), list(DEEDS)
    who, whom = draws.whole(size, len(nouns)), draws.whole(size, len(nouns))
    how, like = draws.whole(size, len(qualities) + 1), draws.whole(size, len(qualities) + 1)
    does = draws.whole(size, len(deeds))
    pairs = []
    for a, b, c, d, e in zip(how, who, does, like, whom, strict=True):
        subject = [*qualities[a : a + 1], nouns[b]]
        target = [*qualities[d : d + 1], nouns[e]]
        told = [_JAPANESE[word] for word in subject], [_JAPANESE[word] for word in target]
        pairs.append(([*subject, deeds[c], *target, EOS], [*told[0], TOPIC, *told[1], OBJECT, DEEDS[deeds[c]], EOS]))
    given, wanted = zip(*pairs, strict=True)
    return _written(given, GIVEN_WORDS, LONGEST_GIVEN), _written(wanted, WANTED_WORDS, LONGEST_WANTED)


_JAPANESE = {**WORDS, **QUALITIES}


def _written(sentences: tuple[list[str], ...], words: tuple[str, ...], longest: int) -> Padded:
    places = {word: place for place, word in enumerate(words)}
    codes = np.zeros((len(sentences), longest), np.int64)
    for row, sentence in enumerate(sentences):
        codes[row, : len(sentence)] = [places[word] for word in sentence]
    return padded(one_of_k(codes, len(words)), np.array([len(sentence) for sentence in sentences]))
