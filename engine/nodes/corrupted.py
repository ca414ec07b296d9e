"""Autoencoders that are given spoilt samples and asked for the clean ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from engine.nodes.autoencoders import Autoencoder, Path
from engine.nodes.noise import KINDS, kind_field, share_field, sigma_field, spoilt_shape
from engine.nodes.noise import spoilt as with_noise
from engine.ops.metrics import MeanSquaredError
from engine.ops.primitive import Value
from graphs.spec import Kind, Port, Shape, Site, choice_type, features

if TYPE_CHECKING:
    from engine.compiler import Builder


class DenoisingAutoencoder(Autoencoder):
    """Rebuilds clean samples from spoilt ones, and so must learn which samples there are.

    Noise is drawn anew in every mini-batch. `code` and, in use, `reconstruction` are those of the clean input;
    `corrupted` and `restored` show what noise does and what becomes of it, in use too.
    """

    title = "Denoising autoencoder"
    equation = "x̃ = x + σ n   (or: values masked, salt and pepper)\nh = f(W x̃ + b),   x̂ = g(V h + c)\nL = ‖x̂ − x‖²"
    source = "Vincent, Larochelle, Bengio and Manzagol (2008); lectures A6 (デノイジング自己符号化器)"
    keywords = ("noise", "robust", "restore", "corrupt", "masking", "雑音", "デノイジング", "自己符号化器", "除去")
    random_outputs: ClassVar[tuple[str, ...]] = ("corrupted", "restored")
    spoilt: ClassVar[tuple[str, ...]] = random_outputs
    outputs = (*Autoencoder.outputs,
               Port("corrupted", Kind.FEATURES, help="the input with fresh noise"),
               Port("restored", Kind.FEATURES, help="what is rebuilt from the input with noise"))
    samples = (({"units": 3}, {"x": features(5)}),
               ({"units": 3, "noise": "masking", "tied": True}, {"x": features(4, low=0, high=1)}),
               ({"units": 2, "noise": "salt_and_pepper", "share": 0.1, "output_activation": "sigmoid",
                 "loss": "binary_cross_entropy"}, {"x": features(4, low=0, high=1)}))
    wrong = (({"units": 0}, {"x": features(3)}, "1"), ({"sigma": -1.0}, {"x": features(3)}, "0"),
             ({"noise": "pink"}, {"x": features(3)}, "must be one of"))

    noise: choice_type(KINDS) = kind_field("Noise")
    sigma: float = sigma_field("noise", 0.3)
    share: float = share_field("noise")

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        made = super().shapes(given, site)
        return {**made, "corrupted": spoilt_shape(self.noise, given["x"]), "restored": made["reconstruction"]}

    def given(self, net: Builder, x: Value) -> Value:
        return self._noise(net, x) if net.training else x

    def _noise(self, net: Builder, x: Value) -> Value:
        return with_noise(self.noise, self.sigma, self.share, net.shape("x"), x)

    def penalize(self, net: Builder, path: Path) -> None:
        restored = path if net.training else self.path(net, self._noise(net, path.target), path.target)
        net.metric("restoration_error", MeanSquaredError()(self.rebuilt(restored), path.target))

    def results(self, net: Builder, path: Path) -> Mapping[str, Value]:
        if net.training and path.given is path.target:
            return {**super().results(net, path), "corrupted": path.given, "restored": path.made}
        other = self.path(net, path.target if net.training else self._noise(net, path.target), path.target)
        clean, noisy = (other, path) if net.training else (path, other)
        return {"code": clean.code, "reconstruction": path.made, "corrupted": noisy.given, "restored": noisy.made}
