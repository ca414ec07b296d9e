"""The graphs that ship: canonical, clean, told in two languages, and as good as they say."""

import math
import re
from dataclasses import replace
from itertools import pairwise

import pytest

from engine.nodes import CATALOG
from engine.run_writer import goal_reached
from engine.several.plan import Plan
from engine.training import Training
from graphs import gallery, storage
from graphs.checks import check
from graphs.gallery import ORDER
from graphs.problems import Severity

NAMES = gallery.names()
SMALLEST_NODE, TALLEST_NODE = 152, 240


def trained(name, seed=None):
    """A finished run of a gallery graph."""
    folder = gallery.path(name).parent
    training = Training(check(gallery.load(name), CATALOG, folder), folder, seed=seed)
    for _ in training.prepare():
        continue
    for _ in training.advance(every_epoch=True):
        continue
    return training


def test_the_promised_graphs_are_there_in_the_order_of_a_course():
    assert NAMES[: len(ORDER)] == ORDER
    assert set(ORDER) >= {"xor_mlp", "digits_softmax", "digits_autoencoder", "digits_deep_autoencoder", "spirals_mlp"}


def test_an_unknown_name_is_a_key_error():
    with pytest.raises(KeyError):
        gallery.load("nothing")


@pytest.mark.parametrize("name", NAMES)
class TestEveryGraph:
    def test_is_canonical(self, name):
        content = gallery.path(name).read_bytes()
        assert storage.dumps(storage.loads(content)) == content

    def test_has_no_problems(self, name):
        found = check(gallery.load(name), CATALOG, gallery.path(name).parent).problems
        assert not [problem for problem in found if problem.severity is not Severity.NOTE]

    def test_has_title_lesson_and_source(self, name):
        document = gallery.load(name)
        assert document.source
        for code, ends in (("en", r"[.!?](?:\s|$)"), ("ja", "。")):
            assert document.title[code]
            assert len(re.findall(ends, document.lesson[code])) == 2, "a lesson is two sentences"

    def test_goals_are_data(self, name):
        for goal in gallery.load(name).goals:
            assert set(goal) == {"metric", "bound", "direction"}
            assert goal["direction"] in {"at_least", "at_most"}
            assert isinstance(goal["bound"], int | float)

    def test_nodes_do_not_overlap_and_each_path_lies_on_one_line(self, name):
        """The main path lies on the first line, others far enough below that nodes have room for what they show."""
        places = [node.position for node in gallery.load(name).nodes.values()]
        lines = sorted({y for _, y in places})
        assert lines[0] == 0
        assert all(lower - upper >= TALLEST_NODE for upper, lower in pairwise(lines))
        for line in lines:
            across = sorted(x for x, y in places if y == line)
            steps = [right - left for left, right in pairwise(across)]
            assert min(steps, default=SMALLEST_NODE + 64) >= SMALLEST_NODE + 64

    @pytest.mark.parametrize("seed", [None, 1, 2])
    def test_reaches_its_goals(self, name, seed):
        training = trained(name, seed)
        for goal in gallery.load(name).goals:
            outcome = goal_reached(goal, training.values)
            assert outcome["reached"], outcome


@pytest.mark.parametrize("seed", range(10))
def test_xor_is_solved_from_every_seed(seed):
    assert trained("xor_mlp", seed).values["train_accuracy"] == 1.0


def swept(name):
    """The figures of every run that the lesson's own plan asks for, by the values that vary; one seed each."""
    document = gallery.load(name)
    found = {}
    for variant in replace(Plan.from_json(document.several), seeds=1).variants(document, CATALOG):
        training = Training(check(variant.document, CATALOG))
        for _ in [*training.prepare(), *training.advance(every_epoch=True)]:
            continue
        found[tuple(value for _, value in variant.point)] = training.values
    return found


def test_the_whole_set_stays_on_the_saddle_that_single_samples_leave():
    """O1: the gradient of the mean is 0 there, so nothing moves; that of a sample is not."""
    loss = {batches: values["train_loss"] for (batches,), values in swept("batch_at_a_saddle").items()}
    assert loss["whole"] == pytest.approx(math.log(2), abs=1e-4)
    assert loss["single"] < 0.2


def test_in_the_valley_no_rate_suits_every_optimiser():
    loss = {point: values["train_loss"] for point, values in swept("optimizers_in_a_valley").items()}
    assert len(loss) == 14
    best = {rate: min((value, name) for (name, at), value in loss.items() if at == rate)[1] for rate in ("0.05", "0.25")}
    assert best["0.05"] == "rmsprop"
    assert loss["rmsprop", "0.25"] > loss["rmsprop", "0.05"]
    assert loss["adam", "0.25"] < loss["momentum", "0.25"] < loss["sgd", "0.25"] < loss["adagrad", "0.25"]
    assert best["0.25"] == "adam"


def test_goals_say_what_was_measured():
    goal = {"metric": "validation_accuracy", "bound": 0.95, "direction": "at_least"}
    assert goal_reached(goal, {"validation_accuracy": 0.95}) == {**goal, "value": 0.95, "reached": True}
    assert goal_reached(goal, {"validation_accuracy": 0.94})["reached"] is False
    assert goal_reached({**goal, "direction": "at_most"}, {"validation_accuracy": 0.96})["reached"] is False
    assert goal_reached(goal, {})["reached"] is None
