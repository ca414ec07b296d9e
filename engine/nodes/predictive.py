"""Autoencoders that learn to predict the best sparse code (予測スパース分解)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from engine import initializers
from engine.nodes.activations import ActivationName, activation_choice
from engine.nodes.autoencoders import Autoencoder, Path
from engine.ops.affine import Affine
from engine.ops.dictionary import SparseCode, UnitColumns
from engine.ops.elementwise import Gain
from engine.ops.losses import AbsoluteSum, SquaredError
from engine.ops.metrics import ShareOfZeros
from engine.ops.primitive import Value
from graphs.spec import Kind, Port, Shape, Site, features, number, whole

if TYPE_CHECKING:
    from engine.compiler import Builder


class PredictiveSparseDecomposition(Autoencoder):
    """Finds the best sparse code of each sample, learns the dictionary that it is written in, and an encoder that
    predicts it at once.

    In every step first the codes h of the mini-batch are made best, then the weights take a step with these. `code` is
    what the encoder predicts, `sparse` is h, many of whose values are exactly 0, and the reconstruction is made of h.
    The columns of the dictionary count as if they had length 1.
    """

    title = "Predictive sparse decomposition"
    equation = ("f(x) = g ⊙ tanh(W x + b),   x̂ = V h + c\nE = ‖x − x̂‖² + λ Σⱼ |hⱼ| + γ ‖h − f(x)‖²\n"
                "h = the best there is,   ‖vⱼ‖ = 1")
    source = "Kavukcuoglu, Ranzato and LeCun (2008), Fast Inference in Sparse Coding; lectures A12 (予測スパース分解)"
    keywords = ("psd", "sparse coding", "dictionary", "lasso", "ista", "features", "予測スパース分解", "自己符号化器", "辞書")
    output_activation: ClassVar[str] = "identity"
    tied: ClassVar[bool] = False
    loss: ClassVar[str] = "squared_error"
    code_dropout: ClassVar[float] = 0.0
    outputs = (Port("code", Kind.FEATURES, help="the sparse code as the encoder predicts it"),
               Port("reconstruction", Kind.FEATURES, help="the input as rebuilt from the best sparse code"),
               Port("sparse", Kind.FEATURES, help="the best sparse code: many values are exactly 0"))
    samples = (({"units": 6}, {"x": features(5)}),
               ({"units": 3, "activation": "identity", "strength": 0.05, "sweeps": 3}, {"x": features(4, low=0, high=1)}))
    wrong = (({"units": 0}, {"x": features(3)}, "1"), ({"strength": -1.0}, {"x": features(3)}, "0"),
             ({"sweeps": 0}, {"x": features(3)}, "1"))

    units: int = whole(100, "Units", "How many numbers the code has.", low=1, high=65536)
    activation: ActivationName = activation_choice("tanh")
    strength: float = number(0.3, "Sparsity", "How much each value of the code costs: more makes more of them 0.", low=0, high=1e6,
                             log=True, unit="λ")
    closeness: float = number(0.5, "Closeness", "How much the code must be what the encoder predicts.", low=0, high=1e6,
                              log=True, unit="γ")
    sweeps: int = whole(10, "Sweeps", "How often each value of the code is made best in its turn before the weights take a step.",
                        low=1, high=1000, advanced=True)

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        free = given["x"].features(self.units)
        return {**super().shapes(given, site), "code": free, "sparse": free}

    def path(self, net: Builder, given: Value, target: Value) -> Path:
        width = target.axes[-1]
        code = Gain()(self.encoded(net, given)[-1], net.parameter("encode.gain", (self.units,), initializers.constant(1.0)))
        atoms = UnitColumns()(net.parameter("decode.weight", (width, self.units), self.first("identity")))
        bias = net.parameter("decode.bias", (width,), initializers.zeros)
        best = SparseCode(self.strength, self.closeness, self.sweeps)(target, atoms, bias, code)
        made = Affine()(best, atoms, bias)
        return Path(given, target, code, best, made, made, (code, made))

    def penalize(self, net: Builder, path: Path) -> None:
        net.loss(AbsoluteSum()(path.sent), weight=self.strength, penalty=True, quantity="penalty")
        net.loss(SquaredError()(path.code, path.sent), weight=self.closeness, penalty=True, quantity="prediction_loss",
                 components=self.units, figure="prediction_error")
        net.metric("zeros", ShareOfZeros()(path.sent))

    def results(self, net: Builder, path: Path) -> Mapping[str, Value]:
        return {**super().results(net, path), "sparse": path.sent}
