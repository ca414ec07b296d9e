"""The engine: node types, data, compiler, training, and the command line. No Qt.

For notebooks: `net = engine.load("digits_autoencoder")`, then see `engine.network`.
"""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.network import Network


def load(name: str | os.PathLike[str]) -> Network:
    """A network from a graph file, a name in the gallery, or the folder of a run."""
    from engine.network import load as load_network  # the compiler is only imported when it is needed

    return load_network(name)


def own_version() -> str:
    """The version of this program; `0` where it runs from a folder that was never installed."""
    try:
        return version("hourglass-nn")
    except PackageNotFoundError:
        return "0"
