"""Verdicts on the cards: what they say, and that a remedy is one click and one step to undo."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from app import theme
from app.feed import Feed
from app.live.activation_histogram import ActivationHistogramCard
from app.live.curves import LossCard
from app.live.gradient_flow import GradientFlowCard, ProfilePlot
from app.live.gradients import GradientCard
from app.live.sight import Sight
from app.live.weight_histogram import WeightHistogramCard
from engine.verdicts import LayerFlow
from graphs import edits
from graphs.document import Wire
from tests.app import live_samples
from tests.app.live_kit import again, shown
from tests.app.test_live_panel import opened


@pytest.mark.parametrize("count", [2, 6, 20])
def test_names_below_dots_can_be_read_at_any_depth(qtbot, count) -> None:
    card = shown(qtbot, GradientFlowCard, live_samples.deep(count), 320, 240)
    ticks = card.plot.name_ticks()
    assert (ticks[0].text, ticks[-1].text) == ("dense1", f"dense{count}")
    places = card.plot.places()
    metrics = QFontMetricsF(theme.font(11))
    boxes = [(places[int(tick.at)].x(), metrics.horizontalAdvance(tick.text) / 2) for tick in ticks]
    for (x, half), (other, next_half) in itertools.pairwise(boxes):
        assert x + half < other - next_half
    assert boxes[0][0] - boxes[0][1] >= 0
    assert boxes[-1][0] + boxes[-1][1] <= card.plot.width()


def test_before_a_run_the_layers_are_named_and_nothing_is_counted(qtbot) -> None:
    """Bug: places of layers were counted below the empty plot, −1 … 13."""
    sample = live_samples.deep(6)
    sample.upto = 0
    card = shown(qtbot, GradientFlowCard, sample, 320, 240)
    assert card.plot.message and not card.strip.verdict.finding
    assert [tick.text for tick in card.plot.bottom.shown][:: len(card.plot.bottom.shown) - 1] == ["dense1", "dense6"]
    sample.upto = None
    again(card)
    assert not card.plot.message and card.strip.verdict.finding == "vanishing"


@pytest.mark.parametrize("kind", [GradientFlowCard, ActivationHistogramCard, WeightHistogramCard])
def test_without_a_network_an_axis_of_unknown_limits_has_no_numbers(qtbot, kind) -> None:
    card = kind()
    qtbot.addWidget(card)
    card.resize(320, 240)
    card.show()
    card.refresh(Sight(Feed()))
    paper = card.grab()
    painter = QPainter(paper)
    _, _, words = card.plot.bottom.generateDrawSpecs(painter)
    painter.end()
    assert card.plot.message and not words


def test_a_fan_is_called_vanishing_and_a_click_on_a_dot_selects(qtbot) -> None:
    card = shown(qtbot, GradientFlowCard, live_samples.deep(6), 320, 240)
    assert card.strip.verdict.finding == "vanishing"
    assert "from dense6 to dense1" in card.strip.verdict.text
    assert "30×" in card.strip.toolTip()
    with qtbot.waitSignal(card.node_chosen) as chosen:
        place = card.plot.places()[2]
        qtbot.mouseClick(card.plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(round(place.x()), round(place.y())))
    assert chosen.args == ["dense3"]


@pytest.mark.parametrize(("kind", "first", "other"), [(GradientFlowCard, "delta", "gradient"), (GradientCard, "gradient", "delta")])
def test_delta_or_the_gradient_of_the_weights_can_be_shown(qtbot, kind, first, other) -> None:
    """V1: the error at a layer's sums beside ∂E/∂W; the sample's errors are twice its gradients."""
    card = shown(qtbot, kind, live_samples.deep(6), 320, 240)
    assert [key for key, _ in card.heading.choices] == [f"of:{first}", f"of:{other}"]
    before, words = newest(card), card.heading.subject
    with qtbot.assertNotEmitted(card.node_chosen):
        card.heading.chosen.emit(f"of:{other}")
    assert card.heading.subject != words
    assert newest(card) == pytest.approx(before / 2 if first == "delta" else before * 2, rel=1e-3)
    bare = shown(qtbot, kind, live_samples.autoencoder(), 320, 240)  # a run that tells no errors
    assert [key for key, _ in bare.heading.choices] == ["of:gradient"]


def newest(card: GradientFlowCard | GradientCard) -> float:
    """What the card's table tells of the last layer, now."""
    table = card.table()
    return float(table.rows[-1][1 if isinstance(card, GradientFlowCard) else 3])


