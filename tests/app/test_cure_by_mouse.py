"""A deep classifier by hand: built from nothing, its verdict read, cured with one click, seen to learn, retuned while it runs."""

from __future__ import annotations

from PySide6.QtTest import QTest

from app.live.gradient_flow import GradientFlowCard
from tests.app.canvas_kit import LEFT
from tests.app.test_build_by_mouse import Builder, builder  # noqa: F401

DEPTH = 6


def accuracy(builder: Builder) -> float:  # noqa: F811
    epochs = builder.window.controller.feed.epochs()
    column = epochs.column("validation_accuracy")
    return epochs.latest(column) if column is not None and len(epochs) else 0.0


def test_deep_sigmoids_are_cured_with_one_click_and_learn(builder: Builder) -> None:  # noqa: F811
    digits = builder.take("digits", (120, 110))
    places = [(330, 110), (540, 110), (750, 110), (960, 110), (330, 330), (540, 330)]
    hidden = [builder.take("dense", place) for place in places[:DEPTH]]
    top, loss = builder.take("dense", (750, 330)), builder.take("cross_entropy", (960, 330))
    for node in hidden:
        builder.choose(node)
        builder.pick("activation", "sigmoid")
    builder.choose(top)
    builder.write("units", "10")
    for source, target in zip([(digits, "pixels"), *((node, "y") for node in hidden)], [*hidden, top], strict=True):
        builder.join(source, (target, "x"))
    builder.join((top, "y"), (loss, "prediction"))
    builder.join((digits, "label"), (loss, "label"))
    builder.leave_all()
    builder.write("epochs", "0")
    builder.pick("optimizer", "sgd")
    assert builder.model.checked.errors == ()

    controller, feed = builder.window.controller, builder.window.controller.feed
    builder.press_button("run")
    row = builder.content.live.row
    builder.qtbot.waitUntil(lambda: any(isinstance(card, GradientFlowCard) for card in row.shown))
    card = next(card for card in row.shown if isinstance(card, GradientFlowCard))  # a deep network shows it on the first page
    builder.qtbot.waitUntil(lambda: card.strip.verdict.finding == "vanishing")
    assert f"to {builder.document.nodes[hidden[0]].label}: vanishing" in card.strip.verdict.text
    builder.press_button("stop")
    builder.qtbot.waitUntil(lambda: controller.state not in ("running", "preparing"))
    cure, before = card.strip.buttons[0], builder.document
    assert cure.isVisible()
    QTest.mouseClick(cure, LEFT)
    assert {builder.document.nodes[node].parameters["activation"] for node in hidden} == {"relu"}
    assert builder.model.stack.undoText() == cure.text()

    builder.begin_anew()
    builder.qtbot.waitUntil(lambda: accuracy(builder) > 0.8)
    builder.qtbot.waitUntil(lambda: card.strip.verdict.finding == "healthy")
    builder.leave_all()
    builder.pick("optimizer", "adam")
    asked = feed.status.step
    builder.qtbot.waitUntil(lambda: feed.status.step > asked + 50)
    assert controller.state == "running"
    builder.qtbot.waitUntil(lambda: accuracy(builder) > 0.8)
    builder.press_button("stop")
    builder.qtbot.waitUntil(lambda: controller.state not in ("running", "preparing"))
    for _ in range(2):
        builder.press_button("undo")
    assert builder.document == before
