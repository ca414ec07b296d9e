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


WINE_CLASSES = ("cultivar 1", "cultivar 2", "cultivar 3")
WINE_FEATURES = (
    "alcohol", "malic acid", "ash", "alcalinity of ash", "magnesium", "total phenols", "flavanoids",
    "nonflavanoid phenols", "proanthocyanins", "color intensity", "hue", "od280/od315 of diluted wines", "proline",
)


@lru_cache(maxsize=1)
def wine() -> tuple[np.ndarray, np.ndarray]:
    """178 wines: thirteen measurements [178, 13] of a chemist, and which of three cultivars each was pressed from."""
    content = _shipped("wine_data.csv")
    if content is None:
        from sklearn.datasets import load_wine

        return load_wine(return_X_y=True)
    table = np.loadtxt(BytesIO(content), delimiter=",", skiprows=1)
    return table[:, :-1], table[:, -1].astype(np.int64)


CELL = ("radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave points",
        "symmetry", "fractal dimension")
CANCER_CLASSES = ("malignant", "benign")
CANCER_FEATURES = (*(f"mean {name}" for name in CELL), *(f"{name} error" for name in CELL),
                   *(f"worst {name}" for name in CELL))


@lru_cache(maxsize=1)
def breast_cancer() -> tuple[np.ndarray, np.ndarray]:
    """569 tumours: thirty measurements [569, 30] of the nuclei of their cells, and whether each was benign."""
    content = _shipped("breast_cancer.csv")
    if content is None:
        from sklearn.datasets import load_breast_cancer

        return load_breast_cancer(return_X_y=True)
    table = np.loadtxt(BytesIO(content), delimiter=",", skiprows=1)
    return table[:, :-1], table[:, -1].astype(np.int64)


DIABETES_FEATURES = (
    "age", "sex", "body mass index", "blood pressure", "total cholesterol", "LDL", "HDL", "cholesterol / HDL",
    "log triglycerides", "blood sugar",
)


@lru_cache(maxsize=1)
def diabetes() -> tuple[np.ndarray, np.ndarray]:
    """442 patients: ten measurements [442, 10] in their own units, and how far the disease went in a year, 25…346."""
    content, answers = _shipped("diabetes_data_raw.csv.gz"), _shipped("diabetes_target.csv.gz")
    if content is None or answers is None:
        from sklearn.datasets import load_diabetes

        return load_diabetes(return_X_y=True, scaled=False)
    return np.loadtxt(BytesIO(content)), np.loadtxt(BytesIO(answers))