def test_one_click_cures_and_one_undo_brings_it_back(qtbot) -> None:
    sample = live_samples.deep(6)
    panel = opened(qtbot, sample, 1000, 420)
    for i in range(1, 7):
        panel.model.apply("", edits.set_parameter(panel.model.document, f"dense{i}", "activation", "sigmoid"))
        if i < 6:
            panel.model.apply("", edits.connect(panel.model.document, Wire(f"dense{i}", "y", f"dense{i + 1}", "x")))
    card = next(card for card in panel.row.cards if isinstance(card, GradientFlowCard))
    assert panel.row.cards.index(card) == 1, "a deep network shows how the gradient goes back first"
    panel.row.show_alone(card)
    panel.refresh()
    before = panel.model.document
    button = card.strip.buttons[0]
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    nodes = panel.model.document.nodes
    assert {nodes[f"dense{i}"].parameters.get("activation") for i in range(1, 6)} == {"relu"}
    assert panel.model.stack.undoText() == button.text()
    panel.model.stack.undo()
    assert panel.model.document is before


def overfitted() -> live_samples.Sample:
    sample = live_samples.deep(3)
    x = np.arange(len(sample.epoch_values))
    sample.epoch_values[:, 0] = 0.9 * np.exp(-x / 25)
    sample.epoch_values[:, 1] = 0.3 + np.abs(x - 40) * 0.005
    return sample


def test_the_loss_card_marks_the_gap_and_says_since_when(qtbot) -> None:
    card = shown(qtbot, LossCard, overfitted(), 420, 320)
    assert "since epoch 41" in card.strip.verdict.text
    assert card.strip.isVisible()
    left = card.plot.gap.polygon().boundingRect().left()
    assert left == pytest.approx(41, abs=1)
    sample = card.sight.feed.source
    sample.upto = 20 * live_samples.STEPS_AN_EPOCH  # as it was before
    again(card)
    assert not card.strip.isVisible()
    assert card.plot.gap.polygon().isEmpty()


def test_a_layer_without_a_dot_has_no_name_and_nothing_to_point_at(qtbot) -> None:
    """Decoders that the present stage leaves out."""
    plot = ProfilePlot()
    qtbot.addWidget(plot)
    plot.resize(1000, 300)
    plot.show()
    qtbot.waitExposed(plot)
    plot.say("")
    names = [f"layer{index // 2} · {'decode' if index % 2 else 'encode'}" for index in range(8)]
    layers = [LayerFlow(name, float("nan") if "decode" in name else 0.1, 0.0, False, name) for name in names]
    plot.show_layers(layers, [(-2.0, -1.0)] * 8, frozenset(), -3.0)
    plot.show_axes((-0.5, 7.5), (-3.0, 0.0), plot.name_ticks(), [])
    assert [int(tick.at) for tick in plot.name_ticks()] == [0, 2, 4, 6]
    places = plot.places()
    assert [plot.node_at(QPointF(place.x(), 100.0)) for place in places[::2]] == names[::2]
    assert not any(plot.node_at(QPointF(place.x(), 100.0)) in names[1::2] for place in places)
    plot.show_layers([LayerFlow(name, float("nan"), 0.0, False, name) for name in names], [], frozenset(), -3.0)
    ticks = [int(tick.at) for tick in plot.name_ticks()]
    assert (ticks[0], ticks[-1]) == (0, 7)
