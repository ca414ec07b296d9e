"""How far a run has come, as a file that another process reads: its epochs, thinned, replaced whole at each post."""

from __future__ import annotations

import os
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from engine.telemetry import Channel, Series

STOP = "stop"  # the file whose presence asks all runs to end
EVERY = 0.2  # seconds between two posts, and between two looks for that file
PARTS = ("step", "epoch", "low", "high", "mean", "count")


def write(folder: Path, number: int, series: Series) -> None:
    """Puts up the history of one run. Nothing happens when the folder is gone: then nobody looks any more."""
    path = folder / f"{number}.npz"
    fresh = path.with_suffix(".tmp")
    names = np.array([(channel.quantity, channel.node, channel.layer) for channel in series.channels], dtype=np.str_)
    try:
        with fresh.open("wb") as file:
            np.savez(file, names=names.reshape(-1, 3), width=series.width,
                     **{part: getattr(series, part) for part in PARTS})
        os.replace(fresh, path)
    except FileNotFoundError:
        return


def read(folder: Path, number: int) -> Series | None:
    """The newest history of one run; None as long as there is none."""
    try:
        with (folder / f"{number}.npz").open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            channels = tuple(Channel(*map(str, names)) for names in file["names"])
            return Series(channels, *(file[part] for part in PARTS), int(file["width"]))
    except (OSError, ValueError, KeyError, BadZipFile):  # not there yet, or just being replaced where that is not atomic
        return None
