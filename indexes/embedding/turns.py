"""A lock that goes to whoever has waited longest.

One of Python's own may go straight back to the thread that let go of it, however long others wait.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Threads take turns, in the order they came. A thread that holds a turn may not ask for another."""

    def __init__(self) -> None:
        self._line = deque[object]()
        self._moved = threading.Condition()

    @property
    def waiting(self) -> int:
        """How many threads wait for a turn."""
        return max(0, len(self._line) - 1)

    @contextmanager
    def turn(self) -> Iterator[None]:
        me = object()
        try:
            with self._moved:
                self._line.append(me)
                self._moved.wait_for(lambda: self._line[0] is me)
            yield
        finally:
            with self._moved:
                self._line.remove(me)
                self._moved.notify_all()
