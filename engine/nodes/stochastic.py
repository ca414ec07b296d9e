"""Autoencoders whose decoder is a distribution: it says how likely each value is, and values can be drawn from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from engine import initializers
from engine.nodes.activations import ActivationName, activation_choice
from engine.nodes.autoencoders import Autoencoder, Path
from engine.ops.likelihood import GaussianLikelihood, Spread
from engine.ops.metrics import MeanSquaredError
from engine.ops.primitive import Value
from engine.ops.sampling import Bernoulli, GaussianNoise
from graphs.spec import Kind, Port, Shape, Site, choice, choice_type, features

if TYPE_CHECKING:
    from engine.compiler import Builder

DISTRIBUTIONS = {"binary_cross_entropy": "Bernoulli", "gaussian": "Gaussian"}


class StochasticAutoencoder(Autoencoder):
    """Makes its input likely: the decoder gives a distribution for each value, and `sample` is drawn from it.

    For values between 0 and 1 that is the chance of a 1; for others a Gaussian around the reconstruction, whose deviation
    σ is learned.
    """

    title = "Stochastic autoencoder"
    equation = "h = f(W x + b)\nE = −log p(x | h)\np = Bernoulli(g(V h + c))   or   N(g(V h + c), σ² I)"
    source = "Goodfellow, Bengio and Courville (2016), section 14.4; lectures A11 (確率的な符号化と復号)"
    keywords = ("likelihood", "bernoulli", "gaussian", "sample", "probabilistic", "確率的", "自己符号化器", "尤度")
    random_outputs: ClassVar[tuple[str, ...]] = ("sample",)
    losses: ClassVar[Mapping[str, str]] = DISTRIBUTIONS
    loss_for_reals: ClassVar[str] = "gaussian"
    outputs = (*Autoencoder.outputs, Port("sample", Kind.FEATURES, help="values drawn from what the decoder finds likely"))
    samples = (({"units": 3}, {"x": features(5, low=0, high=1)}),
               ({"units": 3, "loss": "gaussian", "output_activation": "identity", "tied": True}, {"x": features(4)}))
    wrong = (({"units": 0}, {"x": features(3)}, "1"), ({}, {"x": features(3, low=-4, high=9)}, "between 0 and 1"))

    output_activation: ActivationName = activation_choice("sigmoid", "Output")
    loss: choice_type(DISTRIBUTIONS) = choice("binary_cross_entropy", "Distribution", "What the decoder gives for each value: "
                                              "the chance of a 1, or a Gaussian around the reconstruction.", DISTRIBUTIONS)

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        made, x = super().shapes(given, site), given["x"]
        bounds = {"low": 0.0, "high": 1.0} if self.loss == "binary_cross_entropy" else {}
        return {**made, "sample": Shape(x.kind, x.sizes, picture=x.picture, colour=x.colour, **bounds)}

    def add_loss(self, net: Builder, path: Path) -> None:
        if self.loss == "binary_cross_entropy":
            super().add_loss(net, path)
            return
        net.loss(GaussianLikelihood()(path.made, path.target, self._deviation(net)))
        net.metric("mean_squared_error", MeanSquaredError()(path.made, path.target))

    def _deviation(self, net: Builder) -> Value:
        return net.parameter("decode.log_deviation", (1,), initializers.zeros)

    def results(self, net: Builder, path: Path) -> Mapping[str, Value]:
        made = self.rebuilt(path)
        if self.loss == "binary_cross_entropy":
            drawn = Bernoulli()(made)
        else:
            drawn = Spread()(made, GaussianNoise(sigma=1.0)(made), self._deviation(net))
        return {**super().results(net, path), "sample": drawn}
