"""What a trained network makes of a file of samples, written as CSV: classes with their chances, or plain numbers."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import numpy as np

from engine.compiler import PortKey
from engine.data.given import read_samples
from engine.errors import RunProblem
from engine.inference import Predictor, as_probabilities
from engine.nodes.source import Source
from graphs.language import tr
from graphs.spec import ShapeError, Site

if TYPE_CHECKING:
    from engine.several.committee import Committee

DIGITS = 9


def write_predictions(predictor: Predictor | Committee, data: Path, output: str, stream: TextIO) -> None:
    """Reads samples for the only source of the graph and writes one row for each. Raises `RunProblem`, `ShapeError`."""
    if len(predictor.sources) != 1:
        raise RunProblem(tr("This graph reads several sources; a file can hold samples for one only."))
    source = predictor.sources[0]
    kind = predictor.checked.types[source[0]]
    samples = read_samples(data, predictor.checked.outputs[source].width, _component_names(predictor, source),
                           gaps=isinstance(kind, Source) and kind.settles)
    wanted = named_output(predictor, output) if output else predictor.main_output
    values = predictor.run(samples, wanted)
    rows = csv.writer(stream, lineterminator="\n")
    classes = () if output else predictor.classes(wanted)
    if classes:
        chances = as_probabilities(values)
        rows.writerow(["class", *classes])
        for row in chances:
            rows.writerow([classes[int(row.argmax())], *_texts(row)])
        return
    flat = values.reshape(len(values), -1)
    rows.writerow([f"{wanted[1]}_{place}" for place in range(flat.shape[1])])
    for row in flat:
        rows.writerow(_texts(row))


def named_output(predictor: Predictor | Committee, name: str) -> PortKey:
    """The output called `node.port`, or the only one of a node called `node`. Raises `RunProblem`."""
    found = [key for key in predictor.outputs if name in (key[0], ".".join(key))]
    if len(found) != 1:
        known = ", ".join(".".join(key) for key in predictor.outputs)
        raise RunProblem(tr("There is no output “{name}”: {known}", name=name, known=known))
    return found[0]


def _component_names(predictor: Predictor | Committee, source: PortKey) -> tuple[str, ...]:
    """What the columns are called, where the source says so and its file is still there."""
    kind = predictor.checked.types[source[0]]
    if not isinstance(kind, Source):
        return ()
    try:
        return kind.component_names(Site(source[0], predictor.checked.folder)).get(source[1], ())
    except ShapeError:
        return ()


def _texts(row: np.ndarray) -> list[str]:
    return [f"{value:.{DIGITS}g}" for value in row]
