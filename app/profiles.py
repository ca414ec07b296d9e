"""How the gradient goes back through several lessons at the end of their training, side by side in one picture.

`python -m app.profiles OUT.png stacked_from_scratch stacked_pretrained`
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

SIZE = 620, 420  # of one profile, in pixels of the screen


def draw_profiles(out: Path, names: list[str]) -> None:
    """Trains each lesson and draws the profile of its gradients under its title. Raises OSError and `KeyError`."""
    from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

    from app.feed import Feed
    from app.live import export
    from app.live.gradient_flow import GradientFlowCard
    from app.live.sight import Sight
    from app.panels.controls import Words
    from app.pictures import RATIO, FinishedRun, application
    from engine.data.half import check_with_data
    from engine.nodes import CATALOG
    from engine.training import Training
    from graphs import gallery
    from graphs.language import pick

    application()
    sheet = QWidget()
    row, cards = QHBoxLayout(sheet), []
    for name in names:
        document, folder = gallery.load(name), gallery.path(name).parent
        training = Training(check_with_data(document, CATALOG, folder), folder)
        for events in (training.prepare(), training.advance()):
            for _ in events:
                continue
        feed = Feed(FinishedRun(training))
        feed.show_run(training.info)
        feed.refresh()
        card, column = GradientFlowCard(sheet), QVBoxLayout()
        card.setFixedSize(*SIZE)
        column.addWidget(Words(pick(document.title), px=14, weight=600))
        column.addWidget(card)
        row.addLayout(column)
        cards.append((card, Sight(feed, frozenset(), lambda node, known=document.nodes: known[node].label, document)))
    sheet.show()
    for card, sight in cards:
        card.refresh(sight)
        card.set_ratio(RATIO)
    export.save_png(export.picture(sheet, RATIO), out)
    sheet.close()


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    draw_profiles(Path(sys.argv[1]), sys.argv[2:])
