"""Generated sequences, B×T×F: waves, exercises for memory, strings of grammars. Each has its own seed and size."""

from __future__ import annotations

from collections.abc import Mapping

from engine.data import grammars, sequences
from engine.data.draws import Draws
from engine.nodes.generated import Drawn, Generated, own_seed, own_size
from graphs.language import tr
from graphs.spec import (
    Family,
    Kind,
    Port,
    Shape,
    ShapeError,
    Site,
    choice,
    choice_type,
    features,
    labels,
    number,
    whole,
)


def _symbols(steps: int, width: int, *, ragged: bool = False) -> Shape:
    """Sequences of symbols, 1-of-K."""
    return Shape(Kind.SEQUENCE, (steps, width), low=0.0, high=1.0, ragged=ragged)


class SineWaves(Generated):
    """Waves of random frequency and phase; at every step the value that comes next is to be told."""

    title, family = "Sine waves", Family.DATA
    equation = "x(t) = sin(2π (k t/T + φ)) + ε\ntarget = x(t+1)"
    source = "R7; Box and Jenkins (1970), Time Series Analysis: forecasting one step ahead"
    keywords = ("sequence", "time series", "prediction", "forecast", "wave", "rnn", "時系列", "正弦波", "予測")
    outputs = (
        Port("x", Kind.SEQUENCE, help="T values of a wave"),
        Port("next", Kind.SEQUENCE, help="the same wave a step later"),
    )
    samples = (({}, {}), ({"size": 1, "length": 2, "noise": 0.0}, {}))
    wrong = (({"slowest": 4.0}, {}, "must not be more"), ({"length": 1}, {}, "2"), ({"noise": -1.0}, {}, "0"))

    size: int = own_size(500)
    length: int = whole(50, "Length", "How many steps a sequence has.", low=2, high=10_000, unit="T")
    slowest: float = number(1.0, "Fewest periods", "How often the slowest wave repeats in a sequence.", low=0.0,
                            high=1000.0, unit="k")
    fastest: float = number(3.0, "Most periods", "How often the fastest wave repeats in a sequence.", low=0.0,
                            high=1000.0, unit="k")
    noise: float = number(0.0, "Noise", "Standard deviation of each value around the wave.", low=0.0, high=10.0, unit="σ")
    seed: int = own_seed()

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        if self.slowest > self.fastest:
            raise ShapeError(tr("The fewest periods, {fewest}, must not be more than the most, {most}.",
                                fewest=f"{self.slowest:g}", most=f"{self.fastest:g}"), parameter="slowest")
        bound = 1.0 if self.noise == 0.0 else None
        wave = Shape(Kind.SEQUENCE, (self.length, 1), low=None if bound is None else -bound, high=bound)
        return {"x": wave, "next": wave}

    def draw(self, draws: Draws) -> Drawn:
        x, after = sequences.sine_waves(draws, self.size, self.length, self.slowest, self.fastest, self.noise)
        return {"x": x, "next": after}


class AddingProblem(Generated):
    """Two of T numbers are marked, one in each half; their sum is asked for at the end. It takes memory over T steps.

    The numbers lie between −1 and 1. Who always answers 0 is wrong by 2/3 in the mean square.
    """

    title, family = "Adding problem", Family.DATA
    equation = "x(t) = (v(t), m(t)),   v ~ U(−1, 1)\ntarget = Σ m(t) v(t)"
    source = "R9; Hochreiter and Schmidhuber (1997), Long Short-Term Memory, experiment 4"
    keywords = ("sequence", "long-term", "memory", "lstm", "rnn", "sum", "加算問題", "長期記憶")
    outputs = (
        Port("x", Kind.SEQUENCE, help="at each step a number and a mark: 1 for the two that count, else 0"),
        Port("target", Kind.FEATURES, help="the sum of the two marked numbers"),
    )
    samples = (({}, {}), ({"size": 1, "length": 2}, {}))
    wrong = (({"length": 1}, {}, "2"),)

    size: int = own_size(2000)
    length: int = whole(50, "Length", "How many numbers a sequence has.", low=2, high=10_000, unit="T")
    seed: int = own_seed()

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        return {"x": Shape(Kind.SEQUENCE, (self.length, 2), low=-1.0, high=1.0), "target": features(1, low=-2.0, high=2.0)}

    def component_names(self, site: Site) -> Mapping[str, tuple[str, ...]]:
        return {"x": ("number", "mark"), "target": ("sum",)}

    def draw(self, draws: Draws) -> Drawn:
        x, target = sequences.adding(draws, self.size, self.length)
        return {"x": x, "target": target}


