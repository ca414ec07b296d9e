"""A run on disk: which files it consists of, and what they say. `engine.run_writer` writes them.

graph.json               the graph as it was trained, settings included
metrics.csv              one row an epoch
weights.safetensors      what was learned
checkpoint.safetensors   all that is needed to go on as if nothing had happened
run.json                 what the run came to: settings, figures, versions, threads
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine import checkpoint
from engine.errors import BadCheckpoint
from graphs import storage
from graphs.document import Document
from graphs.language import tr
from graphs.strict_json import Unreadable

GRAPH, METRICS, RUN = "graph.json", "metrics.csv", "run.json"
FORMAT = "hourglass-run"


def free_folder(parent: Path, name: str) -> Path:
    """`name-1` below the parent, or the next number that is not taken."""
    number = 1
    while (parent / f"{name}-{number}").exists():
        number += 1
    return parent / f"{name}-{number}"


class RunFolder:
    """The files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def document(self) -> Document:
        """The graph that was trained. Raises `Unreadable`."""
        return storage.load(self.path / GRAPH)

    def facts(self) -> dict[str, Any]:
        """What `run.json` says; empty where there is none. Raises `Unreadable`."""
        try:
            content = json.loads((self.path / RUN).read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            raise Unreadable(tr("{name} cannot be read", name=RUN)) from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise Unreadable(tr("{name} was not written by Hourglass", name=RUN))
        return content

    def base(self) -> Path:
        """The folder where relative paths of the graph start: that of the file that was trained."""
        said = self.facts().get("base")
        return (self.path / said).resolve() if isinstance(said, str) else self.path.resolve()

    @property
    def weights(self) -> Path:
        return self.path / checkpoint.WEIGHTS

    def insist(self) -> None:
        """Raises `BadCheckpoint` unless this is the folder of a run."""
        if not (self.path / GRAPH).is_file():
            text = tr("{folder} is not the folder of a run: it has no {name}.", folder=self.path, name=GRAPH)
            raise BadCheckpoint(text)


def save_facts(folder: Path, facts: Mapping[str, Any], base: Path) -> None:
    """Writes `run.json`."""
    text = json.dumps({**facts, "base": relative(base, folder)}, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    storage.atomic_write(folder / RUN, text.encode())


def relative(base: Path, folder: Path) -> str:
    """The way from a run's folder to the graph's, so that both can be moved together."""
    try:
        return Path(os.path.relpath(base.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        return base.resolve().as_posix()
