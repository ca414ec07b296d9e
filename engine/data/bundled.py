"""The sets that ship inside scikit-learn, read once a process."""

from __future__ import annotations

import gzip
from functools import lru_cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np

IRIS_FEATURES = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
IRIS_CLASSES = ("setosa", "versicolor", "virginica")


def _shipped(file: str) -> bytes | None:
    """A data file of scikit-learn without importing it: that takes a second and more, at every start of a run."""
    found = find_spec("sklearn")
    for folder in (found.submodule_search_locations or ()) if found else ():
        path = Path(folder) / "datasets" / "data" / file
        if path.is_file():
            content = path.read_bytes()
            return gzip.decompress(content) if file.endswith(".gz") else content
    return None


@lru_cache(maxsize=1)
def digits() -> tuple[np.ndarray, np.ndarray]:
    """1,797 handwritten digits: pixels [1797, 64] of 0…16, row by row, and which digit each is."""
    content = _shipped("digits.csv.gz")
    if content is None:
        from sklearn.datasets import load_digits

        return load_digits(return_X_y=True)
    table = np.loadtxt(BytesIO(content), delimiter=",")
    return table[:, :-1], table[:, -1].astype(np.int64)


@lru_cache(maxsize=1)
def iris() -> tuple[np.ndarray, np.ndarray]:
    """150 flowers: four lengths [150, 4] in centimetres, and the species of each."""
    content = _shipped("iris.csv")
    if content is None:
        from sklearn.datasets import load_iris

        return load_iris(return_X_y=True)
    table = np.loadtxt(BytesIO(content), delimiter=",", skiprows=1)
    return table[:, :-1], table[:, -1].astype(np.int64)
