"""The files of several runs: tables, and each run in a folder of its own, which can be used like any other.

several.json                 what varied, and which folders are members of a committee
graph.json                   the graph that was varied
results.csv, runs.csv, histories.csv   by point, by run, by run and epoch
runs/01/…                    graph.json, weights.safetensors, run.json
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.checkpoint import WEIGHTS
from engine.errors import BadCheckpoint
from engine.run_folder import GRAPH, relative, save_facts
from engine.several import results
from engine.several.lone import Ended
from engine.several.plan import Plan, Variant
from graphs import storage
from graphs.document import Document
from graphs.language import tr

SEVERAL, RUNS = "several.json", "runs"
FORMAT = "hourglass-several"


def write(folder: Path, document: Document, base: Path, plan: Plan, variants: Sequence[Variant],
          ended: Sequence[Ended]) -> None:
    """Writes everything. What earlier runs left here goes away. Raises OSError."""
    shutil.rmtree(folder / RUNS, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    storage.save(document, folder / GRAPH)
    digits = max(2, len(str(len(variants))))
    names = {variant.number: f"{RUNS}/{variant.number + 1:0{digits}d}" for variant in variants}
    known = {variant.number: variant for variant in variants}
    for one in ended:
        if one.weights:
            path = folder / names[one.number]
            path.mkdir(parents=True, exist_ok=True)
            storage.save(known[one.number].document, path / GRAPH)
            storage.atomic_write(path / WEIGHTS, one.weights)
            save_facts(path, dict(one.facts), base)
    members = [names[one.number] for one in sorted(ended, key=lambda one: one.number)
               if plan.bagging and one.reason == "done"]
    facts = {"format": FORMAT, "version": 1, "base": relative(base, folder), "plan": plan.to_json(), "committee": members}
    storage.atomic_write(folder / SEVERAL, (json.dumps(facts, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode())
    points = results.by_point(variants, ended)
    for name, text in (("results.csv", results.results_csv(points)), ("runs.csv", results.runs_csv(variants, ended)),
                       ("histories.csv", results.histories_csv(variants, ended))):
        storage.atomic_write(folder / name, text.encode())


def holds_several(folder: Path) -> bool:
    """Whether this is the folder of several runs."""
    return (folder / SEVERAL).is_file()


def read(folder: Path) -> dict[str, Any]:
    """What `several.json` says. Raises `BadCheckpoint`."""
    try:
        content = json.loads((folder / SEVERAL).read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise BadCheckpoint(tr("{name} cannot be read", name=SEVERAL)) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT or not isinstance(content.get("base"), str):
        raise BadCheckpoint(tr("{name} was not written by Hourglass", name=SEVERAL))
    return content


def members(folder: Path) -> list[Path]:
    """The folders of a committee. Raises `BadCheckpoint` where the runs are none."""
    said = read(folder).get("committee")
    found = [folder / str(name) for name in said] if isinstance(said, list) else []
    inside = [path for path in found if path.resolve().is_relative_to(folder.resolve())]
    if len(inside) < 2 or len(inside) < len(found):
        raise BadCheckpoint(tr("{folder} holds several runs that are no committee: name one of them, such as {one}.",
                               folder=folder, one=folder / RUNS / "01"))
    return inside
