"""Bagging (O16): the committee's answers and the variance of its mean, against numpy; and the whole command."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, mean_squared_error

from engine.errors import BadCheckpoint
from engine.inference import Predictor, as_probabilities
from engine.nodes import CATALOG
from engine.several.committee import Committee, number_figures, variances, votes
from engine.several.folder import members
from engine.several.plan import Plan
from engine.several.runs import Runs
from graphs import gallery
from graphs.checks import check
from tests.engine.small_runs import prepared

RNG = np.random.default_rng(7)


class TestVariance:
    """Var(mean) = σ²/M + 1/M² Σ_{l≠m} σ_lm, each ordered pair once."""

    def test_against_numpy(self):
        errors = RNG.normal(size=(5, 200, 1)) + RNG.normal(size=(1, 200, 1))
        covariance = np.cov(errors[:, :, 0], ddof=0)
        found = variances(errors)
        assert found["member_variance"] == pytest.approx(np.diag(covariance).mean())
        assert found["variance_share"] == pytest.approx(np.diag(covariance).mean() / 5)
        assert found["covariance_share"] == pytest.approx((covariance.sum() - np.trace(covariance)) / 25)
        assert found["mean_variance"] == pytest.approx(errors.mean(axis=0).var())
        assert found["mean_variance"] == pytest.approx(found["variance_share"] + found["covariance_share"])

    def test_the_doubled_sum_of_the_slide_is_not_the_variance(self):
        found = variances(RNG.normal(size=(4, 100, 2)) + RNG.normal(size=(1, 100, 2)))
        assert found["variance_share"] + 2 * found["covariance_share"] > 1.2 * found["mean_variance"]

    def test_independent_members_divide_the_variance(self):
        found = variances(RNG.normal(size=(10, 20_000, 1)))
        assert found["mean_variance"] == pytest.approx(0.1, rel=0.05)

    def test_components_are_averaged(self):
        errors = RNG.normal(size=(3, 50, 2))
        each = [variances(errors[:, :, k : k + 1])["mean_variance"] for k in range(2)]
        assert variances(errors)["mean_variance"] == pytest.approx(np.mean(each))


def test_votes():
    said = np.array([[0, 1, 2], [0, 2, 2], [1, 1, 2]])
    np.testing.assert_array_equal(votes(said, 3), [[2, 1, 0], [0, 2, 1], [0, 0, 3]])


def test_numbers_against_scikit_learn():
    answers, truth = RNG.normal(size=(4, 30, 2)), RNG.normal(size=(30, 2))
    found = number_figures(list(answers), truth)
    assert found["mean_squared_error"] == pytest.approx(mean_squared_error(truth, answers.mean(axis=0)))
    assert found["member_mean_squared_error"] == pytest.approx(np.mean([mean_squared_error(truth, a) for a in answers]))
    assert found["mean_squared_error"] <= found["member_mean_squared_error"]


@pytest.fixture
def bagged(hourglass, tmp_path):
    """Three networks on draws of the iris flowers."""
    (tmp_path / "iris.json").write_text(json.dumps({
        "format": "hourglass-graph", "format_version": 1,
        "nodes": {"iris1": {"type": "iris", "position": [0, 0]}, "norm": {"type": "normalize", "position": [1, 0]},
                  "answer": {"type": "dense", "position": [2, 0], "parameters": {"units": 3, "activation": "softmax"}},
                  "loss": {"type": "cross_entropy", "position": [3, 0]}},
        "wires": ["iris1.features -> norm.x", "norm.x -> answer.x", "answer.y -> loss.prediction",
                  "iris1.label -> loss.label"],
        "training": {"epochs": 5, "learning_rate": 0.05}}))
    code, out, err = hourglass("train", "iris.json", "--bagging", 3, "--out", "three")
    assert code == 0, err
    return tmp_path / "three", out


def test_the_command_writes_trains_and_uses_a_committee(bagged, hourglass):
    folder, out = bagged
    assert {path.name for path in folder.iterdir()} == {
        "graph.json", "several.json", "results.csv", "runs.csv", "histories.csv", "runs"}
    said = dict(line.removeprefix("committee_").split() for line in out.splitlines() if line.startswith("committee_"))
    committee = Committee.load(folder)
    seeds = [run.parent.name for run in (path / "graph.json" for path in members(folder))]
    assert seeds == ["01", "02", "03"]

    training = prepared(committee.checked.document)  # its data, read another way
    dataset = training.built.dataset
    raw = next(column.values for (node, port), column in dataset.columns.items() if (node, port) == ("iris1", "features"))
    labels = dataset.columns[("iris1", "label")].values
    rows = dataset.validation
    chances = np.stack([as_probabilities(member.run(raw[rows])) for member in committee.members])
    mean = chances.mean(axis=0)
    assert float(said["validation_accuracy"]) == pytest.approx(accuracy_score(labels[rows], mean.argmax(axis=1)), rel=1e-5)
    alone = np.mean([accuracy_score(labels[rows], one.argmax(axis=1)) for one in chances])
    assert float(said["validation_member_accuracy"]) == pytest.approx(alone, rel=1e-5)
    errors = chances - np.eye(3)[labels[rows]]
    assert float(said["validation_mean_variance"]) == pytest.approx(errors.mean(axis=0).var(axis=0).mean(), rel=1e-5)

    code, out, _ = hourglass("evaluate", folder, "--json")
    assert code == 0
    assert json.loads(out)["validation_accuracy"] == pytest.approx(float(said["validation_accuracy"]), rel=1e-5)

    np.save(folder.parent / "new.npy", raw[rows][:4])
    code, out, err = hourglass("predict", folder, folder.parent / "new.npy")
    assert code == 0, err
    table = list(csv.reader(out.splitlines()))
    np.testing.assert_allclose(np.array([row[1:] for row in table[1:]], float), mean[:4], rtol=1e-6)


def test_a_member_can_be_used_alone(bagged):
    folder, _ = bagged
    path = members(folder)[0]
    document = json.loads((path / "graph.json").read_text())
    assert any(node["type"] == "bootstrap" for node in document["nodes"].values())
    committee = Committee.load(folder)
    lone = Predictor.load(check(committee.members[0].checked.document, CATALOG), path / "weights.safetensors")
    samples = np.ones((2, 4), np.float32)
    np.testing.assert_array_equal(lone.run(samples), committee.members[0].run(samples))


def test_runs_that_are_no_committee_say_so(bagged, tmp_path):
    folder, _ = bagged
    said = json.loads((folder / "several.json").read_text())
    for wrong in ([], ["runs/01"], ["../three/../..", "runs/01"], "runs"):
        (folder / "several.json").write_text(json.dumps({**said, "committee": wrong}))
        with pytest.raises(BadCheckpoint, match="no committee"):
            members(folder)
    (folder / "several.json").write_text("[]")
    with pytest.raises(BadCheckpoint, match="not written by Hourglass"):
        Committee.load(folder)


@pytest.mark.parametrize(("words", "said"), [
    (("--sweep", "hidden.units=2"), "Nothing varies"),
    (("--sweep", "hidden.unit=2,3"), "did you mean"),
    (("--bagging", "3", "--seeds", "2"), "stands alone"),
    (("--several",), "Nothing varies"),
    (("--several", "--seeds", "3"), "Either the graph"),
    (("--seeds", "3", "--resume", "x"), "begin anew"),
])
def test_wrong_usage_is_one_sentence(hourglass, words, said):
    code, out, err = hourglass("train", "xor_mlp", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.strip().splitlines()) == 1


class TestLessons:
    """The lessons do what they say."""

    def test_thirty_seeds_of_xor_end_in_a_few_valleys(self):
        document = gallery.load("local_minima_xor")
        plan = Plan.from_json(document.several)
        losses = [one.figures["train_loss"] for one in Runs(plan.variants(document, CATALOG), Path())]
        assert len(losses) == 30
        solved, three_of_four, half = (sum(abs(loss - level) < 0.06 for loss in losses) for level in (0.0, 0.35, 0.48))
        assert min(solved, three_of_four) >= 5
        assert half >= 1
        assert solved + three_of_four + half == 30, "nothing lies between the stripes"

    def test_the_committee_of_moons_beats_its_members(self, hourglass):
        code, out, err = hourglass("train", "bagging_moons", "--several", "--out", "moons")
        assert code == 0, err
        said = {line.split()[0]: float(line.split()[1]) for line in out.splitlines() if line.startswith("committee_")}
        assert said["committee_members"] == 15
        assert said["committee_validation_accuracy"] > said["committee_validation_member_accuracy"] + 0.005
        assert said["committee_validation_mean_variance"] < 0.85 * said["committee_validation_member_variance"]
