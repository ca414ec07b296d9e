"""What a card looks at: the feed, what is selected, and which layer or output of the run that makes its subject."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.feed import Feed
from engine.events import LayerInfo, PortKey, PredictionInfo, ReconstructionInfo, RunInfo
from graphs.document import Document
from graphs.language import tr


def _same(node: str) -> str:
    return node


@dataclass(frozen=True, slots=True)
class PickedUnit:
    """One unit of a layer, and the port that carries its activity."""

    port: PortKey
    unit: int


@dataclass(frozen=True, slots=True)
class Sight:
    """A feed seen with a selection. `names` turns a node's id into what the user calls it; `document` is what cures would
    change, where that is possible; `unit` was picked in one of the views."""

    feed: Feed
    selection: frozenset[str] = frozenset()
    names: Callable[[str], str] = _same
    document: Document | None = None
    unit: PickedUnit | None = None

    @property
    def run(self) -> RunInfo | None:
        return self.feed.run

    @property
    def layers(self) -> tuple[LayerInfo, ...]:
        return self.run.layers if self.run else ()

    # names

    def layer_name(self, layer: LayerInfo) -> str:
        """`dense1`, or `sae · encode` where a node has several layers, or `encode` where no other node has any."""
        node = self.names(layer.node)
        several = sum(other.node == layer.node for other in self.layers) > 1
        if several and self.lonely(layer.node):
            return tr(layer.layer)
        return f"{node} · {tr(layer.layer)}" if several else node

    def lonely(self, node: str) -> bool:
        """Whether all layers are this node's, so that it need not be named."""
        return all(layer.node == node for layer in self.layers)

    def port_name(self, port: PortKey) -> str:
        """`sae · code`, or `dense1` where that is its only output."""
        if self.lonely(port[0]) and len(self.layers) > 1:
            return port[1]
        several = sum(other[0] == port[0] for other in (self.run.outputs if self.run else ())) > 1
        return f"{self.names(port[0])} · {port[1]}" if several else self.names(port[0])

    # subjects: what is selected comes first, then what teaches most

    def picked_layer(self, choice: str = "") -> LayerInfo | None:
        """The layer to show: the one chosen by hand, else one of the selected node, else one that can be seen as
        pictures, else the first."""
        layers = self.layers
        return (next((layer for layer in layers if weights_key(layer) == choice and self._may(layer.node)), None)
                or next((layer for layer in layers if layer.node in self.selection), None)
                or next((layer for layer in layers if self.tile_shape(layer) or self.colour_shape(layer)), None)
                or next(iter(layers), None))

    def picked_output(self, choice: str = "") -> PortKey | None:
        """The output to show: chosen by hand, else one of the selected node, else of a hidden layer, else the first."""
        outputs = self.run.outputs if self.run else ()
        trained = {layer.node for layer in self.layers}
        last = {item.output for item in (*self.run.predictions, *self.run.reconstructions)} if self.run else set()
        rules: tuple[Callable[[PortKey], bool], ...] = (
            lambda port: output_key(port) == choice and self._may(port[0]),
            lambda port: port[0] in self.selection,
            lambda port: port[0] in trained and port not in last,
            lambda port: port[0] in trained,
            lambda port: True,
        )
        return next((port for rule in rules for port in outputs if rule(port)), None)

    def picked_reconstruction(self) -> ReconstructionInfo | None:
        """The reconstruction of the selected node, else the first that can be seen as pictures, else the first."""
        found = self.run.reconstructions if self.run else ()
        rules = (lambda item: item.node in self.selection, lambda item: item.picture is not None, lambda item: True)
        return next((item for rule in rules for item in found if rule(item)), None)

    def picked_prediction(self) -> PredictionInfo | None:
        """The prediction of the selected node, else the first."""
        found = self.run.predictions if self.run else ()
        return (next((item for item in found if item.output[0] in self.selection or item.node in self.selection), None)
                or next(iter(found), None))

    def _may(self, node: str) -> bool:
        """A choice made by hand holds until another node with something to show is selected."""
        return not self.selection or node in self.selection or not self.selection & {x.node for x in self.layers}

    def tile_shape(self, layer: LayerInfo) -> tuple[int, int, bool] | None:
        """(height, width, by unit): a picture a unit when the layer sees pixels, a picture an input when it draws them
        (the decoder of an autoencoder); None when its weights are no pictures."""
        if len(layer.weight_shape) != 2:
            return None
        units, inputs = layer.weight_shape
        rebuilt = self.run.reconstructions if self.run else ()
        last = [other for other in self.layers if other.node == layer.node][-1]
        drawn = [item.picture for item in rebuilt if item.output[0] == layer.node and layer == last]
        for height, width in filter(None, (layer.picture, *drawn)):
            if height * width in (inputs, units):
                return height, width, height * width == inputs
        return None

    def colour_shape(self, layer: LayerInfo) -> tuple[int, int, bool] | None:
        """The same of layers that see, or draw, pictures in red, green and blue."""
        if len(layer.weight_shape) != 2:
            return None
        units, inputs = layer.weight_shape
        for height, width in (other.colour for other in self.layers if other.node == layer.node and other.colour):
            if 3 * height * width in (inputs, units):
                return height, width, 3 * height * width == inputs
        return None

    def colour_of(self, item: ReconstructionInfo) -> tuple[int, int] | None:
        """(height, width) where what is rebuilt is a picture in red, green and blue, as a layer that sees it knows."""
        seen = (layer.colour for layer in self.layers if layer.colour)
        return next(((height, width) for height, width in seen if 3 * height * width == item.components), None)

    def units_of(self, layer: LayerInfo) -> LayerInfo | None:
        """The layer whose units the tiles of a layer stand for: itself, or, of one that draws, the code that it draws from."""
        shape = self.tile_shape(layer) or self.colour_shape(layer)
        if shape is None or (shape[2] and layer.output):
            return layer if shape else None
        items = self.run.reconstructions if self.run else ()
        codes = [item.code for item in items if item.output[0] == layer.node and item.code_size == layer.weight_shape[1]]
        return next((other for other in self.layers if other.output in codes and other.output), None)

    def unit_layers(self) -> list[LayerInfo]:
        """Layers whose units can be looked at one by one: each has an activity, and sees a picture in the end."""
        return [layer for layer in self.layers if layer.output and layer.seen and len(layer.weight_shape) == 2
                and not any(item.output == layer.output for item in (self.run.reconstructions if self.run else ()))]

    def picture_of(self, port: PortKey) -> tuple[int, int] | None:
        """(height, width) when a port carries the pixels of a picture, as far as the run says so."""
        for item in self.run.reconstructions if self.run else ():
            if port in (item.input, item.output, *item.spoilt) and item.picture:
                return item.picture
        return None


