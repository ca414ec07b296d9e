"""What is asked about a network beside its training: codes and decoders, linear probes, maps, tangents; the process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import trustworthiness
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from engine import commands, events, linear_probe
from engine.codes import codes
from engine.events import CodeInfo, LabelsInfo
from engine.frames import Frame, map_points
from engine.inquiries import Inquiries
from engine.insight import tangents
from engine.linear_probe import Judged, Parts
from engine.nodes import CATALOG
from engine.probes import answer
from engine.response import Response
from engine.run_info import inputs_behind
from engine.training import Training
from engine.watching import Watching
from graphs.document import Document
from graphs.spec import Family
from tests import patience
from tests.engine.small_networks import autoencoder, classifier, document, machine, stacked
from tests.engine.small_runs import exhaust, gallery, only, prepared, trained
from tests.engine.windows import Window, endless, opened

PIXELS = ("digits", "pixels")


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    with opened(tmp_path) as made:
        yield made


def asked(run: Training, order: commands.Inquiry) -> list[events.Answer]:
    """All answers, until one is complete."""
    told: list[events.Answer] = []
    inquiries = Inquiries(told.append)
    inquiries.take(order, run)
    patience.until(lambda: told and told[-1].complete, lambda: attend(inquiries))
    return told


def attend(inquiries: Inquiries) -> None:
    """What the session does now and then."""
    threading.Event().wait(0.01)
    inquiries.tell_found()


def planar() -> Document:
    return document({"toy": ("toy2d", {"problem": "spirals", "size": 200}), "ae": ("denoising_autoencoder", {"units": 9})},
                    "toy.points>ae.x")


# codes


def test_the_codes_of_a_run_and_what_they_lead_back_to() -> None:
    one, top = ("one", "reconstruction"), prepared(stacked()).info
    assert top.codes == (CodeInfo("one", "code", 6, PIXELS, one), CodeInfo("two", "code", 4, PIXELS, one))
    assert top.labels == LabelsInfo("digits", "label", tuple("0123456789"))
    unsupervised = prepared(autoencoder()).info
    assert unsupervised.codes == (CodeInfo("ae", "code", 8, PIXELS, ("ae", "reconstruction")),)
    assert unsupervised.labels is not None, "classes colour what nobody trains on them"
    by_hand = prepared(gallery("digits_deep_autoencoder")).info
    assert {code.made for code in by_hand.codes} == {("rebuilt", "y")}
    drawn = prepared(document({"digits": ("digits", {}), "rbm": ("boltzmann_machine", {"units": 5})}, "digits.pixels>rbm.x")).info
    assert drawn.codes == (CodeInfo("rbm", "code", 5, PIXELS, ("rbm", "reconstruction")),), "what is drawn is no code"
    layers = prepared(classifier()).info
    assert layers.codes == (CodeInfo("hidden", "y", 12, ("norm", "x"), None),), "a classifier's layers are not decoded"


def test_a_code_set_by_hand_is_decoded_through_the_stack() -> None:
    run = prepared(stacked())
    code = np.random.default_rng(0).random(4)
    wanted = (("one", "reconstruction"), ("two", "reconstruction"))
    said = answer(run.built, commands.Probe("two", "code", tuple(code), wanted, "me"))
    below = Response(run.machine, ("two", "code"), wanted[1]).values(code[None])
    np.testing.assert_allclose(said.outputs["two/reconstruction"], below[0], rtol=1e-6)
    pixels = Response(run.machine, ("one", "code"), wanted[0]).values(below)
    np.testing.assert_allclose(said.outputs["one/reconstruction"], pixels[0], rtol=1e-6)
    assert said.asker == "me"
    only_last = answer(run.built, commands.Probe("two", "code", tuple(code), wanted[:1]))
    assert set(only_last.outputs) == {"one/reconstruction"}
    for values in (code[:3], [*code, 0.0]):
        assert answer(run.built, commands.Probe("two", "code", tuple(values), wanted)).outputs == {}


@pytest.mark.parametrize("kind", [kind.type_name() for kind in CATALOG if kind.family is Family.AUTOENCODERS])
def test_codes_of_every_autoencoder_are_decoded_as_they_are_in_passing(kind: str) -> None:
    made = machine(document({"digits": ("digits", {}), "ae": (kind, {"units": 6})}, "digits.pixels>ae.x"))
    x = made.dataset.columns[PIXELS].values[:5]
    found = [code for code in codes(made.assembly, inputs_behind(made.network.use)) if code.made is not None]
    assert found
    for code in found:
        here = (code.node, code.port)
        passed = made.forward({PIXELS: x}, [here, code.made])
        np.testing.assert_array_equal(Response(made, here, code.made).values(passed[here]), passed[code.made])


# linear probes


def test_accuracies_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 3, 400)
    x = rng.normal(size=(400, 6)) * (1, 5, 0.1, 1, 1, 0) + np.eye(3)[truth] @ rng.normal(size=(3, 6))
    raw, parts = Parts(x[:300], x[300:]), Parts(np.tanh(x[:300, :2]), np.tanh(x[300:, :2]))
    found = list(linear_probe.judge(raw, {"a/code": parts}, truth[:300], truth[300:]))

    def scikit(train: np.ndarray, check: np.ndarray, *first: object) -> float:
        line = make_pipeline(*first, StandardScaler(), LogisticRegression(max_iter=500))
        return line.fit(train, truth[:300]).score(check, truth[300:])

    assert found == [
        Judged("raw", 6, pytest.approx(scikit(*raw))),
        Judged("pca 2", 2, pytest.approx(scikit(*raw, PCA(2, svd_solver="full")))),
        Judged("a/code", 2, pytest.approx(scikit(*parts)))]


def test_sparse_codes_say_more_of_the_digits_than_as_many_principal_components() -> None:
    run = trained(gallery("digits_sparse_autoencoder"))
    pieces = asked(run, commands.ProbeCodes("me"))
    told = {name: value[1] for name, value in pieces[-1].numbers.items()}
    assert told["sparse1/code"] > max(told["pca 64"], told["raw"]) > 0.9
    assert [len(piece.numbers) for piece in pieces] == [1, 2, 3, 3], "one after the other"
    assert {piece.asker for piece in pieces} == {"me"}
    assert pieces[-1].step == run.machine.step_count


def test_what_cannot_be_judged_says_why() -> None:
    for doc, words in ((document({"c": ("noisy_curve", {}), "ae": ("autoencoder", {"units": 2})}, "c.x>ae.x"), "no classes"),
                       (autoencoder(validation_share=0.0), "validation share")):
        (said,) = asked(prepared(doc), commands.ProbeCodes())
        assert words in said.problem
        assert not said.numbers


# maps and tangents


def test_a_map_keeps_neighbours_together() -> None:
    run = prepared(autoencoder())
    said = asked(run, commands.MapCode("ae", "code", "me"))[-1]
    placed = np.stack([said.numbers["x"], said.numbers["y"]], axis=1)
    rows = run.built.dataset.validation
    code = run.machine.forward({PIXELS: run.built.dataset.columns[PIXELS].values[rows]}, [("ae", "code")])[("ae", "code")]
    assert len(placed) == len(rows)
    assert trustworthiness(code, placed, n_neighbors=10) > 0.9


def test_tangents_come_at_once_and_what_is_gone_is_left_out() -> None:
    run = prepared(autoencoder())
    x = run.built.dataset.columns[PIXELS].values[3]
    (said,) = asked(run, commands.FindTangents(PIXELS, ("ae", "code"), tuple(x.tolist()), 3, "me"))
    sizes, rows = tangents(Response(run.machine, PIXELS, ("ae", "code")), x, 3)
    np.testing.assert_allclose(said.numbers["sizes"], sizes)
    np.testing.assert_allclose(said.numbers["directions"], rows.ravel())
    for gone in (commands.FindTangents(PIXELS, ("old", "code"), tuple(x.tolist())), commands.MapCode("old", "code"),
                 commands.FindTangents(PIXELS, ("ae", "code"), (0.0, 1.0))):
        (said,) = asked(run, gone)
        assert not said.numbers


def test_the_newest_order_is_answered_and_older_ones_are_given_up() -> None:
    run, told = prepared(autoencoder()), []
    inquiries = Inquiries(told.append)
    for asker in ("first", "second", "last"):
        inquiries.take(commands.ProbeCodes(asker), run)
    patience.until(lambda: any(one.complete and one.asker == "last" for one in told), lambda: attend(inquiries))
    assert not any(one.complete and one.asker != "last" for one in told)
    inquiries.take(commands.ProbeCodes("forgotten"), run)
    inquiries.forget()
    patience.until(lambda: not inquiries.busy, lambda: attend(inquiries))
    assert not any(one.complete and one.asker == "forgotten" for one in told)


def test_the_process_goes_on_training_while_it_works_something_out(window: Window) -> None:
    engine = window.engine
    window.idle(endless())
    engine.run()
    window.until(lambda: engine.status.step > 20)
    seen, step = len(window.told), engine.status.step
    engine.inquire(commands.ProbeCodes("me"))
    said = window.until(lambda: next((one for one in only(window.told, events.Answer) if one.complete), None))
    assert {"raw", "autoencoder1/code"} < set(said.numbers)
    window.until(lambda: engine.status.step > max(step, said.step))
    assert {one.state for one in only(window.told[seen:], events.StateChanged)} <= {"running"}
    x = tuple(np.linspace(0, 1, 64).tolist())
    engine.inquire(commands.FindTangents(("digits1", "pixels"), ("autoencoder1", "code"), x, 2, "you"))
    assert len(window.event(events.Answer).numbers["directions"]) == 128
    engine.pause()
    window.state("paused")
    engine.inquire(commands.MapCode("autoencoder1", "code", "us"))
    said = window.until(lambda: next((one for one in only(window.told, events.Answer) if one.asker == "us" and one.complete),
                                     None))
    assert len(said.numbers["x"]) == len(said.numbers["y"]) > 100


# fields in frames


def test_a_field_is_watched_over_a_coarse_grid() -> None:
    run = prepared(planar())
    exhaust(run.advance(5))
    (info,) = run.info.fields
    made = Frame(0, 0.0, Watching(run.built, run.info, ["field:ae/reconstruction", "field:ae/code"]).arrays()).arrays
    assert set(made) == {"field:ae/reconstruction"}, "a code of nine numbers is no arrow"
    wanted = Response(run.machine, ("toy", "points"), ("ae", "reconstruction")).values(map_points(info))
    np.testing.assert_array_equal(made["field:ae/reconstruction"], wanted)
    assert not prepared(autoencoder()).info.fields


def test_the_preferred_input_of_one_layer_is_its_weights_at_the_length_of_samples() -> None:
    run = prepared(autoencoder())
    samples = run.built.dataset.columns[PIXELS].values[run.built.dataset.train[:1000]]
    length = np.linalg.norm(samples, axis=1).mean()
    (reconstruction,) = run.info.reconstructions
    (told,) = asked(run, commands.FindPreferred(PIXELS, reconstruction.code, 2, "a"))
    weights = run.machine.parameter(f"{reconstruction.code[0]}/encode.weight")[2].astype(float)
    np.testing.assert_allclose(told.numbers["input"], length * weights / np.linalg.norm(weights), atol=1e-3)
    bias = run.machine.parameter(f"{reconstruction.code[0]}/encode.bias")[2]
    assert told.numbers["value"][0] == pytest.approx(length * np.linalg.norm(weights) + bias, rel=1e-4)
    (none,) = asked(run, commands.FindPreferred(PIXELS, reconstruction.code, 9999, "a"))
    assert not none.numbers


def test_neighbours_are_those_whose_bits_differ_least() -> None:
    run = prepared(gallery("semantic_hashing"))
    run.machine.run(300)
    (item,) = run.info.reconstructions
    (told,) = asked(run, commands.FindNeighbours(item.input, item.code, 7, 5, "a"))
    data = run.built.dataset
    samples = data.columns[item.input].values[data.validation[:1000]]
    bits = run.machine.forward({item.input: samples}, [item.code])[item.code] > 0.5
    far = (bits != bits[7]).sum(axis=1)
    far[7] = 10**6
    order = np.argsort(far, kind="stable")[:5]
    assert told.numbers["rows"] == tuple(order)
    assert told.numbers["distances"] == tuple(far[order])
    assert told.numbers["precision"][0] > 3 * told.numbers["chance"][0]
