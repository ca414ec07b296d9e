"""Generated sequences against automata, sums and entropies of their own."""

import numpy as np
import pytest

from engine.data.grammars import GIVEN_WORDS, WANTED_WORDS
from engine.nodes.sequences import (
    AddingProblem,
    EmbeddedReber,
    ParityStrings,
    RecallSymbols,
    SineWaves,
    ToyTranslation,
)
from tests.engine.test_data_sources import SITE

SIZES = [1, 2, 300]


def columns_of(kind, **parameters):
    return kind(**parameters).load({}, SITE)


@pytest.mark.parametrize("length", [2, 3, 50])
@pytest.mark.parametrize("size", SIZES)
def test_the_next_value_is_that_of_the_wave(size, length):
    made = columns_of(SineWaves, size=size, length=length, noise=0.1)
    assert np.array_equal(made["x"].values[:, 1:], made["next"].values[:, :-1])


def test_waves_are_sines_of_the_frequencies_that_were_asked_for():
    x = columns_of(SineWaves, size=500, length=60, slowest=2.0, fastest=4.0)["x"].values[:, :, 0].astype(np.float64)
    # of three equally distant values of a sine, the outer two sum to the middle one times 2 cos(2πk/T)
    middle, outer = x[:, 1:-1], x[:, :-2] + x[:, 2:]
    cosine = (middle * outer).sum(axis=1) / (2 * (middle**2).sum(axis=1))
    periods = np.arccos(cosine) * 60 / (2 * np.pi)
    assert np.allclose(outer, 2 * cosine[:, None] * middle, atol=1e-5)
    assert 2 <= periods.min() < 2.1
    assert 3.9 < periods.max() <= 4.0001