def weights_key(layer: LayerInfo) -> str:
    return f"weights:{layer.node}/{layer.layer}"


def output_key(port: PortKey) -> str:
    return f"output:{port[0]}/{port[1]}"


def labels_key(port: PortKey) -> str:
    return f"labels:{port[0]}/{port[1]}"


def check_key(port: PortKey) -> str:
    """An output for all samples that are kept aside (up to a limit), not for a few."""
    return f"check:{port[0]}/{port[1]}"


def train_key(port: PortKey) -> str:
    """An output for all samples that are trained on (up to a limit)."""
    return f"train:{port[0]}/{port[1]}"


def each_key(port: PortKey) -> str:
    """An output for one of each different sample, where they are few."""
    return f"each:{port[0]}/{port[1]}"


def activity_key(port: PortKey) -> str:
    """The mean activity of each unit of an output."""
    return f"activity:{port[0]}/{port[1]}"


def strongest_key(unit: PickedUnit) -> str:
    """The samples that excite a unit most."""
    return f"strongest:{unit.port[0]}/{unit.port[1]}@{unit.unit}"


def pca_key(node: str) -> str:
    """The loss that principal components as many as the code leave."""
    return f"pca:{node}"


def curve_key(port: PortKey) -> str:
    return f"curve:{port[0]}/{port[1]}"


def map_key(port: PortKey) -> str:
    return f"map:{port[0]}/{port[1]}"
