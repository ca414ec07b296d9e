"""Files of arrays as sources: NPY, NPZ and IDX."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np

from engine.data.array_files import ArrayFacts, array_facts, array_names, read_array, wrong
from engine.data.columns import Column
from engine.data.paths import locate, stamp
from engine.nodes.source import Source
from graphs.language import tr
from graphs.spec import Family, Kind, Port, Shape, ShapeError, Site, choice, choice_type, features, labels, text

LAYOUTS = {"features": "One row of features", "image": "Image"}
ANSWERS = ("y_train", "y", "labels", "label", "target")
MOST_CLASSES = 1000
MOST_LABELS = 1 << 24


class ArrayFile(Source):
    """Samples out of a file of arrays: NPY and NPZ of numpy, or IDX, the format of MNIST, packed by gzip or not.

    The first axis counts the samples. Pixels that are bytes come out from 0 to 1; whole numbers in the target are
    classes. The files lie beside the graph or in a folder below.
    """

    title, family = "Array file", Family.DATA
    source = "LeCun, Cortes and Burges, The MNIST Database: the IDX format; numpy, NEP 1: the NPY format"
    keywords = ("npz", "npy", "idx", "mnist", "numpy", "gz", "images", "file", "open", "配列")
    outputs = (
        Port("features", Kind.FEATURES, also=(Kind.IMAGE,), help="the samples"),
        Port("target", Kind.ANY, help="labels if the target holds whole numbers, else its numbers"),
    )
    reads = (".npy", ".npz", ".idx", "-ubyte", ".gz")
    samples = ()  # every sample would need a file
    wrong = (({}, {}, "Choose an NPY, NPZ or IDX file."), ({"file": "/etc/passwd"}, {}, "absolute"))

    file: str = text("", "File", "An NPY, NPZ or IDX file beside the graph.", widget="file")
    array: str = text("", "Array", "NPZ: the name of the array of samples. Empty: the first that is not the target.")
    target: str = text("", "Target", "NPZ: the name of the array of answers. Otherwise: a second file with them.")
    layout: choice_type(LAYOUTS) = choice("features", "Layout", "What samples of two or three axes become.", LAYOUTS)

    def files(self, site: Site) -> tuple[Path, ...]:
        if not self.file:
            raise ShapeError(tr("Choose an NPY, NPZ or IDX file."), parameter="file", code="file_missing")
        path = locate(self.file, site.folder)
        return (path,) if array_names(path) or not self.target else (path, self._beside(site))

    def _beside(self, site: Site) -> Path:
        try:
            return locate(self.target, site.folder)
        except ShapeError as error:
            error.parameter = "target"
            raise

    def _arrays(self, site: Site) -> tuple[tuple[Path, str], tuple[Path, str] | None]:
        """File and name of the samples, and of the answers if there are any."""
        path, *second = self.files(site)
        names = array_names(path)
        if second or not names:
            return (path, ""), ((second[0], (array_names(second[0]) or ("",))[0]) if second else None)
        for parameter in ("array", "target"):
            name = getattr(self, parameter)
            if name and name not in names:
                raise ShapeError(tr("{file} has no array “{name}”, but {names}.", file=path.name, name=name,
                                    names=", ".join(names[:8])), parameter=parameter, code="arrays")
        answer = self.target or next((name for name in ANSWERS if name in names and name != self.array), "")
        samples = self.array or next((name for name in names if name != answer), names[0])
        return (path, samples), ((path, answer) if answer and answer != samples else None)

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        first, second = self._arrays(site)
        facts = array_facts(*first)
        made = {"features": self._sample_shape(facts)}
        if second is None:
            if "target" in site.wired:
                raise ShapeError(tr("{file} has no target: name the array or the file of the answers.",
                                    file=first[0].name), parameter="target", code="arrays")
            return made
        answers = array_facts(*second)
        if answers.sizes[0] != facts.sizes[0]:
            raise ShapeError(tr("There are {samples} samples in {file}, but {answers} answers.", file=first[0].name,
                                samples=f"{facts.sizes[0]:,}", answers=f"{answers.sizes[0]:,}"),
                             parameter="target", code="arrays")
        found = _classes(second, answers)
        return made | {"target": labels([str(one) for one in found]) if found else features(_width(answers))}

    def _sample_shape(self, facts: ArrayFacts) -> Shape:
        low, high = (0.0, 1.0) if facts.dtype == np.uint8 else (None, None)
        if len(facts.sizes) < 3:
            return features(_width(facts), low=low, high=high)
        channels, height, width = facts.sizes[1:] if len(facts.sizes) == 4 else (1, *facts.sizes[1:])
        if _channels_last(facts):
            channels, height, width = width, channels, height
        if self.layout == "image":
            return Shape(Kind.IMAGE, (channels, height, width), low=low, high=high)
        picture = (height, width) if channels == 1 else None
        return features(channels * height * width, picture=picture, low=low, high=high)

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return Path(self.file).name

    def load(self, given: Mapping[str, Column], site: Site) -> dict[str, Column]:
        shapes = self.shapes({}, site)
        first, second = self._arrays(site)
        facts, values = array_facts(*first), read_array(*first)
        if _channels_last(facts):
            values = values.transpose(0, 3, 1, 2)
        made = {"features": _numbers(first[0], values, shapes["features"])}
        if second is not None:
            answers, shape = read_array(*second), shapes["target"]
            if shape.kind is Kind.LABELS:
                made["target"] = np.searchsorted(np.array(_classes(second, array_facts(*second))), answers.ravel())
            else:
                made["target"] = _numbers(second[0], answers, shape)
        return {port: Column(one, shapes[port]) for port, one in made.items()}


def _width(facts: ArrayFacts) -> int:
    return int(np.prod(facts.sizes[1:], dtype=np.int64))


def _channels_last(facts: ArrayFacts) -> bool:
    """Whether samples are H×W×C, as most libraries of pictures write them."""
    return len(facts.sizes) == 4 and facts.sizes[3] in (1, 3, 4) and facts.sizes[1] not in (1, 3, 4)


def _numbers(path: Path, values: np.ndarray, shape: Shape) -> np.ndarray:
    values = values.reshape(len(values), *shape.sizes)
    if values.dtype == np.uint8 and shape.high == 1.0:
        return np.divide(values, np.float32(255.0), dtype=np.float32)
    with np.errstate(over="ignore"):
        made = values.astype(np.float32)
    finite = np.isfinite(made.reshape(len(made), -1)).all(axis=1)
    if not finite.all():
        raise wrong(tr("Sample {row} of {file} holds a value that is not a number.", row=int(np.argmin(finite)) + 1,
                       file=path.name))
    return made


def _classes(array: tuple[Path, str], facts: ArrayFacts) -> tuple[int, ...]:
    """The different whole numbers of an array of answers, in order; none where it holds anything else."""
    if facts.dtype.kind not in "iub" or _width(facts) != 1 or facts.sizes[0] > MOST_LABELS:
        return ()
    return _different(*stamp(array[0]), array[1])


@lru_cache(maxsize=32)
def _different(path_text: str, modified: int, size: int, name: str) -> tuple[int, ...]:
    found = np.unique(read_array(Path(path_text), name))
    return tuple(int(one) for one in found) if len(found) <= MOST_CLASSES else ()
