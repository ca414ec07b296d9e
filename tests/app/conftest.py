"""Fixtures of the window's tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.patience import PATIENCE

PATIENT = round(1000 * PATIENCE)  # milliseconds


class PatientBot(QtBot):
    """Waits for what happens as long as a slow, shared machine may need; whoever waits need not say how long."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = PATIENT) -> None:
        super().waitUntil(callback, timeout=max(timeout, PATIENT))

    def waitSignal(self, signal: Any, *, timeout: int = PATIENT, **how: Any) -> Any:
        expected = how.get("raising") is not False  # else it is what `assertNotEmitted` must not see for a while
        return super().waitSignal(signal, timeout=max(timeout, PATIENT) if expected else timeout, **how)

    def waitExposed(self, widget: Any, *, timeout: int = PATIENT) -> Any:
        return super().waitExposed(widget, timeout=max(timeout, PATIENT))


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> QtBot:
    """Qt's bot of `pytest-qt`, with patience."""
    return PatientBot(request)
