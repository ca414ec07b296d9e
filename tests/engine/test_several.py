"""Several trainings at once: each is the run it would be alone, whatever happens to the others (O16, V3)."""

import csv
import os
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from engine.errors import RunProblem
from engine.nodes import CATALOG
from engine.overrides import WrongOverride
from engine.several import posts, results
from engine.several.lone import Ended, Job, train_job
from engine.several.plan import Axis, Plan, axis_from_words, split_values
from engine.several.runs import Runs
from engine.telemetry import Channel, Series
from graphs import storage
from tests.engine.small_runs import gallery, iris, trained, weights
from tests.patience import until

XOR = gallery("xor_mlp", epochs=40, batch_size=4, validation_share=0, seed=3)


def killer(job: Job) -> Ended:
    """Work whose second run takes its process with it."""
    if job.number == 1:
        os._exit(9)
    return Ended(job.number, "done", figures={"train_loss": float(job.number)})


class TestPlan:
    def test_points_times_seeds_are_whole_documents(self):
        variants = Plan.from_words(["hidden.units=2,4", "training.learning_rate=0.1"], seeds=2).variants(XOR, CATALOG)
        assert [(one.document.nodes["hidden"].parameters["units"], one.document.training["seed"]) for one in variants] \
            == [(2, 3), (2, 4), (4, 3), (4, 4)]
        assert all(one.document.training["learning_rate"] == 0.1 for one in variants)
        assert variants[3].title == "hidden.units 4 · training.learning_rate 0.1 · seed 4"

    def test_members_of_a_bagging_draw_apart(self):
        variants = Plan(bagging=3).variants(XOR, CATALOG)
        boots = [next(node for node in one.document.nodes.values() if node.type == "bootstrap") for one in variants]
        assert [boot.parameters["seed"] for boot in boots] == [0, 1, 2]
        assert [one.seed for one in variants] == [3, 4, 5]

    def test_a_plan_survives_its_document(self):
        plan = Plan((Axis("hidden.units", ("2", "4")), Axis("hidden.activation", ("tanh", "relu"))), seeds=5)
        content = plan.to_json()
        assert Plan.from_json(content) == plan
        document = storage.loads(storage.dumps(type(XOR)(XOR.nodes, XOR.wires, XOR.training, several=content)))
        assert Plan.from_json(document.several) == plan

    @pytest.mark.parametrize(("plan", "said"), [
        (lambda: Plan(), "Nothing varies"),
        (lambda: Plan(bagging=1), "two members"),
        (lambda: Plan(bagging=2, seeds=2), "stands alone"),
        (lambda: Plan(seeds=0), "one seed"),
        (lambda: Plan.from_words(["hidden.units=2,x"]), "whole number"),
        (lambda: Plan.from_words(["hidden.unit=2,3"]), "did you mean “units”"),
        (lambda: Plan.from_words(["hiden.units=2,3"]), "did you mean “hidden”"),
        (lambda: Plan.from_words(["units=2,3"]), "not of the form"),
        (lambda: Plan.from_words(["hidden.units=,"]), "no values"),
        (lambda: Plan.from_words(["hidden.units=2,2"]), "twice"),
        (lambda: Plan.from_words(["hidden.units=2", "hidden.units=3,4"]), "given twice"),
        (lambda: Plan.from_words(["training.seed=1,2"], seeds=2), "vary twice"),
        (lambda: Plan(seeds=10_001), "the most"),
        (lambda: Plan.from_json({"sweep": [1]}), "cannot be read"),
        (lambda: Plan.from_json({"seeds": "9"}), "cannot be read"),
    ])
    def test_what_cannot_be_done_is_said(self, plan, said):
        with pytest.raises(WrongOverride, match=said) as caught:
            plan().variants(XOR, CATALOG)
        assert "\n" not in str(caught.value)

    def test_commas_inside_brackets_belong_to_the_value(self):
        assert split_values(' 1, [2, 3] ,"a,b",') == ("1", "[2, 3]", '"a,b"')
        assert axis_from_words("d.units=8") == Axis("d.units", ("8",))


@pytest.fixture(scope="module")
def sweep():
    """One sweep with a value that cannot be trained, and what came of it."""
    plan = Plan.from_words(["answer.units=3,2"], seeds=2)
    variants = plan.variants(iris(epochs=6), CATALOG)
    return plan, variants, {one.number: one for one in Runs(variants, Path())}


