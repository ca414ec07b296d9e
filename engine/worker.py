"""The training process: what runs at the other end of `engine.remote.Engine`."""

from __future__ import annotations

from multiprocessing.connection import Connection


def main(connection: Connection, control: str, folder: str) -> None:
    """The process from its first line to its last."""
