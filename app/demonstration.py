"""`make run`: opens the window on a lesson and trains it; without a display, trains it headless and leaves a picture."""

from __future__ import annotations

import os
import sys
from pathlib import Path

LESSON = "digits_autoencoder"
FOLDER = Path("runs") / "demonstration"


def has_display() -> bool:
    """Whether a window can be shown: Linux tells by its environment, the other systems always can."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main() -> None:
    """Runs the demonstration."""
    if has_display() and os.environ.get("QT_QPA_PLATFORM") != "offscreen":
        from app.window import run

        sys.exit(run(LESSON, train=True))
    from app.__main__ import main as hourglass

    sys.stderr.write(f"There is no display here: training {LESSON} without a window.\n")
    try:
        hourglass(["train", LESSON, "--picture", "--out", str(FOLDER)])
    except SystemExit as done:
        if done.code in (None, 0):
            pictures = "  ".join(str(path) for path in sorted(FOLDER.glob("*.png")))
            sys.stderr.write(f"The curves and views are in {pictures}\n")
        raise


if __name__ == "__main__":
    main()
