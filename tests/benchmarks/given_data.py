"""A data source for benchmarks: samples of any width that are handed to the machine directly."""

from engine.nodes.source import Source
from graphs.spec import Family, Kind, Port, Shape, Site, features, whole


class GivenData(Source):
    """Samples of any width."""

    title, family = "Given data", Family.DATA
    outputs = (Port("x", Kind.FEATURES),)

    width: int = whole(64, "Width", "Numbers a sample.", low=1)

    def shapes(self, given: dict[str, Shape], site: Site) -> dict[str, Shape]:
        return {"x": features(self.width, low=0, high=1)}
