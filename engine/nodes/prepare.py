"""The preparations: fitted on the training part, applied to every sample before it reaches the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from engine.nodes.node import PrepareNode
from graphs.language import tr
from graphs.spec import Family, Kind, Port, Shape, Site, choice, choice_type, features, labels, switch

METHODS = {"standard": "Mean 0, deviation 1", "unit": "From 0 to 1"}


class Normalize(PrepareNode):
    """Brings every component to the same scale, so that no feature speaks louder than another.

    The statistics come from the training part alone. A component that never changes there becomes 0. Of sequences all
    steps count alike, as far as there are any.
    """

    title, family = "Normalise", Family.PREPARE
    equation = "x′ᵢ = (xᵢ − x̄ᵢ) / σᵢ\nx′ᵢ = (xᵢ − minᵢ) / (maxᵢ − minᵢ)"
    source = "D1; LeCun, Bottou, Orr and Müller (1998), Efficient BackProp"
    keywords = (
        "normalize", "standardize", "standardise", "scale", "z-score", "min-max", "mean", "正規化", "標準化",
    )
    inputs = (
        Port("x", Kind.FEATURES, also=(Kind.IMAGE, Kind.SEQUENCE), help="samples from a data node"),
    )
    outputs = (
        Port("x", Kind.FEATURES, also=(Kind.IMAGE, Kind.SEQUENCE), help="the samples, rescaled"),
    )
    samples = (
        ({}, {"x": features(4)}),
        ({"method": "unit"}, {"x": features(64, picture=(8, 8))}),
        ({}, {"x": Shape(Kind.IMAGE, (1, 8, 8))}),
        ({}, {"x": Shape(Kind.SEQUENCE, (5, 2), ragged=True)}),
    )
    wrong = (({"method": "median"}, {"x": features(4)}, "Scale to must be one of"), ({}, {"x": labels("ab")}, "x"))

    method: choice_type(METHODS) = choice("standard", "Scale to", "Mean 0 and standard deviation 1 (z-score), or the "
                                          "range from 0 to 1.", METHODS)
    clip: bool = switch(True, "Keep in range", "Cuts off what lies outside the range that the training part showed.",
                        shown_if={"method": ["unit"]})

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        low, high = (0.0, 1.0) if self.method == "unit" and self.clip else (None, None)
        return {"x": replace(given["x"], low=low, high=high)}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return "0 … 1" if self.method == "unit" else tr("mean 0, deviation 1")

    def fit(self, x: np.ndarray) -> dict[str, np.ndarray]:
        rows = x.reshape(len(x), -1).astype(np.float64)
        low, high = rows.min(axis=0), rows.max(axis=0)
        shift, spread = (low, high - low) if self.method == "unit" else (rows.mean(axis=0), rows.std(axis=0))
        moves = high > low  # exact, where a deviation of rounding errors would blow a constant up
        factor = np.divide(1.0, spread, out=np.zeros_like(spread), where=moves & (spread > 0.0))
        return {"shift": shift, "factor": factor}

    def apply(self, state: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        scaled = (x.reshape(-1, len(state["shift"])) - state["shift"]) * state["factor"]
        if self.method == "unit" and self.clip:
            scaled = scaled.clip(0.0, 1.0)
        return scaled.reshape(x.shape).astype(np.float32)
