"""The rows of slow motion's panel: penalties, codes and dictionaries with formula and numbers, and room for all of it."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.panels.slow_motion import SlowPanel
from app.panels.walk_lines import lines
from app.panels.walk_row import number, sub
from app.slow_motion import marks_of
from engine import commands
from engine.slow_motion import Walk
from engine.walk_numbers import tell
from engine.walked import Stop
from tests.app.window_kit import autoencoder
from tests.engine.small_networks import document as small
from tests.engine.small_runs import prepared


def penalised(**training: float | bool | str) -> Walk:
    document = autoencoder()
    return Walk(prepared(type(document)(document.nodes, document.wires, {**document.training, **training})).built)


def rows_of(walk: Walk, kind: str, unit: int = 2, weight: int = 30) -> dict[str, str]:
    """What the panel says at the first stop of that kind."""
    place = next(stop for stop in walk.stops if stop.kind == kind)
    told = tell(walk, commands.Walk(1, max(0, place.layer), unit, weight), 0)
    return {line.left: line.right for line in lines(told, place, lambda node: node, "")}


def test_penalties_stand_beside_the_losses_and_in_the_gradient() -> None:
    walk = penalised(ridge=0.01, weight_decay=0.2, optimizer="sgd")
    rows, weights = rows_of(walk, "loss"), [walk.weights(layer) for layer in walk.layers]
    squares = sum(float((held**2).sum()) for held in weights)
    assert rows[f"Ridge (L2): λ₂ ‖w‖² = 0.01 × {number(squares)}"] == number(0.01 * squares)
    assert rows[f"Weight decay: ½ α ‖w‖² = ½ × 0.2 × {number(squares)}"] == number(0.1 * squares)
    assert rows["Together"] == number(walk.total, 6)
    back, place = rows_of(walk, "backward"), next(stop.layer for stop in walk.stops if stop.kind == "backward")
    w, layer = f"w{sub(2, 30)}", walk.layers[place]
    held, losses = weights[place][2, 30], walk.adjoint(layer.weight)
    losses = losses.T if layer.turned else losses
    assert back["∂E/∂W = δ zᵀ + 2 λ₂ W + α W,   ∂E/∂wⱼᵢ = Σₙ δⱼ zᵢ + 2 λ₂ wⱼᵢ + α wⱼᵢ"] == ""
    assert back["Of the losses"] == number(float(losses[2, 30]), 6)
    assert back[f"2 λ₂ {w} = 2 × 0.01 × {number(held)}"] == number(0.02 * held)
    assert back[f"α {w} = 0.2 × {number(held)}"] == number(0.2 * held)
    assert back[f"∂E/∂{w}"] == number(float(losses[2, 30] + 0.22 * held), 8)
    assert float(back["relative difference"].replace("−", "-")) < 1e-4 and "What the step makes of it" not in back


def test_what_is_no_part_of_the_gradient_is_told_of_the_step() -> None:
    back = rows_of(penalised(lasso=0.03, weight_decay=0.2, decoupled=True, clip=0.001, optimizer="adam"), "backward")
    assert back["w ← sign(w) max(|w| − θ, 0),   θ = η λ₁ / (√v̂ + ε)"] == "" and back["λ₁"] == "0.03"
    assert back["w ← w − η α w"] == "" and any(left.startswith("0.001 / ") for left in back)
    assert "E stands here without λ₁ Σ|w|, as the gradient does." in back and "Of the losses" not in back
    assert float(back["relative difference"].replace("−", "-")) < 1e-4
    assert not any("w + μ Δw" in left for left in back)
    assert any("w + μ Δw" in left for left in rows_of(penalised(optimizer="nesterov"), "backward"))


def of_digits(kind: str, **parameters: object) -> Walk:
    doc = small({"digits": ("digits", {}), "ae": (kind, {"units": 6, **parameters})}, "digits.pixels>ae.x", batch_size=9)
    return Walk(prepared(doc).built)


def at(walk: Walk, kind: str, layer: int, unit: int, weight: int) -> list[tuple[str, str]]:
    stop = Stop(kind, "ae", layer)
    told = tell(walk, commands.Walk(1, max(layer, 0), unit, weight), 0)
    return [(line.left, line.right) for line in lines(told, stop, lambda node: node, "")]


@pytest.mark.parametrize(("kind", "parameters", "term", "formula"), [
    ("sparse_autoencoder", {}, "β Σ KL(ρ‖ρ̂)", "β ((1−ρ) / (1−ρ̂ⱼ) − ρ / ρ̂ⱼ) / B"),
    ("sparse_autoencoder", {"form": "l1"}, "λ Σ |z|", "λ sign(zⱼ) / B"),
    ("contractive_autoencoder", {}, "λ ‖∂h/∂x‖²", "2 λ f′(uⱼ) ‖wⱼ‖² ∂f′/∂zⱼ / B,   ∂f′/∂zⱼ = 1 − 2 zⱼ"),
    ("predictive_sparse_decomposition", {}, "γ ‖h − f(x)‖²", "2 γ (zⱼ − hⱼ) / B")])
def test_a_penalty_on_the_code_says_what_it_sends_back(kind: str, parameters: dict[str, object], term: str, formula: str) -> None:
    walk = of_digits(kind, **parameters)
    rows = at(walk, "backward", 0, 2, 20)
    place = rows.index((f"from ae: {term}", ""))
    assert rows[place + 1] == (formula, "")
    told = tell(walk, commands.Walk(1, 0, 2, 20), 0)
    assert told.unit is not None
    (share,) = told.unit.terms
    written, value = rows[place + 2]
    assert value == number(share.value)
    for sign, code in (("−", "-"), ("×", "*"), ("e-", "e-")):
        written = written.replace(sign, code)
    assert eval(written) == pytest.approx(share.value, rel=0.02, abs=1e-6), "what is written gives the number beside it"  # noqa: S307
    losses = dict(at(walk, "loss", -1, 0, 0))
    assert losses["Together"] == number(walk.total, 6) and "Penalty" in losses and "E" in losses


def test_a_dictionary_is_told_with_its_columns_and_its_codes() -> None:
    walk = of_digits("predictive_sparse_decomposition")
    told = tell(walk, commands.Walk(1, 1, 20, 3), 0)
    assert told.unit is not None and told.unit.column is not None and told.unit.code is not None
    forward, back = dict(at(walk, "forward", 1, 20, 3)), dict(at(walk, "backward", 1, 20, 3))
    picked = f"v{sub(20, 3)} z{sub(3)} = {number(told.unit.weights[3])} × {number(told.layers[1].given[3])}"
    assert "uⱼ = Σᵢ vⱼᵢ zᵢ + bⱼ" in forward and picked in forward and forward[f"z{sub(3)}"] == number(told.unit.code.value, 6)
    assert back[f"∂E/∂v{sub(20, 3)}"] == number(told.unit.column.back, 6)
    assert back[f"∂E/∂w{sub(20, 3)}"] == number(told.unit.gradient[3], 8)
    assert "vᵢ = wᵢ / ‖wᵢ‖,   ∂E/∂wⱼᵢ = (∂E/∂vⱼᵢ − vⱼᵢ Σₖ vₖᵢ ∂E/∂vₖᵢ) / ‖wᵢ‖" in back
    encode = dict(at(walk, "forward", 0, 2, 20))
    assert any(left.startswith("zⱼ = gⱼ f(uⱼ)") for left in encode)


def test_a_fused_loss_beside_a_penalty_keeps_its_own_target() -> None:
    """The target read off δ = (z − t)/B is a pixel, whatever the penalty on the code counts."""
    walk = of_digits("sparse_autoencoder", loss="binary_cross_entropy", output_activation="sigmoid", strength=2.0)
    unit = 20
    rows, z = dict(at(walk, "backward", 1, unit, 3)), walk.value(walk.layers[1].output)[1, unit]
    target = walk.value(walk.layers[0].given)[1, unit]
    assert f"z{sub(unit)} − t{sub(unit)} = {number(z)} − {number(target)}" in rows


def test_a_boltzmann_machine_is_said_to_know_no_back_propagation() -> None:
    walk = of_digits("boltzmann_machine")
    told = tell(walk, commands.Walk(1, 0, 2, 20), 0)
    assert told.unit is not None and told.unit.contrast is not None
    rows = at(walk, "backward", 0, 2, 20)
    assert rows[0][0].startswith("No error comes back here.") and (f"∂E/∂w{sub(2, 20)}", number(told.unit.gradient[20], 6)) in rows
    assert (f"⟨h{sub(2)} v{sub(20)}⟩₀", number(told.unit.contrast.seen_mean, 6)) in rows
    assert not any("ε" in left or left.startswith("δ") for left, _ in rows)
    assert any("knows no back-propagation" in left for left, _ in at(walk, "loss", -1, 0, 0))
    marks = marks_of(told, len(told.stops) - 1, ())
    assert [chip.words[:5] for chip in marks.chips["ae"]][-1] == "∂E/∂w" and not any("δ" in c.words for c in marks.chips["ae"])


def test_a_frozen_layer_says_so_on_the_way_there() -> None:
    walk = of_digits("autoencoder", frozen=True)
    assert ("These weights do not learn.", "") in at(walk, "forward", 0, 2, 20)


def test_a_zero_has_no_sign() -> None:
    assert number(-0.0) == "0" and number(-1e-9) == "−1e−9"


@pytest.mark.parametrize("width", [300, 316, 331])
def test_rows_have_the_room_that_they_need_at_every_width(qtbot: QtBot, width: int) -> None:
    """Rows that were measured at one width stand whole at another, which the scroll bar's coming makes of it."""
    panel = SlowPanel()
    qtbot.addWidget(panel)
    panel.resize(400, 500)
    panel.show()
    walk = penalised(ridge=0.01, weight_decay=0.1, lasso=0.001)
    place = len(walk.stops) - 1
    told = tell(walk, commands.Walk(0, walk.stops[place].layer, 3, 4), 0)
    rows = lines(told, walk.stops[place], lambda node: node, "")
    panel.show_walk(told, place, [stop.node for stop in walk.stops], rows)
    qtbot.waitUntil(lambda: panel.lines.height() == panel.lines.heightForWidth(panel.lines.width()))
    panel.setMinimumWidth(width)
    panel.resize(width, 500)
    qtbot.waitUntil(lambda: panel.lines.height() == panel.lines.heightForWidth(panel.lines.width()))
    assert panel.lines.width() < width and panel.lines.height() > 500
