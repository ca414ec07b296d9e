"""Losses (損失関数): what training makes small. Each is a sum over components and a mean over samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from engine.nodes.node import NetworkNode
from engine.ops.activations import Sigmoid, Softmax
from engine.ops.labels import as_numbers
from engine.ops.losses import BinaryCrossEntropy as BinaryCrossEntropyOperation
from engine.ops.losses import CrossEntropy as CrossEntropyOperation
from engine.ops.losses import SquaredError as SquaredErrorOperation
from engine.ops.metrics import Accuracy, BinaryAccuracy, MeanSquaredError
from engine.ops.primitive import Value, undone
from graphs.edits import retype
from graphs.language import tr
from graphs.problems import Cure
from graphs.spec import Family, Kind, Port, Shape, ShapeError, Site, features, labels, number

if TYPE_CHECKING:
    from engine.compiler import Builder


class Loss(NetworkNode):
    """What all losses share: a prediction and a target come in, and the weighted loss joins the objective."""

    has_own_loss: ClassVar[bool] = True

    weight: float = number(1.0, "Weight", "How much this loss counts beside others on the same graph.", low=0, high=1e6,
                           advanced=True)

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return tr("mean of batch") if self.weight == 1 else tr("mean of batch × {weight}", weight=f"{self.weight:g}")


def _instead(site: Site, kind: str, words: str, ports: Mapping[str, str]) -> Cure:
    """Replaces this loss by another kind, moving its wires to the ports of the same meaning."""
    return Cure(words, lambda document: retype(document, site.node, kind, inputs=ports))


class SquaredError(Loss):
    """The squared distance between prediction and target: the natural loss for numbers."""

    title, family = "Squared error", Family.LOSSES
    equation = "E = 1/B Σ ‖ŷ − t‖²"
    source = "lectures U3 (最小二乗法); sum over components, mean over samples"
    keywords = ("mse", "least squares", "regression", "l2", "二乗誤差", "回帰")
    inputs = (Port("prediction", Kind.FEATURES, (Kind.IMAGE, Kind.SEQUENCE), help="what the network says"),
              Port("target", Kind.FEATURES, (Kind.IMAGE, Kind.SEQUENCE), help="what it should say"))
    samples = (({}, {"prediction": features(3), "target": features(3)}),)
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
        x, t = inputs["prediction"], as_numbers(inputs["target"])
        net.loss(SquaredErrorOperation()(x, t), weight=self.weight, components=x.width)
        net.reconstruction(net.sources["target"], net.sources["prediction"], net.shape("target").picture)
        return {}


class BinaryCrossEntropy(Loss):
    """How surprised the network is by targets between 0 and 1. Give it a sigmoid layer, or plain sums: it applies the
    sigmoid itself unless the layer before ends in one."""

    title, family = "Binary cross-entropy", Family.LOSSES
    equation = "E = −1/B Σ t ln ŷ + (1−t) ln(1−ŷ)"
    source = "lectures U6 (ロジスティック回帰)"
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
        if made.width != wanted.width:
            raise ShapeError(tr("The prediction has {made} numbers a sample and the target {wanted} numbers.",
                                made=made.width, wanted=wanted.width), port="prediction",
                             wanted=wanted)
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
    source = "lectures U7 (ソフトマックス回帰); fused with softmax, stable for any logits"
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


