"""Losses (損失関数): what training makes small. Each is a sum over components and a mean over samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from engine.nodes.activations import OPTIONS as FUNCTIONS
from engine.nodes.node import NetworkNode
from engine.ops.activations import IDENTITY, Sigmoid, Softmax, Step
from engine.ops.labels import as_numbers
from engine.ops.losses import AbsoluteError as AbsoluteErrorOperation
from engine.ops.losses import BinaryCrossEntropy as BinaryCrossEntropyOperation
from engine.ops.losses import CrossEntropy as CrossEntropyOperation
from engine.ops.losses import Huber as HuberOperation
from engine.ops.losses import SquaredError as SquaredErrorOperation
from engine.ops.metrics import Accuracy, BinaryAccuracy, MeanAbsoluteError, MeanSquaredError
from engine.ops.primitive import Value, size_of, undone
from graphs.edits import retype, set_parameter
from graphs.language import tr
from graphs.problems import Cure
from graphs.spec import (
    Family,
    Kind,
    Made,
    Port,
    Remark,
    Shape,
    ShapeError,
    Site,
    choice,
    choice_type,
    features,
    labels,
    number,
)

if TYPE_CHECKING:
    from engine.compiler import Builder

CONVENTIONS = {"sum": "Σ, summed over components", "half": "½ Σ, half of the sum", "mean": "Mean over components"}


class Loss(NetworkNode):
    """What all losses share: a prediction and a target come in, and the weighted loss joins the objective."""

    has_own_loss: ClassVar[bool] = True
    partners: ClassVar[tuple[str, ...]] = ()  # activations that it is made for, the natural one first

    weight: float = number(1.0, "Weight", "How much this loss counts beside others on the same graph.", low=0, high=1e6,
                           advanced=True)

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return tr("mean of batch") if self.weight == 1 else tr("mean of batch × {weight}", weight=f"{self.weight:g}")

    def remarks(self, given: Mapping[str, Shape], site: Site) -> Sequence[Remark]:
        made = given["prediction"].made
        if made is None or made.name in self.partners:
            return ()
        return (unusual_pair(self.title, made, self.partners[0], "prediction", self._natural_losses(given, made, site)),)

    def _natural_losses(self, given: Mapping[str, Shape], made: Made, site: Site) -> list[Cure]:
        """The loss that is made for this activation, where it takes this target."""
        found = []
        second = self.inputs[1].name
        for kind in (SquaredError, BinaryCrossEntropy, CrossEntropy):
            port = kind.inputs[1]
            if kind.partners[0] != made.name or not port.takes(given[second].kind):
                continue
            try:
                kind().shapes({"prediction": given["prediction"], port.name: given[second]}, site)
            except ShapeError:
                continue
            found.append(_instead(site, kind.type_name(), tr("Use {title} instead", title=tr(kind.title)),
                                  {second: port.name}))
        return found


def unusual_pair(loss: str, made: Made, natural: str, port: str, others: Sequence[Cure]) -> Remark:
    """A note about an activation and a loss that are not made for each other."""
    text = tr("{function} and {loss} are an unusual pair.", function=tr(FUNCTIONS[made.name]), loss=tr(loss))
    why = tr("Made for each other are identity and squared error, sigmoid and binary cross-entropy, softmax and "
             "cross-entropy: then the error at each weighted sum is prediction minus target, and learning does not "
             "stall where the activation is flat.")
    cure = Cure(tr("Set the activation before it to {function}", function=tr(FUNCTIONS[natural])),
                lambda doc: set_parameter(doc, made.node, made.parameter, natural))
    return Remark(text, port, "unusual_pair", (cure, *others), why)


def _instead(site: Site, kind: str, words: str, ports: Mapping[str, str]) -> Cure:
    """Replaces this loss by another kind, moving its wires to the ports of the same meaning."""
    return Cure(words, lambda document: retype(document, site.node, kind, inputs=ports))


def same_width(made: Shape, wanted: Shape) -> None:
    """Raises `ShapeError` where a prediction has not as many numbers as its target."""
    if made.width != wanted.width:
        raise ShapeError(tr("The prediction has {made} numbers a sample and the target {wanted} numbers.",
                            made=made.width, wanted=wanted.width), port="prediction", wanted=wanted)


def _convention() -> Any:
    return choice("sum", "Convention", "How the components of a sample are joined. The mean over the samples of a batch "
                  "is taken in any case.", CONVENTIONS, advanced=True)


class Regression(Loss):
    """What losses of numbers share."""

    partners = (IDENTITY,)
    inputs = (Port("prediction", Kind.FEATURES, (Kind.IMAGE, Kind.SEQUENCE), help="what the network says"),
              Port("target", Kind.FEATURES, (Kind.IMAGE, Kind.SEQUENCE), help="what it should say"))
    samples = (({}, {"prediction": features(3), "target": features(3)}),
               ({"convention": "mean"}, {"prediction": features(2), "target": features(2)}),
               ({"convention": "half"}, {"prediction": features(1), "target": features(1)}),
               ({}, {"prediction": Shape(Kind.IMAGE, (2, 3, 4)), "target": Shape(Kind.IMAGE, (2, 3, 4))}))
    wrong = (({}, {"prediction": features(3), "target": features(2)}, "2 numbers"),
             ({}, {"prediction": features(3), "target": labels("ab")}, "labels"))

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        made, wanted = given["prediction"], given["target"]
        if made.sizes != wanted.sizes:
            raise ShapeError(tr("The prediction has {made} numbers a sample and the target {wanted} numbers.",
                                made=made.width, wanted=wanted.width), port="prediction",
                             wanted=wanted)
        return {}

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        x, t = inputs["prediction"], inputs["target"]
        rows = abs(size_of(x.axes[:-1]))  # of a sample, where it is an image or a sequence: kernels average over rows
        convention = {"sum": 1.0, "half": 0.5, "mean": 1.0 / x.width}[self.convention]
        self.join(net, x, t, rows * convention, x.width * convention)
        net.reconstruction(net.sources["target"], net.sources["prediction"], net.shape("target").picture)
        return {}

    def join(self, net: Builder, x: Value, t: Value, scale: float, components: float) -> None:
        """Adds the loss, `scale` times the mean over rows of sums, and its figures in plain units. The loss over
        `components` is the error of one component."""
        raise NotImplementedError


class SquaredError(Regression):
    """The squared distance between prediction and target: the natural loss for numbers."""

    title, family = "Squared error", Family.LOSSES
    equation = "E = 1/B Σ ‖ŷ − t‖²"
    source = "Gauss (1809); lectures U3 (最小二乗法); sum over components, mean over samples"
    keywords = ("mse", "least squares", "regression", "l2", "二乗誤差", "回帰")

    convention: choice_type(CONVENTIONS) = _convention()

    def join(self, net: Builder, x: Value, t: Value, scale: float, components: float) -> None:
        net.loss(SquaredErrorOperation(scale)(x, t), weight=self.weight, components=components)
        net.metric("mean_absolute_error", MeanAbsoluteError()(x, t))


class AbsoluteError(Regression):
    """The distance between prediction and target, unsquared: single wild targets pull less."""

    title, family = "Absolute error", Family.LOSSES
    equation = "E = 1/B Σ |ŷ − t|"
    source = "Laplace (1774); lectures, section 3 (損失関数)"
    keywords = ("mae", "l1", "median", "robust", "regression", "絶対誤差")

    convention: choice_type(CONVENTIONS) = _convention()

    def join(self, net: Builder, x: Value, t: Value, scale: float, components: float) -> None:
        net.loss(AbsoluteErrorOperation(scale)(x, t), weight=self.weight, components=components,
                 figure="mean_absolute_error")
        net.metric("mean_squared_error", MeanSquaredError()(x, t))


class Huber(Regression):
    """Squared for small errors, straight for large ones: precise like the squared error, robust like the absolute."""

    title, family = "Huber", Family.LOSSES
    equation = "E = 1/B Σ h(ŷ − t)\nh(e) = e²/2 for |e| ≤ δ, else δ (|e| − δ/2)"
    source = "Huber (1964); lectures, section 3 (損失関数)"
    keywords = ("robust", "smooth l1", "regression", "outliers", "フーバー損失")

    delta: float = number(1.0, "Bend", "The size of error from which the loss is straight.", above=0, high=1e6, unit="δ")
    convention: choice_type(CONVENTIONS) = _convention()

    def join(self, net: Builder, x: Value, t: Value, scale: float, components: float) -> None:
        del components
        net.loss(HuberOperation(scale, self.delta)(x, t), weight=self.weight)
        net.metric("mean_squared_error", MeanSquaredError()(x, t))
        net.metric("mean_absolute_error", MeanAbsoluteError()(x, t))


class BinaryCrossEntropy(Loss):
    """How surprised the network is by targets between 0 and 1. Give it a sigmoid layer, or plain sums: it applies the
    sigmoid itself unless the layer before ends in one."""

    title, family = "Binary cross-entropy", Family.LOSSES
    equation = "E = −1/B Σ t ln ŷ + (1−t) ln(1−ŷ)"
    source = "Cox (1958); lectures U6 (ロジスティック回帰)"
    partners = (Sigmoid.name, IDENTITY)
    keywords = ("bce", "logistic", "log loss", "sigmoid", "交差エントロピー")
    inputs = (Port("prediction", Kind.FEATURES, help="the chance of a 1 (after a sigmoid), or its logit"),
              Port("target", Kind.FEATURES, (Kind.LABELS,), help="numbers between 0 and 1, or labels of two classes"))
    samples = (({}, {"prediction": features(3), "target": features(3, low=0, high=1)}),
               ({}, {"prediction": features(1), "target": labels("ab")}))
    wrong = (({}, {"prediction": features(3), "target": features(2)}, "2 numbers"),
             ({}, {"prediction": features(1), "target": labels("abc")}, "3 classes"),
             ({}, {"prediction": features(1), "target": features(1, low=-3, high=3)}, "between 0 and 1"))

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        made, wanted = given["prediction"], given["target"]
        if wanted.kind is Kind.LABELS and len(wanted.classes) != 2:
            raise ShapeError(tr("Binary cross-entropy needs two classes, but the labels have {count} classes.",
                                count=len(wanted.classes)), port="target", code="classes",
                             cures=[_instead(site, "cross_entropy", tr("Use cross-entropy instead"),
                                             {"target": "label"})])
        same_width(made, wanted)
        if (wanted.low is not None and wanted.low < 0) or (wanted.high is not None and wanted.high > 1):
            raise ShapeError(tr("Binary cross-entropy needs targets between 0 and 1, but these lie outside."),
                             port="target", code="range",
                             cures=[_instead(site, "squared_error", tr("Use squared error instead"), {})])
        return {}

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        logits, t = undone(inputs["prediction"], Sigmoid), as_numbers(inputs["target"])
        net.loss(BinaryCrossEntropyOperation()(logits, t), weight=self.weight)
        target = net.shape("target")
        if target.kind is Kind.LABELS:
            net.metric("accuracy", BinaryAccuracy()(logits, t))
            net.prediction(net.sources["prediction"], net.sources["target"], target.classes)
        else:
            net.metric("mean_squared_error", MeanSquaredError()(Sigmoid()(logits), t))
            net.reconstruction(net.sources["target"], net.sources["prediction"], target.picture)
        return {}


class CrossEntropy(Loss):
    """How surprised the network is by the right class. Give it a softmax layer, or plain sums: it applies the softmax
    itself unless the layer before ends in one."""

    title, family = "Cross-entropy", Family.LOSSES
    equation = "E = −1/B Σ ln ŷ_label,   ŷ = softmax(u)"
    source = "Bridle (1990); lectures U7 (ソフトマックス回帰); fused with softmax, stable for any logits"
    partners = (Softmax.name, IDENTITY)
    keywords = ("classification", "softmax", "categorical", "nll", "log loss", "交差エントロピー", "分類")
    inputs = (Port("prediction", Kind.FEATURES, help="one number for each class"),
              Port("label", Kind.LABELS, help="the right class"))
    samples = (({}, {"prediction": features(3), "label": labels("abc")}),)
    wrong = (({}, {"prediction": features(4), "label": labels("abc")}, "3 classes"),
             ({}, {"prediction": features(3), "label": features(3)}, "labels"))

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        made, wanted = given["prediction"], given["label"]
        if made.width != len(wanted.classes):
            raise ShapeError(tr("{made} units, {wanted} classes", made=made.width, wanted=len(wanted.classes)),
                             port="prediction", wanted=features(len(wanted.classes)))
        return {}

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        logits, t = undone(inputs["prediction"], Softmax), inputs["label"]
        net.loss(CrossEntropyOperation()(logits, t), weight=self.weight)
        net.metric("accuracy", Accuracy()(logits, t))
        net.prediction(net.sources["prediction"], net.sources["label"], net.shape("label").classes)
        return {}


class PerceptronRule(Loss):
    """The first learning rule: where a step unit is wrong, its weights move by the input, towards the target. The loss
    is the share of wrong answers. It ends at 0 exactly where a straight line parts the classes."""

    title, family = "Perceptron rule", Family.LOSSES
    equation = "z = θ(u),   w ← w + η (t − z) x\nE = 1/B Σ |t − z|"
    source = "Rosenblatt (1958); lectures U2 (パーセプトロン); a declared surrogate: the step has no useful derivative"
    keywords = ("rosenblatt", "step", "heaviside", "formal neuron", "パーセプトロン", "形式ニューロン", "ステップ関数")
    partners = (Step.name, IDENTITY)
    inputs = (Port("prediction", Kind.FEATURES, help="a step unit for each target, or its weighted sum"),
              Port("target", Kind.FEATURES, (Kind.LABELS,), help="0 or 1, or labels of two classes"))
    samples = (({}, {"prediction": features(2), "target": features(2, low=0, high=1)}),
               ({}, {"prediction": features(1), "target": labels("ab")}))
    wrong = (({}, {"prediction": features(3), "target": features(2)}, "2 numbers"),
             ({}, {"prediction": features(1), "target": labels("abc")}, "3 classes"))

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        wanted = given["target"]
        if wanted.kind is Kind.LABELS and len(wanted.classes) != 2:
            raise ShapeError(tr("The perceptron rule needs two classes, but the labels have {count} classes.",
                                count=len(wanted.classes)), port="target", code="classes",
                             cures=[_instead(site, "cross_entropy", tr("Use cross-entropy instead"),
                                             {"target": "label"})])
        same_width(given["prediction"], wanted)
        return {}

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        z, t = Step()(undone(inputs["prediction"], Step)), as_numbers(inputs["target"])
        net.loss(AbsoluteErrorOperation()(z, t), weight=self.weight)
        net.metric("accuracy", BinaryAccuracy()(z, t))
        target = net.shape("target")
        if target.kind is Kind.LABELS:
            net.prediction(net.sources["prediction"], net.sources["target"], target.classes)
        return {}
