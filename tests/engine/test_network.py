"""The Python face for notebooks."""

import numpy as np
import pytest

import engine
from engine.data.bundled import digits
from engine.errors import BadCheckpoint, RunProblem
from engine.network import Network
from graphs import gallery, storage
from graphs.document import Document, Node
from graphs.strict_json import Unreadable

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def test_training_goes_on_where_it_stood():
    whole, parts = engine.load("digits_autoencoder"), engine.load("digits_autoencoder")
    whole.train(epochs=4)
    parts.train(epochs=1)
    figures = parts.train(epochs=3)
    assert [row["epoch"] for row in parts.history] == [1, 2, 3, 4]
    assert figures == {name: value for name, value in parts.history[-1].items() if name != "epoch"}
    assert np.array_equal(whole["autoencoder1"].weights, parts["autoencoder1"].weights)


def test_without_a_number_the_graph_says_how_long():
    net = engine.load("xor_mlp")
    assert net.train()["train_accuracy"] == 1.0
    assert len(net.history) == gallery.load("xor_mlp").training["epochs"]
    assert net.classify(CORNERS) == ["0", "1", "1", "0"]


def test_weights_are_live():
    net = engine.load("digits_softmax")
    before = net.predict(np.eye(64)[:1])
    layer = net["dense1"]
    assert layer.weights.shape == (10, 64)
    assert layer.bias.shape == (10,)
    assert set(layer.parameters) == {"weight", "bias"}
    layer.weights[...] = 0
    layer.bias[...] = 0
    assert np.allclose(net.predict(np.eye(64)[:1]), 0.1)
    assert not np.allclose(before, 0.1)


def test_a_neuron_set_by_hand_computes_and():
    net = Network(gallery.load("xor_mlp"))
    net["hidden"].weights[...] = 0
    net["hidden"].weights[0] = 1
    net["hidden"].bias[...] = -1.5
    net["answer"].weights[...] = 0
    net["answer"].weights[0, 0] = 50
    net["answer"].bias[...] = 0
    assert net.classify(CORNERS) == ["0", "0", "0", "1"]


def test_predictions_are_those_of_plain_numpy():
    net = engine.load("digits_autoencoder")
    net.train(epochs=2)
    samples = digits()[0][:20] / 16
    p = net["autoencoder1"].parameters
    code = 1 / (1 + np.exp(-(samples @ p["encode.weight"].T.astype(float) + p["encode.bias"])))
    rebuilt = code @ p["decode.weight"].T + p["decode.bias"]
    assert np.allclose(net.predict(samples, "autoencoder1.code"), code, atol=1e-5)
    assert np.allclose(net.predict(samples), rebuilt, atol=1e-5)
    assert np.allclose(net.predict({"digits1.pixels": samples}), rebuilt, atol=1e-5)
    assert net.predict(samples[0]).shape == (1, 64)


def test_evaluate_agrees_with_numpy():
    net = engine.load("digits_autoencoder")
    net.train(epochs=2)
    dataset = net._prepared().built.dataset
    pixels = dataset.columns["digits1", "pixels"].values
    for part, rows in (("train", dataset.train), ("validation", dataset.validation)):
        error = np.mean((net.predict(pixels[rows]) - pixels[rows]) ** 2)
        assert net.evaluate()[f"{part}_mean_squared_error"] == pytest.approx(error, rel=1e-4)


def test_steps_and_reset():
    net = engine.load("digits_softmax")
    first = net["dense1"].weights.copy()
    net.steps(3)
    assert not np.array_equal(net["dense1"].weights, first)
    net.reset()
    assert np.array_equal(net["dense1"].weights, first)
    net.reset(seed=5)
    assert not np.array_equal(net["dense1"].weights, first)


def test_saved_and_loaded_again(tmp_path):
    net = engine.load("digits_softmax")
    net.train(epochs=2)
    net.save(tmp_path / "run")
    other = engine.load(tmp_path / "run")
    assert other.document == net.document
    samples = digits()[0][:9] / 16
    assert np.array_equal(other.predict(samples), net.predict(samples))
    assert other.evaluate() == net.evaluate()
    other.train(epochs=1)
    assert not np.array_equal(other["dense1"].weights, net["dense1"].weights)


def test_what_is_wrong_is_said(tmp_path):
    with pytest.raises(Unreadable):
        engine.load("nothing_of_that_name")
    with pytest.raises(BadCheckpoint):
        engine.load(tmp_path)
    net = engine.load("digits_autoencoder")
    with pytest.raises(KeyError):
        net["dense1"]
    with pytest.raises(AttributeError, match="digits1 has no weight"):
        _ = net["digits1"].weights
    with pytest.raises(RunProblem, match="the new data are B×3"):
        net.predict(np.zeros((2, 3)))
    with pytest.raises(RunProblem, match="no output"):
        net.predict(np.zeros((2, 64)), "autoencoder1.kode")
    with pytest.raises(TypeError):
        net.classify(np.zeros((2, 64)))
    with pytest.raises(RunProblem, match="no loss"):
        Network(Document({"digits1": Node("digits1", "digits")})).train()


def test_a_graph_file_and_how_it_looks(tmp_path):
    storage.save(gallery.load("xor_mlp"), tmp_path / "mine.json")
    net = engine.load(tmp_path / "mine.json")
    assert list(net) == list(net.document.nodes)
    assert repr(net).startswith("<Network 'XOR: one layer is not enough'")
    assert repr(net["hidden"]) == "<hidden: weight 8×2, bias 8>"
    assert net.checked.problems == ()


def test_a_response_has_the_slopes_that_differences_show():
    net = engine.load("digits_autoencoder")
    net.train(epochs=1)
    code, x = net.response("digits1.pixels", "autoencoder1.code"), digits()[0][:1] / 16
    np.testing.assert_allclose(code.values(x), net.predict(x, "autoencoder1.code"), rtol=1e-6)
    slopes, step = code.jacobian(x), 0.01
    assert np.abs(slopes).max() > 0.02
    for pixel in (20, 43):
        there = code.values(x + step * np.eye(64)[pixel]) - code.values(x - step * np.eye(64)[pixel])
        np.testing.assert_allclose(slopes[:, pixel], there[0] / (2 * step), atol=2e-4)
    with pytest.raises(KeyError):
        net.response("digits1.pixels", "autoencoder1.gone")
