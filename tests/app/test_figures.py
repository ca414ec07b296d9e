"""The card of what else nodes tell: which figures there are, how they are drawn, what is saved of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.live.figures import VIEWS, FiguresCard
from app.live.panel import overview
from engine.events import ChannelInfo
from tests.app import live_samples
from tests.app.live_kit import again, shown


def telling(*quantities: tuple[str, str]) -> live_samples.Sample:
    """An autoencoder's run that tells these (quantity, node) besides, each falling to its place over 1000."""
    sample = live_samples.autoencoder()
    channels = [ChannelInfo(f"{part}_{name}", node) for part in ("train", "validation") for name, node in quantities]
    epochs = len(sample.epoch_values)
    fall = np.exp(-np.arange(epochs) / 3)[:, None] + (1 + np.arange(len(channels))) / 1000
    sample.run = replace(sample.run, epoch_channels=(*sample.run.epoch_channels, *channels))
    sample.epoch_values = np.hstack([sample.epoch_values, fall])
    return sample


def test_a_run_that_tells_nothing_else_has_no_such_card() -> None:
    assert FiguresCard not in overview(live_samples.autoencoder().run)
    assert FiguresCard not in overview(telling(("mean_squared_error", "sae")).run)
    assert FiguresCard in overview(telling(("zeros", "sae")).run)


def test_both_errors_of_unseen_samples_stand_together_and_shares_go_to_one(qtbot) -> None:
    sample = telling(("mean_squared_error", "sae"), ("prediction_error", "sae"), ("zeros", "sae"))
    card = shown(qtbot, FiguresCard, sample)
    assert [line.name for line in card.plot.lines] == ["rebuilt", "predicted"]
    last = np.exp(-(len(sample.epoch_values) - 1) / 3)
    assert [line.trace.last[1] for line in card.plot.lines] == pytest.approx([last + 0.004, last + 0.005], rel=1e-4)
    assert [key for key, _ in card.heading.choices] == ["errors", "zeros"]
    card.heading.chosen.emit("zeros")
    assert [line.name for line in card.plot.lines] == ["zeros"]
    assert card.plot.lines[0].trace.last[1] == pytest.approx(last + 0.006, rel=1e-4)
    assert {row[0] for row in card.table().rows} == {"zeros sae"}
    assert len(card.table().rows) == len(sample.epoch_values)
    assert card.plot.readout.words(0.5) == "50 %"
    assert card.plot.lines[0].label == f"zeros {100 * (last + 0.006):.1f} %"


def test_several_nodes_are_told_apart_and_only_those_that_tell(qtbot) -> None:
    sample = telling(("mean_squared_error", "plain"), ("mean_squared_error", "sae"), ("prediction_error", "sae"),
                     ("mean_activity", "plain"), ("mean_activity", "sae"))
    card = shown(qtbot, FiguresCard, sample)
    assert [(line.name, line.node) for line in card.plot.lines] == [("rebuilt", "sae"), ("predicted", "sae")]
    card.heading.chosen.emit("mean_activity")
    assert [line.node for line in card.plot.lines] == ["plain", "sae"]
    assert len({line.name for line in card.plot.lines}) == 2
    again(card, selection=frozenset({"sae"}))
    assert FiguresCard.concerns(card.sight)


def test_every_view_asks_for_what_some_node_tells() -> None:
    """The names of quantities are those that the engine uses."""
    from engine.compiler import compile_network
    from tests.engine.small_networks import checked, document

    kinds = ("sparse_autoencoder", "denoising_autoencoder", "predictive_sparse_decomposition", "semantic_hashing")
    nodes = {"digits": ("digits", {}), **{kind: (kind, {}) for kind in kinds}}
    found = checked(document(nodes, " ".join(f"digits.pixels>{kind}.x" for kind in kinds)))
    network = compile_network(found, found.training)
    told = {figure.quantity for figure in network.metrics} | {loss.figure for loss in network.losses if loss.components}
    assert {quantity for view in VIEWS.values() for quantity in view.lines} <= told
