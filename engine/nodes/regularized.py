"""Autoencoders that ask more of their code than a good reconstruction: that it be sparse, or that it hardly move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.nodes.activations import OPTIONS, bounds
from engine.nodes.autoencoders import Autoencoder, Path
from engine.ops.losses import AbsoluteSum
from engine.ops.metrics import Mean
from engine.ops.slopes import JacobianNorm, RowSquares, slopes
from engine.ops.sparsity import BernoulliDivergence, MeanActivity, RunningActivity
from graphs.edits import set_parameter
from graphs.language import tr
from graphs.problems import Cure
from graphs.spec import Shape, ShapeError, Site, choice, choice_type, features, number, whole

if TYPE_CHECKING:
    from engine.compiler import Builder

FORMS = {"kl": "Rarely active (KL)", "l1": "Small (L1)"}
SLOPES = slopes()
SLOPED = {name: title for name, title in OPTIONS.items() if name in SLOPES}


class SparseAutoencoder(Autoencoder):
    """An autoencoder whose code units are silent for most samples, so that each comes to stand for something of its own.

    The mean activity ρ̂ of each unit is drawn towards ρ; it is a running mean over mini-batches. As in the lectures, errors
    take the full derivative of the penalty whatever the memory λ is; at λ = 0 that is the exact gradient. L-BFGS, which
    tries each batch several times, has λ = 0.
    """

    title = "Sparse autoencoder"
    equation = ("h = f(W x + b),   x̂ = g(V h + c)\nE = ‖x̂ − x‖² + β Σⱼ KL(ρ‖ρ̂ⱼ)\nρ̂(t) = λ ρ̂(t−1) + (1−λ) ρ̂_batch\n"
                "or   E = ‖x̂ − x‖² + β Σⱼ |hⱼ|")
    source = "Ng (2011), Sparse Autoencoder; lectures A5 (スパースな自己符号化器)"
    keywords = ("sparsity", "kl divergence", "l1", "features", "overcomplete", "スパース", "自己符号化器", "疎")
    samples = (({"units": 6}, {"x": features(5, low=0, high=1)}),
               ({"units": 3, "activation": "tanh", "memory": 0.0, "tied": True}, {"x": features(4)}),
               ({"units": 4, "form": "l1", "activation": "relu", "strength": 0.01}, {"x": features(4)}))
    wrong = (({"units": 0}, {"x": features(3)}, "1"),
             ({"rho": 0.0}, {"x": features(3)}, "above 0"),
             ({"activation": "relu"}, {"x": features(3)}, "has no bounds"))

    units: int = whole(64, "Units", "How many numbers the code has.", low=1, high=65536)
    form: choice_type(FORMS) = choice("kl", "Penalty", "Draws the mean activity of each unit towards ρ (for codes with "
                                      "bounds), or every value of the code towards 0.", FORMS)
    strength: float = number(0.1, "Strength", "How much the penalty counts beside the reconstruction.", low=0, high=1e6,
                             log=True, unit="β")
    rho: float = number(0.05, "Wanted activity", "The mean activity that each unit of the code should have, between 0 and 1; "
                        "−1 to 1 is read as 0 to 1.", above=0, below=1, unit="ρ", shown_if={"form": ["kl"]})
    memory: float = number(0.9, "Memory", "How much of the mean activity comes from the mini-batches before; 0: only the "
                           "present one counts.", low=0, below=1, unit="λ", shown_if={"form": ["kl"]}, advanced=True)

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        if self.form == "kl" and self._ends() is None:
            raise ShapeError(
                tr("The mean activity of {activation} units has no bounds, and KL needs one between 0 and 1.",
                   activation=tr(OPTIONS[self.activation])), parameter="activation", code="range",
                cures=(_set(site.node, "activation", "sigmoid", tr("Use {title} instead", title=tr("Sigmoid"))),
                       _set(site.node, "form", "l1", tr("Use {title} instead", title=tr(FORMS["l1"])))))
        return super().shapes(given, site)

    def _ends(self) -> tuple[float, float] | None:
        """The least and the largest value of a code unit."""
        known = bounds(self.activation)
        low, high = known.get("low"), known.get("high")
        return None if low is None or high is None else (float(low), float(high))

    def penalize(self, net: Builder, path: Path) -> None:
        code = path.code
        if self.form == "l1":
            net.loss(AbsoluteSum()(code), weight=self.strength, penalty=True, quantity="penalty")
            return
        low, high = self._ends() or (0.0, 1.0)
        mean = MeanActivity(low=low, span=high - low)(code)
        if net.training:
            running = net.buffer("activity", (self.units,))
            net.wants_activity("activity", self.rho)
            memory = 0.0 if net.searches else self.memory  # a line search needs an objective that stands still
            mean = RunningActivity(memory=memory)(mean, running)
        net.loss(BernoulliDivergence(rho=self.rho)(mean), weight=self.strength, penalty=True, quantity="penalty")
        net.metric("mean_activity", Mean()(mean))


class ContractiveAutoencoder(Autoencoder):
    """An autoencoder whose code hardly changes when the input does, except along the directions in which the samples lie."""

    title = "Contractive autoencoder"
    equation = "h = f(W x + b),   x̂ = g(V h + c)\nE = ‖x̂ − x‖² + λ ‖∂h/∂x‖²\n‖∂h/∂x‖² = Σⱼ f′(uⱼ)² ‖wⱼ‖²"
    source = "Rifai, Vincent, Muller, Glorot and Bengio (2011); lectures A8 (縮小自己符号化器)"
    keywords = ("jacobian", "manifold", "tangent", "invariant", "縮小", "自己符号化器", "多様体")
    samples = (({"units": 6}, {"x": features(5, low=0, high=1)}),
               *(({"units": 3, "activation": name, "strength": 0.01}, {"x": features(4)}) for name in SLOPED))
    wrong = (({"units": 0}, {"x": features(3)}, "1"), ({"activation": "gelu"}, {"x": features(3)}, "must be one of"))

    activation: choice_type(SLOPED) = choice("sigmoid", "Activation", "The function applied to each unit's weighted sum.",
                                             SLOPED)
    strength: float = number(0.1, "Strength", "How much the penalty counts beside the reconstruction.", low=0, high=1e6,
                             log=True, unit="λ")

    def penalize(self, net: Builder, path: Path) -> None:
        weights = net.parameter("encode.weight", (self.units, path.given.axes[-1]), self.first(self.activation))
        norm = JacobianNorm()(SLOPES[self.activation]()(path.code), RowSquares()(weights))
        net.loss(norm, weight=self.strength, penalty=True, quantity="penalty")


def _set(node: str, parameter: str, value: str, words: str) -> Cure:
    return Cure(words, lambda doc: set_parameter(doc, node, parameter, value))
