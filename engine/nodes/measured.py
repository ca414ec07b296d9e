"""Bundled sets of measurements beside Iris: wines, tumours, patients."""

from __future__ import annotations

from collections.abc import Mapping

from engine.data import bundled
from engine.data.columns import Column
from engine.nodes.source import Source
from graphs.language import tr
from graphs.spec import Family, Kind, Port, Shape, Site, features, labels


class Wine(Source):
    """178 Italian wines, analysed: thirteen chemical measurements, and which of three cultivars each was pressed from.

    The measurements differ in scale by ten thousand: without Normalise the largest drowns the others.
    """

    title, family = "Wine", Family.DATA
    source = "Aeberhard and Forina (1992), Wine, UCI"
    keywords = ("chemistry", "classification", "cultivar", "small", "tabular", "ワイン")
    outputs = (
        Port("features", Kind.FEATURES, help="thirteen chemical measurements, from alcohol to proline"),
        Port("label", Kind.LABELS, help="the cultivar, one of three"),
    )
    samples = (({}, {}),)
    wrong = (({"cultivar": 1}, {}, "cultivar"),)

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        return {"features": features(13), "label": labels(bundled.WINE_CLASSES)}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return tr("{count} wines", count="178")

    def component_names(self, site: Site) -> Mapping[str, tuple[str, ...]]:
        return {"features": bundled.WINE_FEATURES}

    def load(self, given: Mapping[str, Column], site: Site) -> dict[str, Column]:
        values, label = bundled.wine()
        shapes = self.shapes({}, site)
        return {
            "features": Column(values, shapes["features"], bundled.WINE_FEATURES),
            "label": Column(label, shapes["label"]),
        }


class BreastCancer(Source):
    """569 tumours, seen through a microscope: thirty measurements of their cells, and whether each was malignant.

    Ten properties of the nuclei, each as mean, as standard error and as the mean of the three worst.
    """

    title, family = "Breast cancer", Family.DATA
    source = "Street, Wolberg and Mangasarian (1993), Nuclear Feature Extraction for Breast Tumor Diagnosis"
    keywords = ("tumour", "medicine", "wisconsin", "classification", "binary", "tabular", "乳がん")
    outputs = (
        Port("features", Kind.FEATURES, help="thirty measurements of the nuclei: mean, error and worst of ten"),
        Port("label", Kind.LABELS, help="malignant or benign"),
    )
    samples = (({}, {}),)
    wrong = (({"stage": 2}, {}, "stage"),)

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        return {"features": features(30), "label": labels(bundled.CANCER_CLASSES)}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return tr("{count} tumours", count="569")

    def component_names(self, site: Site) -> Mapping[str, tuple[str, ...]]:
        return {"features": bundled.CANCER_FEATURES}

    def load(self, given: Mapping[str, Column], site: Site) -> dict[str, Column]:
        values, label = bundled.breast_cancer()
        shapes = self.shapes({}, site)
        return {
            "features": Column(values, shapes["features"], bundled.CANCER_FEATURES),
            "label": Column(label, shapes["label"]),
        }


class Diabetes(Source):
    """442 patients with diabetes: ten measurements, and how far the disease went within a year, as a number.

    A set for regression. Age, blood pressure and blood values stand in their own units: Normalise comes first.
    """

    title, family = "Diabetes", Family.DATA
    source = "Efron, Hastie, Johnstone and Tibshirani (2004), Least Angle Regression"
    keywords = ("regression", "medicine", "patients", "tabular", "small", "糖尿病")
    outputs = (
        Port("features", Kind.FEATURES, help="age, sex, body mass index, blood pressure and six blood values"),
        Port("target", Kind.FEATURES, help="progression of the disease after a year, 25 to 346"),
    )
    samples = (({}, {}),)
    wrong = (({"scaled": True}, {}, "scaled"),)

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        return {"features": features(10), "target": features(1)}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return tr("{count} patients", count="442")

    def component_names(self, site: Site) -> Mapping[str, tuple[str, ...]]:
        return {"features": bundled.DIABETES_FEATURES, "target": ("progression",)}

    def load(self, given: Mapping[str, Column], site: Site) -> dict[str, Column]:
        values, target = bundled.diabetes()
        names, shapes = self.component_names(site), self.shapes({}, site)
        return {
            "features": Column(values, shapes["features"], names["features"], exact=True),
            "target": Column(target.reshape(-1, 1), shapes["target"], names["target"], exact=True),
        }