TASKS = {"copy": "Copy after a wait", "echo": "Echo with a delay", "reverse": "Backwards"}


class RecallSymbols(Generated):
    """Symbols to be remembered and said again: all of them after a wait, each with a delay, or backwards.

    Copy and Backwards show blanks, then a signal that asks for the answer; until then the answer is the blank. Without
    memory the best copy costs S ln K / (T + 2S) nats a step: 0.1733 for 10 of 8 symbols after a wait of 100.
    """

    title, family = "Recall symbols", Family.DATA
    equation = "s₁ … sₛ ␣ᵀ → s₁ … sₛ\ntarget(t) = s(t−d)\ns₁ … sₛ → sₛ … s₁"
    source = "R9; Arjovsky, Shah and Bengio (2016), Unitary Evolution Recurrent Neural Networks; Graves et al. (2014)"
    keywords = ("sequence", "copy", "echo", "reverse", "memory", "delay", "seq2seq", "rnn", "複写", "反転", "記憶")
    outputs = (
        Port("x", Kind.SEQUENCE, help="the symbols as 1-of-K, then what asks for them"),
        Port("target", Kind.SEQUENCE, help="what is to be said at each step, as 1-of-K"),
    )
    samples = (({}, {}), ({"task": "echo", "delay": 0}, {}), ({"task": "reverse", "size": 1, "length": 1}, {}))
    wrong = (({"task": "forget"}, {}, "must be one of"), ({"task": "echo", "delay": 10}, {}, "shorter than"),
             ({"symbols": 1}, {}, "2"))

    task: choice_type(TASKS) = choice("copy", "Task", "What is to be said.", TASKS)
    size: int = own_size(1000)
    symbols: int = whole(8, "Symbols", "How many different symbols there are.", low=2, high=256, unit="K")
    length: int = whole(10, "Length", "How many symbols are shown.", low=1, high=1000, unit="S")
    wait: int = whole(20, "Wait", "Steps from the last symbol to the first of the answer.", low=1, high=10_000, unit="T",
                      shown_if={"task": ["copy"]})
    delay: int = whole(3, "Delay", "After how many steps each symbol is to be said.", low=0, high=1000, unit="d",
                       shown_if={"task": ["echo"]})
    seed: int = own_seed()

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        if self.task == "echo":
            if self.delay >= self.length:
                raise ShapeError(tr("The delay, {delay}, must be shorter than the sequence of {length} symbols.",
                                    delay=self.delay, length=self.length), parameter="delay")
            shown = said = _symbols(self.length, self.symbols + 1)
        else:
            shown = said = _symbols(2 * self.length + self._wait(), self.symbols + 2)
        return {"x": shown, "target": said}

    def _wait(self) -> int:
        return self.wait if self.task == "copy" else 1

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return f"{tr(TASKS[self.task])} · {self.size:,}"

    def component_names(self, site: Site) -> Mapping[str, tuple[str, ...]]:
        spoken = tuple(str(place) for place in range(1, self.symbols + 1))
        names = (*spoken, "blank") if self.task == "echo" else (*spoken, "blank", "signal")
        return {"x": names, "target": names}

    def draw(self, draws: Draws) -> Drawn:
        if self.task == "echo":
            x, target = sequences.echo(draws, self.size, self.symbols, self.length, self.delay)
        else:
            x, target = sequences.recall(draws, self.size, self.symbols, self.length, self._wait(),
                                         backwards=self.task == "reverse")
        return {"x": x, "target": target}


