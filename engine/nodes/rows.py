"""Which samples train: rules for the whole graph, wherever they stand. What is wired to them passes unchanged."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.data.draws import Draws
from engine.data.splits import Division
from engine.nodes.node import RowRule
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
    number,
    switch,
    whole,
)

ALL_DATA = (Kind.IMAGE, Kind.SEQUENCE, Kind.LABELS)
TAKEN = {"drawn": "Drawn by chance", "last": "The last ones"}


def _passed(given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
    if "x" not in given and "x" in site.wired:
        raise ShapeError(tr("What leaves at “x” must come in at “x”: wire data to it, or nothing behind it."), port="x")
    return {"x": given["x"]} if "x" in given else {}


class Split(RowRule):
    """Divides the samples into those that train, those that validate and those that test, apart from every other seed.

    It holds for the whole graph, wherever it stands on the way of the data or beside it, instead of the validation
    share of the training settings. Validation is looked at while training; the test part only counts at the end.
    """

    title, family = "Split", Family.PREPARE
    equation = "{1 … N} = train ∪ validation ∪ test"
    source = "D4; Hastie, Tibshirani and Friedman (2009), The Elements of Statistical Learning, §7.2"
    keywords = ("train", "validation", "test", "holdout", "stratified", "divide", "分割", "検証", "テスト")
    inputs = (Port("x", Kind.FEATURES, also=ALL_DATA, optional=True, help="samples from a data node"),)
    outputs = (Port("x", Kind.FEATURES, also=ALL_DATA, help="the same samples"),)
    samples = (({}, {"x": features(4)}), ({"taken": "last", "test": 0.0}, {}))
    wrong = (
        ({"validation": 0.6, "test": 0.4}, {"x": features(4)}, "nothing is left to train on"),
        ({"test": 1.0}, {"x": features(4)}, "1"),
        ({"taken": "first"}, {"x": features(4)}, "must be one of"),
    )

    validation: float = number(0.2, "Validation share", "Part of the samples on which training is watched.", low=0.0,
                               below=1.0)
    test: float = number(0.2, "Test share", "Part of the samples that is kept back until the run is over.", low=0.0,
                         below=1.0)
    taken: choice_type(TAKEN) = choice("drawn", "Kept samples", "Any samples, or the last ones: of a series, what comes "
                                       "later than all that trains.", TAKEN)
    stratified: bool = switch(True, "Stratified", "Where there are labels, every part has the classes in proportion.",
                              shown_if={"taken": ["drawn"]})
    seed: int = whole(0, "Seed", "Another seed draws other parts. The seed of the training never moves them.",
                      shown_if={"taken": ["drawn"]})

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        if self.validation + self.test >= 1.0:
            raise ShapeError(tr("Validation and test share are {sum} together: nothing is left to train on.",
                                sum=f"{self.validation + self.test:g}"), parameter="test")
        return _passed(given, site)

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        shares = (1.0 - self.validation - self.test, self.validation, self.test)
        return " : ".join(f"{100 * share:.3g}" for share in shares) + " %"

    def division(self, asked: Division) -> Division:
        return Division(self.validation, self.test, self.seed, self.stratified, self.taken == "last", smallest=2)


class Bootstrap(RowRule):
    """Trains on samples drawn from the training part with replacement: some come twice, about a third never.

    It holds for the whole graph. Validation and test samples stay what they are, and preparations learn from the whole
    training part. Networks that are trained on draws of different seeds can be averaged.
    """

    title, family = "Bootstrap", Family.PREPARE
    equation = "P(never drawn) = (1 − 1/N)ᴺ → 1/e ≈ 0.368"
    source = "D5; Efron (1979), Bootstrap Methods: Another Look at the Jackknife; Breiman (1996), Bagging Predictors"
    keywords = ("resample", "bagging", "replacement", "ensemble", "ブートストラップ", "復元抽出", "バギング")
    inputs = (Port("x", Kind.FEATURES, also=ALL_DATA, optional=True, help="samples from a data node"),)
    outputs = (Port("x", Kind.FEATURES, also=ALL_DATA, help="the same samples"),)
    samples = (({}, {"x": features(4)}), ({"share": 0.5, "seed": 3}, {}))
    wrong = (({"share": 0.0}, {"x": features(4)}, "0"),)

    share: float = number(1.0, "Size", "How many samples are drawn, as a share of the training part.", above=0.0,
                          high=10.0)
    seed: int = whole(0, "Seed", "Another seed draws other samples.")

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        return _passed(given, site)

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return tr("seed {seed}", seed=self.seed)

    def resample(self, train: np.ndarray) -> np.ndarray:
        count = max(1, round(self.share * len(train)))
        return np.sort(train)[Draws(self.seed, "bootstrap").whole(count, len(train))]
