"""The lesson graphs that ship, one JSON file each: title, lesson, source, goals, and a graph that trains as it is.
Files that they read lie beside them."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from graphs.document import Document
from graphs.storage import loads

# as a course would take them
ORDER = ("formal_neuron", "perceptron_and", "perceptron_xor", "logistic_regression", "diabetes_least_squares",
         "ridge_and_lasso", "learning_rates", "optimizers_in_a_valley", "batch_at_a_saddle", "polynomial_1", "polynomial_3",
         "polynomial_9", "xor_mlp", "local_minima_xor", "spirals_mlp", "draw_your_classes", "wine_normalise_or_not",
         "diabetes_csv", "early_stopping", "dropout", "bagging_moons", "digits_softmax",
         "digits_autoencoder", "digits_deep_autoencoder", "eight_three_eight", "linear_autoencoder_pca",
         "digits_sparse_autoencoder", "digits_denoising_autoencoder", "spiral_manifold", "contractive_tangents",
         "predictive_sparse_decomposition", "semantic_hashing", "rbm_digits", "sigmoid_depth", "stacked_from_scratch",
         "stacked_pretrained", "digits_deep_code_2d", "frozen_layers",
         "whitening_photographs", "photograph_edges")


def names() -> tuple[str, ...]:
    """The graphs' names in the order in which they are best met; new ones come last, by name."""
    found = {file.name.removesuffix(".json") for file in _folder().iterdir() if file.name.endswith(".json")}
    known = tuple(name for name in ORDER if name in found)
    return (*known, *sorted(found.difference(known)))


def path(name: str) -> Path:
    """Where the graph lies. Relative paths in it start from there."""
    return Path(str(_folder().joinpath(f"{name}.json")))


def load(name: str) -> Document:
    """The graph of that name. Raises KeyError if there is none."""
    if name not in names():
        raise KeyError(name)
    return loads(_folder().joinpath(f"{name}.json").read_bytes())


def _folder() -> resources.abc.Traversable:
    return resources.files(__name__)
