"""Autoencoders whose codes are words of bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from engine.nodes.autoencoders import Path
from engine.nodes.mirrored import WIDEST, DeepAutoencoder
from engine.ops.activations import Sigmoid
from engine.ops.metrics import NearBinary
from engine.ops.primitive import Value, undone
from engine.ops.sampling import GaussianNoise
from graphs.spec import features, number, text, whole

if TYPE_CHECKING:
    from engine.compiler import Builder


class SemanticHashing(DeepAutoencoder):
    """Gives each sample a word of bits, so that similar samples have nearly the same word: near ones are then found by
    flipping bits, however many there are.

    Noise before the sigmoid of the code, in training only, leaves the decoder nothing to read but values near 0 and 1.
    A bit is set where the code is above one half.
    """

    title = "Semantic hashing"
    equation = "h = σ(W f(… x …) + b + s n),   n ~ N(0, 1)\nx̂ = g(V … h …),   L = ‖x̂ − x‖²"
    source = "Salakhutdinov and Hinton (2009), Semantic Hashing; lectures A13 (セマンティックハッシング)"
    keywords = ("hash", "binary", "hamming", "bits", "retrieval", "neighbours", "search", "ハッシング", "自己符号化器", "検索")
    code_activation: ClassVar[str] = "sigmoid"
    code_dropout: ClassVar[float] = 0.0
    samples = (({"hidden": "6", "units": 4}, {"x": features(5)}),
               ({"hidden": "", "units": 3, "sigma": 0.5, "tied": True}, {"x": features(4, low=0, high=1)}))
    wrong = (({"units": 0}, {"x": features(3)}, "1"), ({"sigma": -1.0}, {"x": features(3)}, "0"))

    hidden: str = text("64", "Hidden widths", "Units of the layers before the code, such as 128 64: the decoder goes back "
                       "through them. Empty: none.")
    units: int = whole(32, "Bits", "How many bits the word of a sample has.", low=1, high=WIDEST)
    sigma: float = number(2.0, "Noise", "Standard deviation of what is added before the sigmoid of the code, in training only: "
                          "more brings the code nearer to 0 and 1.", low=0.0, high=1000.0, unit="s")

    def sent(self, net: Builder, code: Value) -> Value:
        return Sigmoid()(GaussianNoise(self.sigma)(undone(code, Sigmoid))) if net.training and self.sigma else code

    def penalize(self, net: Builder, path: Path) -> None:
        net.metric("near_binary", NearBinary()(path.code))
