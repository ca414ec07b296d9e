"""The program `hourglass`: commands without a window go to `engine.cli`; else the window opens. No Qt at import."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine import cli

if TYPE_CHECKING:
    from engine.training import Training
    from graphs.document import Document


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command, or opens the window with the graph that is named."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and (words[0] in cli.COMMANDS or words[0].startswith("-")):
        cli.main(words, draw_graph=draw_graph, draw_run=draw_run)
    if len(words) > 1:
        cli.refuse(words)
    from app.window import run  # Qt is imported here and nowhere before

    sys.exit(run(words[0] if words else None))


def draw_graph(document: Document, folder: Path, out: Path) -> None:
    """Draws a graph as the canvas shows it, without a screen."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from app.pictures import draw_graph as draw

    draw(document, folder, out)


def draw_run(training: Training, folder: Path) -> list[Path]:
    """Draws the curves and views of a run into a folder, without a screen."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from app.pictures import draw_run as draw

    return draw(training, folder)


if __name__ == "__main__":
    main()
