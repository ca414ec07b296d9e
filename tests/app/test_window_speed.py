"""How much the window does until it is there, and until it shows an edit of a large graph.

How long that takes is measured by `python -m tests.benchmarks answers`; the aims are 1.6 s and a tenth of a second.
"""

from __future__ import annotations

from graphs import edits
from tests.app.window_kit import autoencoder, make_window
from tests.effort import calls


def test_a_thousand_nodes_do_not_hold_up_the_panels(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    document = autoencoder()
    for number in range(250):
        document, _ = edits.duplicate(document, ["dense1", "code1", "digits1", "loss1"], (0, 300.0 * (number + 1)))
    window.model.open(document)
    window.model.select({"dense1"})
    inspector = window.content.inspector
    for units in (11, 12):
        assert calls(lambda units=units: (inspector.parameters.form.edited.emit("units", units), inspector.refresh())) < 200_000
