"""Data sources for benchmarks: samples of any width that are handed to the machine directly."""

from engine.nodes.source import Source
from graphs.spec import Family, Kind, Port, Shape, Site, features, labels, whole


class GivenData(Source):
    """Samples of any width, and their classes."""

    title, family = "Given data", Family.DATA
    outputs = (Port("x", Kind.FEATURES), Port("label", Kind.LABELS))

    width: int = whole(64, "Width", "Numbers a sample.", low=1)
    classes: int = whole(2, "Classes", "Classes of the samples.", low=2)

    def shapes(self, given: dict[str, Shape], site: Site) -> dict[str, Shape]:
        return {"x": features(self.width, low=0, high=1), "label": labels([str(place) for place in range(self.classes)])}
