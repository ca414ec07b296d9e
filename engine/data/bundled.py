"""The sets that ship inside scikit-learn, read once a process."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np

from engine.data.image_files import Form, read_picture
from engine.errors import RunProblem
from graphs.language import tr

IRIS_FEATURES = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
IRIS_CLASSES = ("setosa", "versicolor", "virginica")


def _shipped(file: str) -> bytes | None:
    """A data file of scikit-learn without importing it: that takes a second and more, at every start of a run."""
    path = _path("data", file)
    if path is None:
        return None
    content = path.read_bytes()
    return gzip.decompress(content) if file.endswith(".gz") else content


def _path(folder: str, file: str) -> Path | None:
    found = find_spec("sklearn")
    roots = (found.submodule_search_locations or ()) if found else ()
    return next((path for root in roots if (path := Path(root) / "datasets" / folder / file).is_file()), None)


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


PHOTOGRAPH_SIZE = (427, 640)


def photographs(names: Sequence[str], form: Form) -> np.ndarray:
    """The photographs called china and flower: [N, C, H, W] float32 from 0 to 1."""
    made = []
    for name in names:
        path = _path("images", f"{name}.jpg")
        if path is None:
            raise RunProblem(tr("The photographs of scikit-learn are not installed."))
        made.append(read_picture(path, form).transpose(2, 0, 1))
    return np.stack(made).astype(np.float32) / np.float32(255)
