"""Noise on samples: drawn once with the data, or anew in every mini-batch of training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.data.draws import Draws
from engine.nodes.node import NetworkNode, PrepareNode
from engine.ops.primitive import Value
from engine.ops.sampling import GaussianNoise, Replacing
from graphs.language import tr
from graphs.spec import Family, Kind, Port, Shape, Site, choice, choice_type, features, labels, number, whole

if TYPE_CHECKING:
    from engine.compiler import Builder
    from engine.data.columns import Column

KINDS = {"gaussian": "Gaussian", "masking": "Masking", "salt_and_pepper": "Salt and pepper"}
DRAWN = {"fresh": "Anew in each mini-batch", "fixed": "Once"}
ALSO = (Kind.IMAGE, Kind.SEQUENCE)


def kind_field(label: str = "Kind") -> Any:
    """Which noise."""
    return choice("gaussian", label, "Something added to every value, values set to 0, or values set to the lowest or "
                  "highest there is.", KINDS)


def sigma_field(of: str, default: float = 0.1) -> Any:
    """How much Gaussian noise; `of` is the parameter that picks the kind."""
    return number(default, "Deviation", "Standard deviation of what is added.", low=0.0, high=1000.0, unit="σ",
                  shown_if={of: ["gaussian"]})


def share_field(of: str) -> Any:
    """How many values are spoilt by the other kinds."""
    return number(0.3, "Share", "The share of values that is spoilt.", low=0.0, high=1.0, unit="p",
                  shown_if={of: ["masking", "salt_and_pepper"]})


def ends(kind: str, shape: Shape) -> tuple[float, float]:
    """What a spoilt value becomes: 0, or one of the ends of the range (0 and 1 where it is not known)."""
    if kind == "masking":
        return 0.0, 0.0
    known = shape.low is not None and shape.high is not None
    return (shape.low, shape.high) if known else (0.0, 1.0)


def spoilt(kind: str, sigma: float, share: float, shape: Shape, x: Value) -> Value:
    """x with noise that is drawn anew in every mini-batch."""
    if kind == "gaussian":
        return GaussianNoise(sigma=sigma)(x) if sigma else x
    least, most = ends(kind, shape)
    return Replacing(rate=share, least=least, most=most)(x) if share else x


def spoilt_shape(kind: str, x: Shape) -> Shape:
    """What is known of samples with noise in them."""
    low, high = x.low, x.high
    if kind == "gaussian":
        low = high = None
    elif kind == "masking":
        low, high = (None if low is None else min(low, 0.0)), (None if high is None else max(high, 0.0))
    else:
        low, high = (None, None) if low is None or high is None else (low, high)
    return replace(x, low=low, high=high)


class Noise(PrepareNode, NetworkNode):
    """Spoils samples, so that a network learns to restore them or cannot learn them by heart.

    Drawn anew, it acts in training only, as Dropout does: validation, views and use see clean samples. Drawn once, it is
    part of the data: training and validation samples are spoilt for good; only new samples in use are taken as they are.
    """

    title, family = "Noise", Family.PREPARE
    equation = "x̃ = x + σ n,   n ~ N(0, 1)\nP(x̃ᵢ = 0) = p\nP(x̃ᵢ = min) = P(x̃ᵢ = max) = p/2"
    source = "D5, A6; Vincent, Larochelle, Bengio and Manzagol (2008), Extracting and Composing Robust Features"
    keywords = ("gaussian", "masking", "salt and pepper", "denoising", "corrupt", "augmentation", "雑音", "デノイジング")
    fits = False
    inputs = (Port("x", Kind.FEATURES, also=ALSO, help="samples, or what a layer gives"),)
    outputs = (Port("x", Kind.FEATURES, also=ALSO, help="the same, spoilt"),)
    samples = (
        ({}, {"x": features(4)}),
        ({"kind": "masking", "share": 0.5}, {"x": features(5, low=0.5, high=1.0)}),
        ({"kind": "salt_and_pepper"}, {"x": Shape(Kind.IMAGE, (1, 3, 3), low=-1.0, high=2.0)}),
        ({"drawn": "fixed"}, {"x": features(4, low=0.0, high=1.0)}),
    )
    wrong = (
        ({"sigma": -1.0}, {"x": features(4)}, "0"),
        ({"kind": "masking", "share": 1.5}, {"x": features(4)}, "1"),
        ({"kind": "pink"}, {"x": features(4)}, "must be one of"),
        ({}, {"x": labels("ab")}, "x"),
    )

    kind: choice_type(KINDS) = kind_field()
    sigma: float = sigma_field("kind")
    share: float = share_field("kind")
    drawn: choice_type(DRAWN) = choice("fresh", "Drawn", "Anew while training, so that no two epochs see the same, or once "
                                       "before it.", DRAWN)
    seed: int = whole(0, "Seed", "Another seed spoils the samples in another way.", shown_if={"drawn": ["fixed"]})

    @property
    def before_training(self) -> bool:
        """Noise that is drawn once belongs to the data."""
        return self.drawn == "fixed"

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        return {"x": spoilt_shape(self.kind, given["x"])}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        amount = f"σ = {self.sigma:g}" if self.kind == "gaussian" else f"p = {self.share:g}"
        return f"{tr(KINDS[self.kind])} · {amount}"

    def learn(self, column: Column, train: np.ndarray) -> dict[str, np.ndarray]:
        return {"ends": np.array(ends(self.kind, column.shape))}

    def apply(self, state: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        draws = Draws(self.seed, f"noise {self.kind}")
        if self.kind == "gaussian":
            return (x + self.sigma * draws.normal(x.size).reshape(x.shape)).astype(np.float32)
        chance = draws.uniform(x.size).reshape(x.shape)
        least, most = state["ends"]
        return np.where(chance >= self.share, x, np.where(chance < self.share / 2.0, least, most)).astype(np.float32)

    def renew(self, state: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        return x

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        x = inputs["x"]
        return {"x": spoilt(self.kind, self.sigma, self.share, net.shape("x"), x) if net.training else x}
