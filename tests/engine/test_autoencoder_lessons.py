"""What the lessons on autoencoders claim, measured: activities, errors that are halved, arrows to a manifold, edges."""

from __future__ import annotations

import numpy as np
import pytest

from engine.executor import Machine
from engine.hashing import precision
from graphs import gallery
from tests.engine.autoencoder_kit import of_kind
from tests.engine.small_networks import machine


def learned(name: str, seed: int = 0) -> Machine:
    """A lesson that has been trained as it is."""
    made = machine(gallery.load(name), seed=seed)
    made.run(10**9)
    return made


def given(made: Machine, node: str, port: str, x: np.ndarray) -> np.ndarray:
    """An output for these inputs, where there is one source."""
    (source,) = made.assembly.predict_inputs
    return made.forward({source: x}, [(node, port)])[node, port].astype(float)


@pytest.mark.parametrize("seed", [0, 1])
def test_each_unit_of_the_right_sparse_code_is_as_active_as_it_should_be(seed: int) -> None:
    """A5: within a tenth of ρ, each of them, over all samples that are trained on."""
    made = learned("digits_sparse_autoencoder", seed)
    pixels = made.dataset.columns["digits1", "pixels"].values[made.dataset.train]
    np.testing.assert_allclose(given(made, "sparse1", "code", pixels).mean(0), 0.1, rtol=0.1)


def test_a_linear_probe_reads_more_off_the_sparse_code_than_off_as_many_principal_components() -> None:
    """A16: 64 components of 64 pixels are the pixels, turned; the best of three strengths of regularisation for both."""
    from sklearn.datasets import load_digits
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression

    made, label = learned("digits_sparse_autoencoder"), load_digits().target
    train, kept = made.dataset.train, made.dataset.validation
    pixels = made.dataset.columns["digits1", "pixels"].values
    right = {name: max(LogisticRegression(C=c, max_iter=3000).fit(x[train], label[train]).score(x[kept], label[kept])
                       for c in (1.0, 10.0, 100.0))
             for name, x in (("code", given(made, "sparse1", "code", pixels)),
                             ("components", PCA(64).fit(pixels[train]).transform(pixels)))}
    assert right["code"] > right["components"] > 0.95


def test_masked_digits_are_restored_to_less_than_half_of_the_error() -> None:
    made = machine(of_kind("denoising_autoencoder", {"units": 64, "noise": "masking", "share": 0.3}, epochs=80))
    made.run(10**9)
    clean = made.dataset.columns["digits", "pixels"].values[made.dataset.validation]
    keys = [("ae", "corrupted"), ("ae", "restored")]
    noisy, restored = made.forward({("digits", "pixels"): clean}, keys).values()
    assert np.square(restored - clean).mean() < 0.5 * np.square(noisy - clean).mean()


def test_arrows_of_the_spiral_point_to_the_nearest_arm() -> None:
    """A7: from places up to 0.15 away (the arms are 0.33 apart), less than 30° off on average."""
    from scipy.spatial import cKDTree

    made = learned("spiral_manifold")
    place = np.linspace(0, 1, 4000)
    radius = 0.08 + 0.92 * np.sqrt(place)
    arm = radius[:, None] * np.stack([np.cos(3 * np.pi * radius), np.sin(3 * np.pi * radius)], axis=1)
    arms = np.concatenate([arm, -arm])
    rng = np.random.default_rng(0)
    points = arms[rng.integers(0, len(arms), 6000)] + 0.15 * rng.normal(size=(6000, 2))
    distance, nearest = cKDTree(arms).query(points)
    off = (distance > 0.03) & (distance < 0.15)
    points, wanted = points[off].astype(np.float32), arms[nearest[off]]
    arrows = given(made, "denoising1", "reconstruction", points) - points
    way = wanted - points
    cosine = (arrows * way).sum(1) / (np.linalg.norm(arrows, axis=1) * np.linalg.norm(way, axis=1))
    assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean() < 30
    assert (np.linalg.norm(points + arrows - wanted, axis=1) < np.linalg.norm(way, axis=1)).mean() > 0.9


