"""Fixtures of the engine's tests."""

from __future__ import annotations

import pytest

from engine import cli
from tests.engine.command_line import Run


@pytest.fixture
def hourglass(tmp_path, monkeypatch, capsys) -> Run:
    """Runs a command in an empty folder; gives exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    for name in ("LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: object, **tools: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            cli.main([str(word) for word in words], **tools)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return stop.value.code or 0, said.out, said.err

    return run
