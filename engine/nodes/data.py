"""The sources: bundled sets, generated points, tables."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from engine.data import bundled, toy
from engine.data.columns import Column
from engine.data.paths import locate
from engine.data.table import drop_rows, known_classes, middle, number_classes, read_columns
from engine.data.table_facts import TableFacts, Writing, fault, learn_classes, no_class, table_facts
from engine.nodes.source import Source
from graphs.cures import setting
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
    text,
    whole,
)

DIGIT_CLASSES = tuple("0123456789")
LAYOUTS = {"features": "64 features", "image": "1×8×8 image"}


class Digits(Source):
    """1,797 handwritten digits of 8×8 pixels, each from 0 (paper) to 1 (ink), with the digit that was meant."""

    title, family = "Digits", Family.DATA
    source = "Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI"
    keywords = ("handwriting", "images", "mnist", "8x8", "classification", "手書き数字")
    outputs = (
        Port("pixels", Kind.FEATURES, also=(Kind.IMAGE,), help="ink of each pixel, row by row, 0…1"),
        Port("label", Kind.LABELS, help="the digit, 0 to 9"),
    )
    samples = (({}, {}), ({"layout": "image"}, {}))
    wrong = (({"layout": "columns"}, {}, "Layout must be one of"),)

    layout: choice_type(LAYOUTS) = choice(
        "features", "Layout", "One row of 64 numbers for dense layers, or an image for convolution.", LAYOUTS
    )

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        if self.layout == "image":
            pixels = Shape(Kind.IMAGE, (1, 8, 8), low=0.0, high=1.0)
        else:
            pixels = features(64, picture=(8, 8), low=0.0, high=1.0)
        return {"pixels": pixels, "label": labels(DIGIT_CLASSES)}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return tr("{count} images", count="1,797")

    def load(self, given: Mapping[str, Column], site: Site) -> dict[str, Column]:
        pixels, label = bundled.digits()
        shapes = self.shapes({}, site)
        values = (pixels / 16.0).reshape(-1, *shapes["pixels"].sizes)
        return {"pixels": Column(values, shapes["pixels"]), "label": Column(label, shapes["label"])}


class Iris(Source):
    """150 iris flowers, measured: length and width of sepal and petal in centimetres, and which of three species."""

    title, family = "Iris", Family.DATA
    source = "Fisher (1936), The Use of Multiple Measurements in Taxonomic Problems"
    keywords = ("flowers", "classification", "small", "fisher", "アヤメ")
    outputs = (
        Port("features", Kind.FEATURES, help="sepal length, sepal width, petal length, petal width"),
        Port("label", Kind.LABELS, help="setosa, versicolor or virginica"),
    )
    samples = (({}, {}),)
    wrong = (({"species": "setosa"}, {}, "species"),)

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        return {"features": features(4), "label": labels(bundled.IRIS_CLASSES)}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return tr("{count} flowers", count="150")

    def component_names(self, site: Site) -> Mapping[str, tuple[str, ...]]:
        return {"features": bundled.IRIS_FEATURES}

    def load(self, given: Mapping[str, Column], site: Site) -> dict[str, Column]:
        values, label = bundled.iris()
        shapes = self.shapes({}, site)
        return {
            "features": Column(values, shapes["features"], bundled.IRIS_FEATURES),
            "label": Column(label, shapes["label"]),
        }


PROBLEMS = {
    "and": "AND",
    "or": "OR",
    "xor": "XOR",
    "blobs": "Blobs",
    "moons": "Moons",
    "circles": "Circles",
    "spirals": "Two spirals",
}
SCATTERED = {"problem": ["blobs", "moons", "circles", "spirals"]}


class Toy2d(Source):
    """Points in the plane with classes: small problems whose whole answer can be seen as a map.

    The logic gates are the four rows of their truth table; the other sets are drawn at random from their own seed.
    """

    title, family = "Toy 2-D", Family.DATA
    source = "Two spirals: Lang and Witbrock (1988), Learning to Tell Two Spirals Apart"
    keywords = (
        "and", "or", "xor", "logic", "gate", "blobs", "moons", "circles", "spirals", "points", "plane", "論理演算",
    )
    outputs = (
        Port("points", Kind.FEATURES, help="two coordinates"),
        Port("label", Kind.LABELS, help="the class of each point"),
    )
    samples = (({}, {}), ({"problem": "xor"}, {}), ({"problem": "blobs", "classes": 5}, {}))
    wrong = (
        ({"problem": "nand"}, {}, "and"),
        ({"size": 1}, {}, "10"),
        ({"noise": -0.1}, {}, "0"),
    )

    problem: choice_type(PROBLEMS) = choice("moons", "Problem", "Which set of points.", PROBLEMS)
    size: int = whole(400, "Samples", "How many points are drawn.", low=10, high=100_000, shown_if=SCATTERED)
    classes: int = whole(3, "Classes", "How many blobs, each a class.", low=2, high=12,
                         shown_if={"problem": ["blobs"]})
    noise: float = number(0.1, "Noise", "Standard deviation of the points around their place.", low=0.0, high=10.0,
                          unit="σ", shown_if=SCATTERED)
    seed: int = whole(0, "Seed", "Another seed draws other points of the same kind.", shown_if=SCATTERED)

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        count = self.classes if self.problem == "blobs" else 2
        low, high = (0.0, 1.0) if self.problem in toy.GATES else (None, None)
        return {"points": features(2, low=low, high=high), "label": labels([str(place) for place in range(count)])}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        problem = tr(PROBLEMS[self.problem])
        return problem if self.problem in toy.GATES else f"{problem} · {self.size:,}"

    def load(self, given: Mapping[str, Column], site: Site) -> dict[str, Column]:
        shapes = self.shapes({}, site)
        if self.problem in toy.GATES:
            points, label = toy.gate(self.problem)
        else:
            points, label = toy.scattered(self.problem, self.size, self.noise, self.classes, self.seed)
        return {"points": Column(points, shapes["points"]), "label": Column(label, shapes["label"])}


DECIMALS = {"auto": "As the file has it", "point": "Point: 3.14", "comma": "Comma: 3,14"}
SEPARATED = {"auto": "As the file has it", "comma": "Comma", "semicolon": "Semicolon", "tab": "Tab", "bar": "Bar: |"}
HEADERS = {"auto": "As the file has it", "first": "The first row", "none": "None: all rows are data"}
GAPS = {
    "report": "Report them",
    "drop": "Drop rows with missing values",
    "mean": "Fill with the column's mean",
    "median": "Fill with the column's median",
}
TARGETS = {"auto": "As the column looks", "classes": "Classes", "numbers": "Numbers"}
FEW = 20  # a target of at most so many different whole numbers is taken for classes


class Table(Source):
    """A CSV or TSV file: some columns become features, others the target.

    The file lies beside the graph or in a folder below. Its first row may name the columns; without one they are called
    “column 1”, “column 2”, … A target of words, or of a few whole numbers, gives classes; any other gives numbers.
    """

    title, family = "Table", Family.DATA
    source = "RFC 4180, Common Format and MIME Type for Comma-Separated Values"
    keywords = ("csv", "tsv", "file", "excel", "spreadsheet", "columns", "open", "表")
    outputs = (
        Port("features", Kind.FEATURES, help="the feature columns"),
        Port("target", Kind.ANY, help="labels if the target holds classes, else its numbers"),
    )
    reads = (".csv", ".tsv", ".tab", ".dat")
    samples = ()  # every sample would need a file
    wrong = (
        ({}, {}, "Choose a CSV file."),
        ({"file": "/etc/passwd"}, {}, "absolute"),
    )

    file: str = text("", "File", "A CSV or TSV file beside the graph.", widget="file")
    features: str = text("", "Features", "Columns that are given to the network, separated by commas. Empty: every "
                         "column of numbers but the target.", widget="columns")
    target: str = text("", "Target", "The column to predict, or several columns of numbers. Empty: the last column.",
                       widget="columns")
    target_kind: choice_type(TARGETS) = choice("auto", "Target holds", "Whether the target names classes or measures "
                                               "something.", TARGETS)
    missing: choice_type(GAPS) = choice("report", "Missing values", "What becomes of rows in which a feature is "
                                        "missing; means and medians are those of the rows that train. "
                                        "Rows without a target are dropped unless they are reported.", GAPS)
    header: choice_type(HEADERS) = choice("auto", "Names of columns", "Which row names the columns.", HEADERS,
                                          advanced=True)
    separator: choice_type(SEPARATED) = choice("auto", "Separator", "What stands between two cells.", SEPARATED,
                                               advanced=True)
    decimal: choice_type(DECIMALS) = choice("auto", "Decimal sign", "What separates the fraction in numbers.",
                                            DECIMALS, advanced=True)

    def files(self, site: Site) -> tuple[Path, ...]:
        if not self.file:
            raise ShapeError(tr("Choose a CSV file."), parameter="file", code="file_missing")
        return (locate(self.file, site.folder),)

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        (path,) = self.files(site)
        facts = table_facts(path, self.writing)
        chosen, target = self._columns(path, facts, site)
        return {"features": features(len(chosen)), "target": self._target_shape(path, facts, target, site)}

    @property
    def writing(self) -> Writing:
        """How the file is written, as far as the parameters say."""
        return Writing(self.separator, self.decimal, self.header)

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return Path(self.file).name

    def component_names(self, site: Site) -> Mapping[str, tuple[str, ...]]:
        (path,) = self.files(site)
        facts = table_facts(path, self.writing)
        chosen, target = self._columns(path, facts, site)
        return {"features": tuple(chosen)} | ({} if self._is_classes(facts, target) else {"target": tuple(target)})

    def load(self, given: Mapping[str, Column], site: Site) -> dict[str, Column]:
        (path,) = self.files(site)
        facts = table_facts(path, self.writing)
        chosen, target = self._columns(path, facts, site)
        classes = target[0] if self._is_classes(facts, target) else ""
        with self._curable(site):
            rows = read_columns(path, facts, chosen, () if classes else target, classes, gaps=self.missing != "report")
            if classes:
                answers, found = number_classes(path, self.writing, classes, rows)
                shape, known = labels(found), answers >= 0
            else:
                answers, shape = rows.answers, features(len(target))
                known = ~np.isnan(answers).any(axis=1)
            values = rows.numbers
            if self.missing != "report":
                keep = known & ~np.isnan(values).any(axis=1) if self.missing == "drop" else known
                values, answers = drop_rows(path, keep, values, answers)
        return {"features": Column(values, features(len(chosen)), tuple(chosen)),
                "target": Column(answers, shape, () if classes else tuple(target))}

    @property
    def settles(self) -> bool:
        return self.missing in ("mean", "median")

    def measure(self, samples: Column, train: np.ndarray) -> Mapping[str, np.ndarray]:
        return {"fill": middle(samples.names, samples.values[train], self.missing)}

    def settle(self, measured: Mapping[str, np.ndarray], samples: np.ndarray) -> np.ndarray:
        return np.where(np.isnan(samples), measured["fill"], samples)

    def recall(self, columns: Mapping[str, Column], site: Site) -> None:
        classes = columns["target"].shape.classes
        if classes:
            (path,) = self.files(site)
            _, target = self._columns(path, table_facts(path, self.writing), site)
            learn_classes(path, self.writing, target[0], frozenset(classes))

    def _columns(self, path: Path, facts: TableFacts, site: Site) -> tuple[list[str], list[str]]:
        """The names of the feature columns and of the target columns, all of which exist and hold what they must."""
        target = self._named("target", facts, site) or [next(reversed(facts.columns))]
        chosen = self._named("features", facts, site) or [
            name for name, column in facts.columns.items() if column.holds_numbers and name not in target
        ]
        if not chosen:
            raise ShapeError(tr("{file} has no column of numbers beside the target.", file=path.name),
                             parameter="features", code="table")
        if self.features and self.target and (twice := set(chosen) & set(target)):
            raise ShapeError(tr("Column “{name}” is a feature and the target at once.", name=min(twice)),
                             parameter="features", code="table")
        gaps = self.missing != "report"
        for name in chosen:
            self._insist(fault(path, facts.columns[name], gaps=gaps), "features", site)
        for name in target:
            mistake = no_class if self._is_classes(facts, target) else fault
            self._insist(mistake(path, facts.columns[name], gaps=gaps), "target", site)
        return chosen, target

    def _named(self, parameter: str, facts: TableFacts, site: Site) -> list[str]:
        """The columns that a parameter names. Raises `ShapeError` for one that the file does not have."""
        line = getattr(self, parameter)
        names = [name.strip() for name in next(csv.reader([line], skipinitialspace=True), ())]
        wrong = next((name for name in names if name not in facts.columns), None)
        if wrong is not None:
            close = get_close_matches(wrong, facts.columns, n=1)
            cures = [setting(tr("Use “{name}”", name=better), site.node, parameter, line.replace(wrong, better))
                     for better in close]
            raise ShapeError(tr("{file} has no column “{name}”.", file=Path(self.file).name, name=wrong),
                             parameter=parameter, code="table", cures=cures)
        return list(dict.fromkeys(names))

    def _is_classes(self, facts: TableFacts, target: list[str]) -> bool:
        if len(target) > 1 or self.target_kind == "numbers":
            return False
        column = facts.columns[target[0]]
        few = column.whole and len(column.values) <= FEW
        return self.target_kind == "classes" or not column.holds_numbers or few

    def _target_shape(self, path: Path, facts: TableFacts, target: list[str], site: Site) -> Shape:
        if not self._is_classes(facts, target):
            return features(len(target))
        try:
            return labels(known_classes(path, self.writing, facts, target[0]))
        except ShapeError as error:
            if facts.columns[target[0]].holds_numbers:
                error.cures = (setting(tr("Treat the target as numbers"), site.node, "target_kind", "numbers"),)
            raise

    def _insist(self, mistake: ShapeError | None, parameter: str, site: Site) -> None:
        if mistake is not None:
            mistake.parameter = parameter
            with self._curable(site):
                raise mistake

    @contextmanager
    def _curable(self, site: Site) -> Iterator[None]:
        """A missing value comes with what can be done about it."""
        try:
            yield
        except ShapeError as error:
            if error.code == "missing":
                error.cures = tuple(setting(tr(words), site.node, "missing", way) for way, words in GAPS.items()
                                    if way != "report")
            raise
