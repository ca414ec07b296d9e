"""What the curves of a run say, in words: whether gradients vanish, explode or die (V1), and whether it over-fits (V2).

Pure functions of numbers. What can be done about a verdict is in `engine.remedies`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from graphs.language import tr

Finding = Literal["", "healthy", "vanishing", "exploding", "dead", "overfitting"]


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on something is called by its name: one place for all verdicts."""

    vanishing: float = 30.0  # so many times smaller at the first layer than at the last
    exploding: float = 30.0  # so many times larger
    steepest: float = 1000.0  # a gradient longer than this explodes wherever it is
    dead: float = 0.5  # share of a rectifier's units that are silent for the whole batch
    rise: float = 0.05  # of the validation loss over its lowest value
    epochs: int = 5  # that have passed since then

    def of_flow(self) -> str:
        """The limits of the gradient's verdict, in words."""
        return tr("Vanishing: {shrink}× smaller at the first layer than at the last. Exploding: {grow}× larger, or above "
                  "{most}. Dead: {share} % of a layer's rectifiers silent.", shrink=f"{self.vanishing:g}",
                  grow=f"{self.exploding:g}", most=f"{self.steepest:,g}", share=f"{100 * self.dead:g}")

    def of_fit(self) -> str:
        """The limits of the verdict on over-fitting, in words."""
        return tr("Over-fitting: the validation loss lies {share} % above its lowest value, {epochs} epochs or more after "
                  "it, and the training loss has fallen since.", share=f"{100 * self.rise:g}", epochs=self.epochs)


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Verdict:
    """One finding in a sentence. `node` is the place, `since` the epoch from which it holds, where there is one."""

    finding: Finding = ""
    text: str = ""
    node: str = ""
    since: float = math.nan


@dataclass(frozen=True, slots=True)
class LayerFlow:
    """One layer as the verdict sees it, first layer first: ‖∂E/∂W‖, the share of silent units, whether it rectifies."""

    name: str
    gradient: float
    silent: float = math.nan
    rectifier: bool = False
    node: str = ""


def times(ratio: float) -> str:
    """`40×`, `3.2 million×`: how many times, so that it can be read."""
    if ratio >= 1e9:
        return "10" + str(round(math.log10(ratio))).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")) + "×"
    if ratio >= 10:
        step = 10 ** max(0, math.floor(math.log10(ratio)) - 1)
        return f"{round(ratio / step) * step:,.0f}×"
    return f"{ratio:.2g}×"


def judge_flow(layers: Sequence[LayerFlow], limits: Limits = LIMITS) -> Verdict:
    """The gradient from the last layer back to the first, in words. Nothing where fewer than two layers are known."""
    known = [layer for layer in layers if not math.isnan(layer.gradient)]
    if len(known) < 2:
        return Verdict()
    first, last = known[0], known[-1]
    steepest = max(known, key=lambda layer: layer.gradient)
    if steepest.gradient > limits.steepest:
        size = f"{steepest.gradient:.2g}" if math.isfinite(steepest.gradient) else tr("not finite")
        return Verdict("exploding", tr("The gradient of {layer} is {size}: exploding.", layer=steepest.name, size=size),
                       steepest.node)
    dead = max(known[:-1], key=lambda layer: _dead_share(layer))
    if _dead_share(dead) >= limits.dead:
        return Verdict("dead", tr("{share} % of the units of {layer} answer 0 to everything: dead units, which learn no more.",
                                  share=f"{100 * dead.silent:.0f}", layer=dead.name), dead.node)
    if steepest.gradient == 0.0:
        return Verdict("vanishing", tr("No layer has any gradient: nothing is learned."), first.node)
    if first.gradient == 0.0:
        return Verdict("vanishing", tr("Nothing of the gradient of {last} reaches {first}: vanishing.", last=last.name,
                                       first=first.name), first.node)
    ratio = last.gradient / first.gradient
    if ratio >= limits.vanishing:
        return Verdict("vanishing", tr("The gradient shrinks {ratio} from {last} to {first}: vanishing.",
                                       ratio=times(ratio), last=last.name, first=first.name), first.node)
    if ratio <= 1 / limits.exploding:
        return Verdict("exploding", tr("The gradient grows {ratio} from {last} to {first}: exploding.",
                                       ratio=times(1 / ratio) if ratio else "∞×", last=last.name, first=first.name),
                       first.node)
    words = (tr("The gradient keeps its size from {last} to {first}: healthy.", last=last.name, first=first.name)
             if 0.5 < ratio < 2 else
             tr("The gradient stays within {ratio} from {last} to {first}: healthy.", last=last.name, first=first.name,
                ratio=times(max(ratio, 1 / ratio))))
    return Verdict("healthy", words)


BADNESS = ("", "healthy", "dead", "vanishing", "exploding")


def judge_flows(ways: Sequence[Sequence[LayerFlow]], limits: Limits = LIMITS) -> tuple[Verdict, int]:
    """The worst of several ways of the gradient through a network that branches, and which one it is: of the sound
    ones the longest."""
    verdicts = [judge_flow(way, limits) for way in ways]
    worst = max(range(len(ways)), key=lambda index: (BADNESS.index(verdicts[index].finding), len(ways[index])))
    return verdicts[worst], worst


def _dead_share(layer: LayerFlow) -> float:
    return layer.silent if layer.rectifier and not math.isnan(layer.silent) else 0.0


def recent(values: np.ndarray, share: float = 0.02, least: int = 8) -> float:
    """The typical size of the newest values: the geometric mean of the last 2 %, at least 8, NaN where none is known."""
    known = values[~np.isnan(values)][-max(least, int(share * len(values))) :].astype(np.float64)
    if not len(known):
        return math.nan
    return float(np.exp(np.log(known[known > 0]).mean())) if (known > 0).all() else float(known.mean())


def judge_fit(epoch: np.ndarray, train: np.ndarray, validation: np.ndarray, limits: Limits = LIMITS) -> Verdict:
    """Whether the validation loss rises while the training loss falls: losses over epochs, NaN where not known."""
    known = np.isfinite(train) & np.isfinite(validation)
    epoch, train, validation = epoch[known], train[known], validation[known]
    if len(epoch) < 3:
        return Verdict()
    best = int(np.argmin(validation))
    tail = max(3, len(epoch) // 20)
    lowest, now = float(validation[best]), float(np.median(validation[-tail:]))
    before, after = float(train[best]), float(np.median(train[-tail:]))
    if len(epoch) - best <= tail or epoch[-1] - epoch[best] < limits.epochs:
        return Verdict()
    if now - lowest < limits.rise * abs(lowest) or after >= before:
        return Verdict()
    text = tr("Over-fitting since epoch {epoch}: validation loss {low} → {high}, training loss {before} → {after}.",
              epoch=f"{epoch[best]:,.0f}", low=f"{lowest:.3g}", high=f"{now:.3g}", before=f"{before:.3g}",
              after=f"{after:.3g}")
    return Verdict("overfitting", text, since=float(epoch[best]))
