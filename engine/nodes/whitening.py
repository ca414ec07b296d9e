"""Whitening: components without correlation, each of variance 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from engine.nodes.node import PrepareNode
from graphs.language import tr
from graphs.spec import Family, Kind, Port, Shape, ShapeError, Site, features, labels, number, whole

MOST_COMPONENTS = 4096  # the work grows with the cube: at this size it takes minutes
FLAT = 1e-12  # a direction with less than this share of the largest variance is constant but for rounding
CHUNK = 4096  # rows that are turned to float64 at once
EPSILON_HELP = "Added to every variance, so that directions of mere noise are not blown up. 0 whitens exactly."


def mean_and_axes(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean [F], variances [F] from large to small, and their directions as the columns of [F, F].

    Variances divide by N. Directions that are constant have variance 0. The largest entry of each direction is
    positive, so that it does not depend on the library that solves for it.
    """
    rows = x.reshape(len(x), -1)
    mean = rows.mean(axis=0, dtype=np.float64)
    covariance = np.zeros((rows.shape[1], rows.shape[1]))
    for start in range(0, len(rows), CHUNK):
        centred = rows[start : start + CHUNK] - mean
        covariance += centred.T @ centred
    variances, axes = np.linalg.eigh(covariance / len(rows))
    variances, axes = variances[::-1], axes[:, ::-1]
    variances = np.where(variances > FLAT * max(variances[0], 0.0), variances, 0.0)
    strongest = axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])]
    return mean, variances, axes * np.where(strongest < 0.0, -1.0, 1.0)


def shrink(variances: np.ndarray, epsilon: float) -> np.ndarray:
    """`(D + ε)^{-1/2}`, and 0 for directions that never changed."""
    return np.divide(1.0, np.sqrt(variances + epsilon), out=np.zeros_like(variances), where=variances > 0.0)


def project(state: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """Every row less the mean, times the matrix [F, K], as float32 [N, K]."""
    rows = x.reshape(len(x), -1)
    made = np.empty((len(rows), state["matrix"].shape[1]), np.float32)
    for start in range(0, len(rows), CHUNK):
        made[start : start + CHUNK] = (rows[start : start + CHUNK] - state["mean"]) @ state["matrix"]
    return made


def insist_on_size(width: int) -> None:
    """Raises `ShapeError` for samples whose covariance matrix would be too large."""
    if width > MOST_COMPONENTS:
        raise ShapeError(tr("Whitening takes at most {most} components, x has {width}: choose fewer or smaller "
                            "pictures.", most=f"{MOST_COMPONENTS:,}", width=f"{width:,}"), port="x")


class PcaWhitening(PrepareNode):
    """Turns the data onto their principal axes and gives each axis variance 1: no component tells of another.

    The axes come from the training part alone, the one with the largest variance first. A direction that never
    changes there becomes 0.
    """

    title, family = "PCA whitening", Family.PREPARE
    equation = "Φ = 1/N Σ (x − x̄)(x − x̄)ᵀ = E D Eᵀ\nu = (D + ε)^(−1/2) Eᵀ (x − x̄)"
    source = "D2; Hotelling (1933), Analysis of a Complex of Statistical Variables into Principal Components"
    keywords = ("principal components", "decorrelate", "covariance", "sphering", "whiten", "PCA白色化", "主成分分析")
    inputs = (Port("x", Kind.FEATURES, also=(Kind.IMAGE,), help="samples from a data node"),)
    outputs = (Port("x", Kind.FEATURES, help="the samples along their principal axes"),)
    samples = (
        ({}, {"x": features(4)}),
        ({"components": 3, "epsilon": 0.1}, {"x": features(64, picture=(8, 8), low=0.0, high=1.0)}),
        ({}, {"x": Shape(Kind.IMAGE, (2, 3, 3))}),
    )
    wrong = (
        ({"epsilon": -1.0}, {"x": features(4)}, "0"),
        ({"components": 5}, {"x": features(4)}, "x has only 4 components"),
        ({}, {"x": features(5000)}, "at most 4,096"),
        ({}, {"x": labels("ab")}, "x"),
    )

    components: int = whole(0, "Components", "How many principal axes are kept, from the strongest. 0 keeps all.",
                            high=MOST_COMPONENTS)
    epsilon: float = number(0.0, "Epsilon", EPSILON_HELP, low=0.0, high=1e6, unit="ε")

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        width = given["x"].width
        insist_on_size(width)
        if self.components > width:
            raise ShapeError(tr("{wanted} principal axes were asked for, but x has only {width} components.",
                                wanted=self.components, width=width), parameter="components")
        return {"x": features(self.components or width)}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return f"{given['x'].width} → {made['x'].width}" if given and made else ""

    def names(self, given: tuple[str, ...]) -> tuple[str, ...]:
        return ()

    def fit(self, x: np.ndarray) -> dict[str, np.ndarray]:
        mean, variances, axes = mean_and_axes(x)
        kept = self.components or len(variances)
        matrix = axes[:, :kept] * shrink(variances, self.epsilon)[:kept]
        return {"mean": mean, "matrix": np.ascontiguousarray(matrix)}

    def apply(self, state: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        return project(state, x)


class ZcaWhitening(PrepareNode):
    """Takes correlations away and leaves every component in its place: a whitened picture still looks like itself.

    Of all whitenings this one changes the data least. The statistics come from the training part alone; a direction
    that never changes there becomes 0.
    """

    title, family = "ZCA whitening", Family.PREPARE
    equation = "Φ = 1/N Σ (x − x̄)(x − x̄)ᵀ = E D Eᵀ\nu = E (D + ε)^(−1/2) Eᵀ (x − x̄)"
    source = "D3; Bell and Sejnowski (1997), The Independent Components of Natural Scenes Are Edge Filters"
    keywords = ("zero phase", "decorrelate", "covariance", "sphering", "whiten", "mahalanobis", "ZCA白色化")
    inputs = (Port("x", Kind.FEATURES, also=(Kind.IMAGE,), help="samples from a data node"),)
    outputs = (Port("x", Kind.FEATURES, also=(Kind.IMAGE,), help="the samples without correlations, in their places"),)
    samples = (
        ({}, {"x": features(4)}),
        ({"epsilon": 0.1}, {"x": features(64, picture=(8, 8), low=0.0, high=1.0)}),
        ({}, {"x": Shape(Kind.IMAGE, (1, 8, 8))}),
    )
    wrong = (
        ({"epsilon": -1.0}, {"x": features(4)}, "0"),
        ({}, {"x": Shape(Kind.IMAGE, (3, 64, 64))}, "at most 4,096"),
        ({}, {"x": labels("ab")}, "x"),
    )

    epsilon: float = number(0.01, "Epsilon", EPSILON_HELP, low=0.0, high=1e6, unit="ε")

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        insist_on_size(given["x"].width)
        return {"x": replace(given["x"], low=None, high=None)}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return f"ε = {self.epsilon:g}"

    def fit(self, x: np.ndarray) -> dict[str, np.ndarray]:
        mean, variances, axes = mean_and_axes(x)
        matrix = (axes * shrink(variances, self.epsilon)) @ axes.T
        return {"mean": mean, "matrix": (matrix + matrix.T) / 2.0}

    def apply(self, state: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        return project(state, x).reshape(x.shape)