def coherence(filters: np.ndarray) -> np.ndarray:
    """How far each picture (N×H×W) has one direction: 0 none, 1 stripes only. From the eigenvalues of the structure
    tensor (Bigün and Granlund 1987)."""
    down, across = np.gradient(filters, axis=(1, 2))
    a, b, c = ((u * v).sum((1, 2)) for u, v in ((across, across), (across, down), (down, down)))
    return np.sqrt((a - c) ** 2 + 4 * b**2) / (a + c)


def test_photographs_teach_oriented_edges() -> None:
    """A15: most filters have a direction, noise of the same size has none, and all directions occur."""
    made = learned("photograph_edges")
    filters = made.parameter("denoising1/encode.weight").astype(float).reshape(-1, 12, 12)
    noise = np.random.default_rng(0).normal(size=(1000, 12, 12))
    assert np.quantile(coherence(noise), 0.95) < 0.25
    assert (coherence(filters) > 0.25).mean() > 0.8
    assert np.median(coherence(filters)) > 0.5
    down, across = np.gradient(filters, axis=(1, 2))
    turn = 0.5 * np.arctan2(2 * (across * down).sum((1, 2)), (across**2 - down**2).sum((1, 2)))
    found, _ = np.histogram(turn[coherence(filters) > 0.25], bins=6, range=(-np.pi / 2, np.pi / 2))
    assert (found > 0).all()


def test_both_errors_of_predicted_codes_fall_and_dictionary_and_encoder_hold_the_same() -> None:
    """A12: from the first epoch to the last; each unit's picture in the dictionary is like the one that it answers to."""
    made = machine(gallery.load("predictive_sparse_decomposition"))
    epoch = -(-len(made.dataset.train) // made.assembly.batch)
    told = []
    for steps in (epoch, 10**9):
        made.run(steps)
        told.append(made.evaluate(made.dataset.validation))
    assert told[1]["mean_squared_error/predictive1"] < 0.9 * told[0]["mean_squared_error/predictive1"]
    assert told[1]["prediction_error/predictive1"] < 0.65 * told[0]["prediction_error/predictive1"]
    assert told[1]["zeros/predictive1"] > 0.85
    dictionary, encoder = made.parameter("predictive1/decode.weight").T, made.parameter("predictive1/encode.weight")
    likeness = [np.corrcoef(drawn, read)[0, 1] for drawn, read in zip(dictionary, encoder, strict=True)]
    assert np.median(np.abs(likeness)) > 0.5
    assert np.median(coherence(dictionary.astype(float).reshape(-1, 12, 12))) > 0.4


def test_contraction_leaves_a_handful_of_directions() -> None:
    """A8: the Jacobian's singular values at unseen digits, those that count half as much as the largest."""
    made = learned("contractive_tangents")
    pixels = made.dataset.columns["digits1", "pixels"].values[made.dataset.validation[:50]]
    counted = {}
    for node in ("contractive", "free"):
        code, weight = given(made, node, "code", pixels), made.parameter(f"{node}/encode.weight").astype(float)
        values = np.array([np.linalg.svd((h * (1 - h))[:, None] * weight, compute_uv=False) for h in code])
        counted[node] = (values > 0.5 * values[:, :1]).sum(1).mean()
    assert counted["contractive"] < 12
    assert counted["free"] > 40


def test_hashed_digits_find_their_neighbours() -> None:
    """A13: ten nearest words against ten nearest pictures."""
    from sklearn.decomposition import PCA

    made = learned("semantic_hashing")
    pixels = made.dataset.columns["digits1", "pixels"].values
    found = precision(given(made, "hashing1", "code", pixels), pixels, made.dataset.validation, 10)
    assert found > 0.42
    assert found > precision(PCA(32).fit_transform(pixels), pixels, made.dataset.validation, 10, threshold=0.0) + 0.03
