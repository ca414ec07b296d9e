"""The mailbox of a training: orders from outside, read between two chunks of steps."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np

from engine.commands import Command


class Controls:
    """Orders wait here in the order of their arrival. Any thread may put, one takes.

    `signals[0]` set to 1 brings a training back after the step it is making; it may lie in shared memory.
    """

    def __init__(self, signals: np.ndarray | None = None) -> None:
        self.signals = np.zeros(1, np.int64) if signals is None else signals
        self._orders: deque[Command] = deque()
        self._arrived = threading.Condition()

    def put(self, order: Command, *, urgent: bool = True) -> None:
        """Adds an order; an urgent one is looked at after the step being made, others after the chunk."""
        with self._arrived:
            self._orders.append(order)
            if urgent:
                self.signals[0] = 1
            self._arrived.notify()

    def peek(self) -> Command | None:
        """The first order, which stays where it is."""
        with self._arrived:
            return self._orders[0] if self._orders else None

    def waits(self, kinds: tuple[type[Command], ...]) -> bool:
        """Whether an order of one of these kinds is waiting, wherever it stands."""
        with self._arrived:
            return any(isinstance(order, kinds) for order in self._orders)

    def take(self, timeout: float | None = 0.0) -> Command | None:
        """The first order; None when there is none within so many seconds (None: waits without end)."""
        with self._arrived:
            self._arrived.wait_for(lambda: bool(self._orders), timeout)
            return self._orders.popleft() if self._orders else None

    def wait(self, timeout: float) -> None:
        """Returns when there is an order, or after so many seconds."""
        with self._arrived:
            self._arrived.wait_for(lambda: bool(self._orders), timeout)

    def seen(self) -> None:
        """Takes the signal down; what has arrived is looked at now."""
        self.signals[0] = 0
