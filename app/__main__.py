"""The program `hourglass`: commands without a window go to `engine.cli`; else the window opens. No Qt at import."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine import cli
from graphs.language import tr

if TYPE_CHECKING:
    from engine.several.lone import Ended
    from engine.several.plan import Variant
    from engine.training import Training
    from graphs.document import Document


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command, or opens the window with the graph that is named."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and (words[0] in cli.COMMANDS or words[0].startswith("-")):
        cli.main(words, draw_graph=draw_graph, draw_run=draw_run, draw_several=draw_several)
    if len(words) > 1:
        cli.refuse(tr("“{word}” is not a command: try hourglass --help.", word=words[0]))
    if not can_show():
        cli.refuse(tr("There is no display to open a window on: hourglass train works without one."))
    gc.disable()  # nothing of what is loaded now is garbage; `app.window` has it looked for again when it stands
    from app.window import run  # Qt is imported here and nowhere before

    sys.exit(run(words[0] if words else None))


def can_show() -> bool:
    """Whether a window can be opened: Linux tells by its environment, the other systems always can."""
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    return named or not sys.platform.startswith("linux")


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


def draw_several(variants: list[Variant], ended: list[Ended], folder: Path) -> Path:
    """Draws what several runs came to into a folder, without a screen."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from app.pictures import draw_several as draw

    return draw(variants, ended, folder)


if __name__ == "__main__":
    main()