class TestRuns:
    def test_each_is_the_run_it_would_be_alone(self, sweep, tmp_path):
        _, variants, ended = sweep
        for number in (0, 1):
            alone = trained(variants[number].document)
            assert ended[number].weights == weights(alone, tmp_path)
            assert dict(ended[number].figures) == alone.values
            assert len(ended[number].history) == 6
        assert ended[0].weights != ended[1].weights

    def test_a_wrong_variant_is_said_and_the_others_go_on(self, sweep):
        _, _, ended = sweep
        assert [ended[number].reason for number in range(4)] == ["done", "done", "failed", "failed"]
        assert "3 classes" in ended[2].problem

    def test_tables(self, sweep):
        _, variants, ended = sweep
        points = results.by_point(variants, ended.values())
        rows = list(csv.DictReader(results.results_csv(points).splitlines()))
        losses = [ended[number].figures["train_loss"] for number in (0, 1)]
        assert float(rows[0]["train_loss_mean"]) == pytest.approx(np.mean(losses))
        assert float(rows[0]["train_loss_spread"]) == pytest.approx(np.std(losses, ddof=1))
        assert (rows[1]["runs"], rows[1]["failed"], rows[1]["train_loss_mean"]) == ("2", "2", "")
        runs = list(csv.DictReader(results.runs_csv(variants, ended.values()).splitlines()))
        assert [row["reason"] for row in runs] == ["done", "done", "failed", "failed"]
        epochs = [row for row in csv.DictReader(results.histories_csv(variants, ended.values()).splitlines())
                  if (row["run"], row["figure"], row["node"]) == ("1", "train_loss", "")]
        assert [float(row["epoch"]) for row in epochs] == [1, 2, 3, 4, 5, 6]

    def test_a_process_that_dies_takes_only_its_own_run_along(self):
        variants = Plan(seeds=3).variants(XOR, CATALOG)
        ended = {one.number: one for one in Runs(variants, Path(), work=killer)}
        assert [ended[number].reason for number in range(3)] == ["done", "failed", "done"]
        assert "process" in ended[1].problem

    def test_cancelled_and_watched_meanwhile(self):
        endless = gallery("xor_mlp", epochs=0, batch_size=4, validation_share=0)
        runs = Runs(Plan(seeds=6).variants(endless, CATALOG), Path())
        seen = []

        def cancel_when_seen() -> None:
            seen.append(until(lambda: runs.history(0)))
            runs.cancel()

        thread = threading.Thread(target=cancel_when_seen)
        thread.start()
        ended = list(runs)
        thread.join()
        assert seen[0].column("train_loss") is not None
        assert len(ended) == 6
        assert {one.reason for one in ended} == {"stopped"}
        assert any(one.weights for one in ended)

    def test_divergence_is_told(self, monkeypatch):
        monkeypatch.setenv("HOURGLASS_THREADS", "1")
        wild = gallery("diabetes_csv")
        folder = Path(storage.__file__).parent / "gallery"
        job = Job(0, storage.dumps(type(wild)(wild.nodes, wild.wires, {
            **wild.training, "optimizer": "sgd", "learning_rate": 900.0, "epochs": 50})), str(folder))
        ended = train_job(job)
        assert (ended.reason, ended.number) == ("diverged", 0)
        assert "not finite" in ended.problem


def test_posts_are_read_as_they_were_written(tmp_path):
    series = Series((Channel("train_loss"), Channel("loss", "a")), np.arange(3), np.arange(3) + 1.0,
                    *(np.random.default_rng(0).normal(size=(3, 2)).astype(np.float32) for _ in range(3)),
                    np.ones((3, 2), np.int64), 4)
    assert posts.read(tmp_path, 0) is None
    posts.write(tmp_path, 0, series)
    found = posts.read(tmp_path, 0)
    assert found.channels == series.channels
    assert found.width == 4
    np.testing.assert_array_equal(found.mean, series.mean)
    (tmp_path / "1.npz").write_bytes(b"PK\x03\x04 torn")
    assert posts.read(tmp_path, 1) is None
    posts.write(tmp_path / "gone", 0, series)


@pytest.mark.slow
class TestCluster:
    def test_two_processes_of_a_cluster_give_the_same_weights(self, tmp_path):
        distributed = pytest.importorskip("distributed")
        variants = Plan(seeds=3).variants(iris(epochs=6), CATALOG)
        with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
            ended = {one.number: one for one in Runs(variants, Path(), cluster=cluster.scheduler_address)}
            for variant in variants:
                assert ended[variant.number].weights == weights(trained(variant.document), tmp_path)
            endless = Plan(seeds=4).variants(iris(epochs=0), CATALOG)
            runs = Runs(endless, Path(), cluster=cluster.scheduler_address)
            threading.Timer(1.0, runs.cancel).start()
            assert {one.reason for one in runs} == {"stopped"}

    def test_no_cluster_is_a_sentence(self, monkeypatch):
        pytest.importorskip("distributed")
        monkeypatch.setattr("engine.several.cluster.PATIENCE", 0.5)  # nobody is there, however long one waits
        variants = Plan(seeds=2).variants(XOR, CATALOG)
        with pytest.raises(RunProblem, match=r"no Dask cluster at tcp://127\.0\.0\.1:9"):
            list(Runs(variants, Path(), cluster="tcp://127.0.0.1:9"))


def test_dask_that_is_not_installed_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RunProblem, match="pip install"):
        list(Runs(Plan(seeds=2).variants(XOR, CATALOG), Path(), cluster="tcp://somewhere:8786"))