@pytest.mark.parametrize("length", [2, 3, 50])
@pytest.mark.parametrize("size", SIZES)
def test_two_numbers_are_marked_one_in_each_half_and_summed(size, length):
    made = columns_of(AddingProblem, size=size, length=length)
    numbers, marks = made["x"].values[:, :, 0], made["x"].values[:, :, 1]
    assert (marks[:, : length // 2].sum(axis=1) == 1).all()
    assert (marks[:, length // 2 :].sum(axis=1) == 1).all()
    assert np.allclose((numbers * marks).sum(axis=1), made["target"].values[:, 0], atol=1e-6)


def test_chance_at_adding_is_two_thirds():
    made = columns_of(AddingProblem, size=50_000, length=4)
    assert np.square(made["target"].values).mean() == pytest.approx(2 / 3, rel=0.02)
    values = made["x"].values[:, :, 0]
    assert values.var() == pytest.approx(1 / 3, rel=0.02)
    assert (made["x"].values[:, :, 1].mean(axis=0) > 0.48).all()


@pytest.mark.parametrize("length", [1, 4])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("task", ["copy", "reverse"])
def test_symbols_come_again_after_the_signal(task, size, length):
    made = columns_of(RecallSymbols, task=task, size=size, length=length, symbols=5, wait=7)
    wait = 7 if task == "copy" else 1
    x, target = (made[port].values.argmax(axis=2) for port in ("x", "target"))
    assert made["x"].values.sum(axis=2).min() == made["x"].values.sum(axis=2).max() == 1
    assert x.shape == target.shape == (size, 2 * length + wait)
    said = x[:, :length]
    assert said.max() < 5
    assert (x[:, length : length + wait - 1] == 5).all()
    assert (x[:, length + wait - 1] == 6).all()
    assert (x[:, length + wait :] == 5).all()
    assert (target[:, : length + wait] == 5).all()
    assert np.array_equal(target[:, length + wait :], said if task == "copy" else said[:, ::-1])


def test_copying_without_memory_costs_what_the_paper_says():
    """Arjovsky, Shah and Bengio: 10 ln 8 / (T + 20), here by counting what cannot be known."""
    made = columns_of(RecallSymbols, wait=100, size=2000)
    target = made["target"].values
    chances = target.mean(axis=0)
    cost = -(target * np.log(np.maximum(chances, 1e-9))).sum(axis=(1, 2)).mean() / target.shape[1]
    assert target.shape[1] == 120
    assert cost == pytest.approx(10 * np.log(8) / 120, rel=0.005)
    assert cost == pytest.approx(0.1733, rel=0.005)


@pytest.mark.parametrize("delay", [0, 1, 5])
@pytest.mark.parametrize("size", SIZES)
def test_an_echo_is_late(delay, size):
    made = columns_of(RecallSymbols, task="echo", size=size, length=6, delay=delay)
    x, target = (made[port].values.argmax(axis=2) for port in ("x", "target"))
    assert x.max() < 8
    assert np.array_equal(target[:, delay:], x[:, : 6 - delay])
    assert (target[:, :delay] == 8).all()


# The Reber grammar as its figure draws it (Hochreiter and Schmidhuber 1997, figure 3), written apart from the product
ARROWS = {"start": {"B": "a"}, "a": {"T": "b", "P": "c"}, "b": {"S": "b", "X": "d"}, "c": {"T": "c", "V": "e"},
          "d": {"X": "c", "S": "f"}, "e": {"P": "d", "V": "f"}, "f": {"E": "end"}, "end": {}}


def legal_after(prefix):
    """The symbols that may follow a prefix of an embedded Reber string; fails for what is none."""
    if not prefix:
        return {"B"}
    assert prefix[0] == "B"
    if len(prefix) == 1:
        return {"T", "P"}
    assert prefix[1] in "TP"
    state = "start"
    for place, symbol in enumerate(prefix[2:], start=2):
        if state == "end":
            assert symbol == prefix[1]
            return {"E"} if place == len(prefix) - 1 else set()
        state = ARROWS[state][symbol]
    return set(ARROWS[state]) or {prefix[1]}


def spelled(column, row):
    names, length = EmbeddedReber().component_names(SITE)["x"], column.lengths[row]
    assert (column.values[row, :length].sum(axis=1) == 1).all()
    return "".join(names[place] for place in column.values[row, :length].argmax(axis=1))


@pytest.mark.parametrize("longest", [9, 10, 40])
@pytest.mark.parametrize("size", [1, 2, 200])
def test_reber_strings_are_accepted_by_an_automaton(size, longest):
    made = columns_of(EmbeddedReber, size=size, longest=longest)
    names = EmbeddedReber().component_names(SITE)["legal"]
    for row in range(size):
        x, after = spelled(made["x"], row), spelled(made["next"], row)
        assert x[1:] == after[:-1]
        string = x + after[-1]
        assert string[-1] == "E"
        assert 9 <= len(string) <= longest
        assert legal_after(string[:-1]) == {"E"}
        for place in range(len(x)):
            told = {name for name, legal in zip(names, made["legal"].values[row, place], strict=True) if legal}
            assert told == legal_after(string[: place + 1])
            assert after[place] in told


def test_reber_strings_cost_what_the_grammar_says():
    """0.4411 nats a symbol with memory, 0.5041 without: 7 and 8 choices between two in 11 symbols, on average."""
    made = columns_of(EmbeddedReber, size=20_000, longest=80)
    legal, after, length = made["legal"].values, made["next"].values, made["x"].lengths
    choices = np.log(np.maximum(legal.sum(axis=2), 1))
    optimum = choices.sum() / length.sum()
    assert optimum == pytest.approx(7 * np.log(2) / 11, rel=0.005)
    assert optimum == pytest.approx(0.4411, rel=0.005)
    assert (optimum + np.log(2) * len(length) / length.sum()) == pytest.approx(0.5041, rel=0.005)
    two = legal.sum(axis=2) == 2
    taken = (after[two] * np.cumsum(legal[two], axis=1)).sum(axis=1)  # the first or the second of the legal ones
    assert taken.mean() == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize(("shortest", "longest"), [(1, 1), (1, 10), (5, 6), (4, 4)])
@pytest.mark.parametrize("size", SIZES)
def test_parity_is_that_of_the_ones(size, shortest, longest):
    made = columns_of(ParityStrings, size=size, shortest=shortest, longest=longest)
    bits, label = made["x"], made["label"]
    lengths = bits.mask().sum(axis=1)
    assert lengths.min() >= shortest
    assert lengths.max() <= longest
    assert (bits.lengths is None) == (shortest == longest)
    for row in range(size):
        string = bits.values[row, : lengths[row], 0]
        assert set(string) <= {0, 1}
        assert label.shape.classes[label.values[row]] == ("odd" if list(string).count(1) % 2 else "even")
    assert size < 300 or set(lengths) == set(range(shortest, longest + 1))


def test_a_translation_can_be_undone_word_by_word():
    """An independent translator back: particles split subject, object and verb."""
    made = columns_of(ToyTranslation, size=500)
    back = dict(zip(WANTED_WORDS[:15], GIVEN_WORDS[:15], strict=True))
    lengths = set()
    for row in range(500):
        english, japanese = (
            [words[place] for place in made[port].values[row, : made[port].lengths[row]].argmax(axis=1)]
            for port, words in (("source", GIVEN_WORDS), ("target", WANTED_WORDS)))
        lengths.add((len(english), len(japanese)))
        topic, rest = " ".join(japanese).split(" は ")
        thing, verb = rest.split(" を ")
        assert verb.split()[1:] == ["<EOS>"]
        parts = topic.split(), verb.split()[:1], thing.split()
        assert english == [*(back[word] for part in parts for word in part), "<EOS>"]
    assert lengths == {(4, 6), (5, 7), (6, 8)}
    assert len({made["source"].values[row].tobytes() for row in range(500)}) > 400
