"""Plain text as a source of sequences."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from engine.data import text_files
from engine.data.columns import Column
from engine.data.paths import locate
from engine.nodes.source import Source
from graphs.language import tr
from graphs.spec import Family, Kind, Port, Shape, ShapeError, Site, labels, text, whole


class TextCharacters(Source):
    """A text file as sequences of characters, each 1-of-K: windows that follow one another through the text.

    At every step the character that comes next is to be told (`next`); or only the one after the whole window (`label`).
    The file is UTF-8, beside the graph or in a folder below.
    """

    title, family = "Text as characters", Family.DATA
    equation = "x_t = 1-of-K(c_t),   next_t = x_{t+1},   label = c_{T+1}"
    source = "R7; Sutskever, Martens and Hinton (2011), Generating Text with Recurrent Neural Networks"
    keywords = ("txt", "string", "language", "letters", "sequence", "rnn", "lstm", "file", "open", "テキスト", "文字")
    outputs = (
        Port("x", Kind.SEQUENCE, help="T characters in a row, 1-of-K"),
        Port("next", Kind.SEQUENCE, help="the same window a character later"),
        Port("label", Kind.LABELS, help="the character after the window"),
    )
    reads = (".txt", ".text", ".md")
    samples = ()  # every sample would need a file
    wrong = (({}, {}, "Choose a text file."), ({"file": "/etc/passwd"}, {}, "absolute"), ({"length": 0}, {}, "1"))

    file: str = text("", "File", "A text file beside the graph, UTF-8.", widget="file")
    length: int = whole(50, "Length", "How many characters a sequence has.", low=1, high=10_000, unit="T")
    step: int = whole(0, "Step", "How many characters further the next window begins. 0: one window after another.",
                      high=100_000)
    alphabet: str = text("", "Alphabet", "The characters that are told apart; others are left out. Empty: all that the file "
                         "has, in the order of their code points.", advanced=True)

    def files(self, site: Site) -> tuple[Path, ...]:
        if not self.file:
            raise ShapeError(tr("Choose a text file."), parameter="file", code="file_missing")
        return (locate(self.file, site.folder),)

    def _symbols(self, site: Site) -> tuple[str, ...]:
        (path,) = self.files(site)
        symbols = text_files.alphabet(path, self.alphabet)
        if not symbols:
            raise text_files.wrong(tr("{file} is empty.", file=path.name))
        return symbols

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        symbols = self._symbols(site)
        window = Shape(Kind.SEQUENCE, (self.length, len(symbols)), low=0.0, high=1.0)
        return {"x": window, "next": window, "label": labels(symbols)}

    def component_names(self, site: Site) -> Mapping[str, tuple[str, ...]]:
        return dict.fromkeys(("x", "next"), self._symbols(site))

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return Path(self.file).name

    def load(self, given: Mapping[str, Column], site: Site) -> dict[str, Column]:
        (path,), symbols, shapes = self.files(site), self._symbols(site), self.shapes({}, site)
        places = text_files.encode(path, symbols)
        x, label = text_files.windows(path, places, self.length, self.step or self.length, len(symbols))
        after = np.zeros_like(x)
        after[:, :-1] = x[:, 1:]
        after[np.arange(len(x)), -1, label] = 1.0
        return {"x": Column(x, shapes["x"], symbols), "next": Column(after, shapes["next"], symbols),
                "label": Column(label, shapes["label"])}
