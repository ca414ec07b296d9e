"""Wine, Breast cancer and Diabetes against scikit-learn's loaders."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn import datasets

from engine.data import bundled
from engine.nodes.measured import BreastCancer, Diabetes, Wine
from graphs.spec import Site

SETS = {
    "wine": (Wine, "label", lambda: datasets.load_wine()),
    "breast_cancer": (BreastCancer, "label", lambda: datasets.load_breast_cancer()),
    "diabetes": (Diabetes, "target", lambda: datasets.load_diabetes(scaled=False)),
}


@pytest.mark.parametrize("name", SETS)
def test_the_set_is_that_of_scikit_learn(name):
    kind, answer, load = SETS[name]
    known, node, site = load(), kind(), Site("source1")
    columns = node.load({}, site)
    assert {port: column.shape for port, column in columns.items()} == dict(node.shapes({}, site))
    assert np.array_equal(columns["features"].values, known.data.astype(columns["features"].values.dtype))
    assert np.array_equal(columns[answer].values.ravel(), known.target)
    assert columns["features"].names == node.component_names(site)["features"]
    assert len(columns["features"].names) == columns["features"].shape.width
    if name == "breast_cancer":
        assert columns["features"].names == tuple(known.feature_names)
        assert columns[answer].shape.classes == tuple(known.target_names)
    if name == "wine":
        assert columns["features"].names == tuple(name.replace("_", " ") for name in known.feature_names)


@pytest.mark.parametrize("name", SETS)
def test_without_the_shipped_files_scikit_learn_is_asked(name, monkeypatch):
    read = getattr(bundled, name)
    here = read()
    monkeypatch.setattr(bundled, "find_spec", lambda _: None)
    for ours, theirs in zip(here, read.__wrapped__(), strict=True):
        assert np.array_equal(ours, theirs)


def test_they_are_read_without_importing_scikit_learn():
    code = ("import sys; from engine.data import bundled as b; b.wine(), b.breast_cancer(), b.diabetes(); "
            "print('sklearn' in sys.modules)")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