class EmbeddedReber(Generated):
    """Strings of a small grammar in which the last symbol but one repeats the second: seven letters, different lengths.

    At every step the symbols that may come next are to be told. The best possible is 0.4411 nats a symbol, 0.5041 for
    who has forgotten the second one.
    """

    title, family = "Embedded Reber", Family.DATA
    equation = "B T (Reber) T E   |   B P (Reber) P E\nReber: B (T S* X | P T* V) … E"
    source = "R9; Reber (1967), Implicit Learning of Artificial Grammars; Hochreiter and Schmidhuber (1997), experiment 1"
    keywords = ("grammar", "automaton", "sequence", "long-term", "lstm", "rnn", "language", "文法", "オートマトン")
    outputs = (
        Port("x", Kind.SEQUENCE, help="every symbol but the last, as 1-of-7 (B T S X P V E)"),
        Port("next", Kind.SEQUENCE, help="the symbol that followed each, as 1-of-7"),
        Port("legal", Kind.SEQUENCE, help="the symbols that could have followed: one or two of seven are 1"),
    )
    samples = (({}, {}), ({"size": 1, "longest": 9}, {}))
    wrong = (({"longest": 8}, {}, "9"),)

    size: int = own_size(1000)
    longest: int = whole(40, "Longest string", "Longer strings are drawn again. Above 40 it is one in 20,000.",
                         low=grammars.SHORTEST, high=1000, unit="symbols")
    seed: int = own_seed()

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        return dict.fromkeys(("x", "next", "legal"), _symbols(self.longest - 1, len(grammars.SYMBOLS), ragged=True))

    def component_names(self, site: Site) -> Mapping[str, tuple[str, ...]]:
        return dict.fromkeys(("x", "next", "legal"), tuple(grammars.SYMBOLS))

    def draw(self, draws: Draws) -> Drawn:
        x, after, legal = grammars.reber(draws, self.size, self.longest)
        return {"x": x, "next": after, "legal": legal}


class ParityStrings(Generated):
    """Strings of bits of different lengths: is the number of ones even or odd? One bit of memory is enough."""

    title, family = "Parity strings", Family.DATA
    equation = "label = x₁ ⊕ x₂ ⊕ … ⊕ xₜ"
    source = "Minsky and Papert (1969), Perceptrons; Hochreiter and Schmidhuber (1997), §5"
    keywords = ("bits", "xor", "sequence", "even", "odd", "rnn", "パリティ", "偶奇")
    outputs = (
        Port("x", Kind.SEQUENCE, help="one bit at each step"),
        Port("label", Kind.LABELS, help="whether the number of ones is even or odd"),
    )
    samples = (({}, {}), ({"size": 1, "shortest": 3, "longest": 3}, {}))
    wrong = (({"shortest": 9, "longest": 8}, {}, "must not be longer"), ({"shortest": 0}, {}, "1"))

    size: int = own_size(1000)
    shortest: int = whole(1, "Shortest", "Bits of the shortest strings.", low=1, high=10_000)
    longest: int = whole(10, "Longest", "Bits of the longest strings.", low=1, high=10_000, unit="T")
    seed: int = own_seed()

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        if self.shortest > self.longest:
            raise ShapeError(tr("The shortest string, {shortest} bits, must not be longer than the longest, {longest}.",
                                shortest=self.shortest, longest=self.longest), parameter="shortest")
        return {"x": _symbols(self.longest, 1, ragged=self.shortest < self.longest), "label": labels(("even", "odd"))}

    def draw(self, draws: Draws) -> Drawn:
        x, label = sequences.parity(draws, self.size, self.shortest, self.longest)
        return {"x": x, "label": label}


class ToyTranslation(Generated):
    """Short sentences in two languages: the verb moves to the end and particles appear, so neither order nor length is
    kept. `red dog sees cat` is 赤い 犬 は 猫 を 見る.

    Both end with `<EOS>`; there are about five thousand different pairs.
    """

    title, family = "Toy translation", Family.DATA
    equation = "(a₁) n₁ v (a₂) n₂ → (a₁) n₁ は (a₂) n₂ を v"
    source = "R6; Sutskever, Vinyals and Le (2014), Sequence to Sequence Learning with Neural Networks"
    keywords = ("seq2seq", "encoder", "decoder", "language", "sentence", "words", "eos", "翻訳", "対訳", "系列変換")
    outputs = (
        Port("source", Kind.SEQUENCE, help="an English sentence, its words as 1-of-16, then <EOS>"),
        Port("target", Kind.SEQUENCE, help="the same in Japanese, its words as 1-of-18, then <EOS>"),
    )
    samples = (({}, {}), ({"size": 1}, {}))
    wrong = (({"size": 0}, {}, "1"),)

    size: int = own_size(2000)
    seed: int = own_seed()

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        return {"source": _symbols(grammars.LONGEST_GIVEN, len(grammars.GIVEN_WORDS), ragged=True),
                "target": _symbols(grammars.LONGEST_WANTED, len(grammars.WANTED_WORDS), ragged=True)}

    def component_names(self, site: Site) -> Mapping[str, tuple[str, ...]]:
        return {"source": grammars.GIVEN_WORDS, "target": grammars.WANTED_WORDS}

    def draw(self, draws: Draws) -> Drawn:
        source, target = grammars.translation(draws, self.size)
        return {"source": source, "target": target}
