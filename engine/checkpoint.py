"""Runs on disk: safetensors files with one JSON entry of metadata, the same bytes for the same run.

`weights.safetensors` holds what a trained network is: parameters, buffers, statistics of preparations.
`checkpoint.safetensors` holds all that is needed to go on as if nothing had happened; the one before it is kept.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from engine.errors import BadCheckpoint
from graphs.language import tr
from graphs.storage import atomic_write

WEIGHTS = "weights.safetensors"
CHECKPOINT = "checkpoint.safetensors"
PREVIOUS = "checkpoint.previous.safetensors"
ENTRY = "hourglass"  # the one metadata key: with several, safetensors writes them in random order
VERSION = 1
LARGEST_FILE = 16 << 30
LARGEST_HEADER = 32 << 20
MOST_TENSORS = 100_000
TYPES = {"F32", "F64", "I64"}

Tensors = Mapping[str, np.ndarray]


def to_bytes(kind: str, tensors: Tensors, facts: Mapping[str, Any]) -> bytes:
    """The file as bytes. `facts` are JSON values."""
    content = {"kind": kind, "version": VERSION, **facts}
    entry = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return save({name: np.ascontiguousarray(array) for name, array in tensors.items()}, {ENTRY: entry})


def write(path: Path, kind: str, tensors: Tensors, facts: Mapping[str, Any]) -> None:
    """Writes the file whole or not at all. Raises OSError."""
    atomic_write(path, to_bytes(kind, tensors, facts))


def write_rotating(folder: Path, tensors: Tensors, facts: Mapping[str, Any]) -> Path:
    """Writes a checkpoint and keeps the one before. At every moment one of them is whole."""
    path = folder / CHECKPOINT
    data = to_bytes("checkpoint", tensors, facts)
    if path.exists():
        os.replace(path, folder / PREVIOUS)
    atomic_write(path, data)
    return path


def read(path: Path, kind: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Tensors and facts. Raises `BadCheckpoint` with one sentence for whatever is not such a file."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 8 < size <= LARGEST_FILE or not 0 < length <= min(LARGEST_HEADER, size - 8):
                raise _bad(path, tr("its size is not that of a weights file"))
            facts = _facts(path, file.read(length), kind)
        data = path.read_bytes()
    except OSError as error:
        raise _bad(path, error.strerror or tr("it cannot be opened")) from error
    except MemoryError as error:
        raise _bad(path, tr("it is larger than the free memory")) from error
    try:
        return load(data), facts
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise _bad(path, tr("it is damaged")) from error


def read_latest(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The newest checkpoint in a folder that can be read. Raises `BadCheckpoint`."""
    try:
        return read(folder / CHECKPOINT, "checkpoint")
    except BadCheckpoint as first:
        if not (folder / PREVIOUS).exists():
            raise
        try:
            return read(folder / PREVIOUS, "checkpoint")
        except BadCheckpoint:
            raise first from None


def _bad(path: Path, why: str) -> BadCheckpoint:
    return BadCheckpoint(tr("{name} cannot be used: {why}.", name=path.name, why=why))


def _facts(path: Path, header: bytes, kind: str) -> dict[str, Any]:
    """The metadata, after a look at what the file claims to hold."""
    if header.count(b'"dtype"') > MOST_TENSORS:  # before it is parsed, which is slow
        raise _bad(path, tr("it holds too many tensors"))
    try:
        content = json.loads(header)
        entries = {name: entry for name, entry in content.items() if name != "__metadata__"}
        if any(entry["dtype"] not in TYPES for entry in entries.values()):
            raise _bad(path, tr("it holds numbers of a kind that is not used here"))
        facts = json.loads(content["__metadata__"][ENTRY])
        found, wrote = facts["kind"], facts["version"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _bad(path, tr("it was not written by Hourglass")) from error
    if found != kind:
        raise _bad(path, tr("it is a file of another kind ({kind})", kind=str(found)[:40]))
    if wrote != VERSION:
        raise _bad(path, tr("it is of another version of Hourglass"))
    return facts


def check_tensors(name: str, given: Tensors, wanted: Tensors) -> None:
    """Raises `BadCheckpoint` unless the given tensors are the wanted ones in name, shape and type, and finite."""
    for key in sorted(wanted.keys() | given.keys()):
        if key not in given or key not in wanted:
            raise BadCheckpoint(tr("{name} belongs to another network: {key} is in only one of them.",
                                   name=name, key=key[:100]))  # fmt: skip
        if given[key].shape != wanted[key].shape or given[key].dtype != wanted[key].dtype:
            raise BadCheckpoint(
                tr("{name} belongs to another network: {key} has the shape {given}, not {wanted}.", name=name,
                   key=key[:100], given=_shape(given[key]), wanted=_shape(wanted[key])))  # fmt: skip
        if given[key].dtype.kind == "f" and not np.isfinite(given[key]).all():
            raise BadCheckpoint(tr("{name} cannot be used: {key} holds values that are not finite.",
                                   name=name, key=key[:100]))  # fmt: skip


def _shape(array: np.ndarray) -> str:
    return "×".join(map(str, array.shape)) or "1"


@cache
def fingerprint() -> dict[str, str]:
    """What must be the same for a resumed run to be the same bit for bit."""
    from threadpoolctl import threadpool_info

    pools = [pool for pool in threadpool_info() if pool.get("user_api") == "blas"]
    blas = sorted(f"{pool.get('internal_api')} {pool.get('version')} {pool.get('architecture', '')} "
                  f"{pool.get('num_threads')} threads" for pool in pools)  # fmt: skip
    packages = {name: version(name) for name in ("numpy", "scipy", "numba", "llvmlite")}
    return {"machine": platform.machine(), "system": platform.system(), "blas": "; ".join(blas), **packages}


def differences(saved: object) -> list[str]:
    """In what the present machine differs from the one that saved; empty: a resumed run is the same to the bit."""
    if not isinstance(saved, dict):
        return ["?"]
    return [f"{name}: {saved.get(name)} → {value}" for name, value in fingerprint().items() if saved.get(name) != value]
