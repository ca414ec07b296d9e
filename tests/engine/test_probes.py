"""One new sample through the network at hand: the same numbers as from its predictor, at any time, at no cost."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from scipy.special import softmax

from engine import commands, events
from engine.events import TryInfo
from engine.inference import Predictor
from engine.probes import answer
from graphs.document import Document, Node, Wire
from tests.engine.small_runs import exhaust, gallery, iris, only, prepared, with_parameter
from tests.engine.windows import Window, endless, opened

PIXELS = ("digits1", "pixels")


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    with opened(tmp_path) as made:
        yield made


def test_says_what_the_predictor_says_through_the_fitted_preparations() -> None:
    document = Document(
        {"digits1": Node("digits1", "digits"), "normalize1": Node("normalize1", "normalize"),
         "auto": Node("auto", "autoencoder", {"units": 8})},
        frozenset({Wire("digits1", "pixels", "normalize1", "x"), Wire("normalize1", "x", "auto", "x")}), {"epochs": 2})
    run = prepared(document)
    exhaust(run.advance())
    (info,) = run.info.tries
    assert info == TryInfo("digits1", "pixels", (8, 8), 0.0, 1.0, (("normalize1", "x"),),
                           (("auto", "code"), ("auto", "reconstruction")))
    before = {key: run.machine.parameter(key).copy() for key in run.built.network.parameters}
    drawn = np.random.default_rng(3).random(64)
    said = answer(run.built, commands.Probe(*PIXELS, tuple(drawn), (*info.outputs, *info.inputs)))
    predictor = Predictor(run.built.checked, run.machine, run.built.dataset.fitted)
    for port in info.outputs:
        np.testing.assert_allclose(said.outputs["/".join(port)], predictor.run(drawn[None], port)[0].ravel(), rtol=1e-6)
    assert len(said.outputs["normalize1/x"]) == 64
    assert all((run.machine.parameter(key) == before[key]).all() for key in before)


def test_pictures_alone_can_be_tried() -> None:
    assert prepared(iris()).info.tries == ()
    image = prepared(with_parameter(gallery("digits_softmax"), "digits1"))
    assert [(one.node, one.picture, one.outputs) for one in image.info.tries] == [("digits1", (8, 8), (("dense1", "y"),))]


def test_what_does_not_fit_any_more_or_is_not_finite_is_left_out() -> None:
    run = prepared(gallery("digits_softmax"))
    for wrong in (commands.Probe("gone", "pixels", (0.0,) * 64, (("dense1", "y"),)),
                  commands.Probe(*PIXELS, (0.0,) * 63, (("dense1", "y"),)),
                  commands.Probe(*PIXELS, (0.0,) * 64, (("dense9", "y"),))):
        assert answer(run.built, wrong).outputs == {}
    run.machine.parameter("dense1/weight")[...] = np.nan
    assert answer(run.built, commands.Probe(*PIXELS, (0.5,) * 64, (("dense1", "y"),))).outputs == {}


def test_the_process_answers_idle_running_and_paused(window: Window) -> None:
    engine = window.engine
    window.idle(endless())
    sample, wanted = np.linspace(0, 1, 64).tolist(), (("autoencoder1", "code"), ("autoencoder1", "reconstruction"))

    def asked() -> events.Probed:
        engine.probe(commands.Probe(*PIXELS, tuple(sample), wanted, "me"))
        return window.event(events.Probed)

    first = asked()
    assert first.asker == "me"
    assert (first.step, {port: len(values) for port, values in first.outputs.items()}) == (
        0, {"autoencoder1/code": 32, "autoencoder1/reconstruction": 64})
    engine.run()
    window.until(lambda: engine.status.step > 50)
    seen = len(window.told)
    answers = [asked() for _ in range(40)]  # the aim is 20 a second
    assert [one.step for one in answers] == sorted(one.step for one in answers)
    assert answers[-1].step > answers[0].step > 0
    assert not only(window.told[seen:], events.StateChanged), "the run is not interrupted"
    engine.pause()
    step = window.state("paused").step
    assert asked().step == step
    assert asked().outputs == asked().outputs


def test_a_saved_run_is_tried_with_the_weights_it_was_saved_with(window: Window, tmp_path: Path) -> None:
    engine, sample = window.engine, np.linspace(0, 1, 64)
    window.idle(gallery("digits_softmax", epochs=0))
    engine.set_pace(300.0)
    engine.run()
    saved = window.event(events.CheckpointSaved)
    kept = shutil.copytree(Path(saved.path).parent, tmp_path / "kept")
    engine.stop()
    window.until(lambda: engine.state == "finished")
    engine._send(commands.Restore(str(kept)))
    assert window.state("paused").step == saved.step
    engine.probe(commands.Probe(*PIXELS, tuple(sample.tolist()), (("dense1", "y"),)))
    said = window.event(events.Probed)
    tensors = load_file(kept / Path(saved.path).name)
    sums = tensors["parameter/dense1/weight"] @ sample + tensors["parameter/dense1/bias"]
    assert said.step == saved.step
    np.testing.assert_allclose(said.outputs["dense1/y"], softmax(sums), rtol=1e-4)


def test_other_data_go_on_with_the_same_weights_and_map(window: Window) -> None:
    def painted(points: list[list[int]]) -> Document:
        nodes = (Node("data", "drawn_points", {"points": points}), Node("hidden", "dense", {"units": 6}),
                 Node("answer", "dense", {"units": 2, "activation": "softmax"}), Node("loss", "cross_entropy"))
        wires = (Wire("data", "points", "hidden", "x"), Wire("hidden", "y", "answer", "x"),
                 Wire("answer", "y", "loss", "prediction"), Wire("data", "label", "loss", "label"))
        return Document({node.id: node for node in nodes}, frozenset(wires), {"epochs": 0, "validation_share": 0.0})

    engine = window.engine
    left, right = [-500, 0, -400, 100, -600, -100], [500, 0, 400, 100, 600, -100]
    window.idle(painted([left, right]))
    extent = engine.info.maps[0].extent
    assert extent == pytest.approx((-1.2, 1.2, -1.2, 1.2))
    engine.run()
    window.until(lambda: engine.status.step > 100)
    for more in ([*left, 900, 900], [*left, 900, 900, -900, 900]):
        step = engine.status.step
        window.load(painted([more, right]))
        changed = window.event(events.GraphChanged)
        assert changed.step >= step, "it goes on where it was"
        assert (changed.kept, changed.only_data) == (changed.total, True)
        window.until(lambda step=changed.step: engine.status.step > step)
    assert engine.state == "running"
    assert engine.info.maps[0].extent == extent
    assert engine.info.train_rows == 8
