"""Work that is done again and again in the background. Knows nothing of what is done."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Self

from indexes.types.errors import OnRecordError

_PATIENCE = 10
"""Seconds in which what is being done when it is closed may end."""
_log = logging.getLogger(__name__)


class Periodic:
    """Does ``work`` every so many ``seconds`` in a thread of its own. What fails is logged, and done again."""

    def __init__(
        self,
        name: str,
        seconds: float,
        work: Callable[[], float | None],
        failure: str,
        first: float | None = None,
    ) -> None:
        """It begins with :meth:`start`, or on entering it.

        Args:
            name: of the thread.
            seconds: to wait between the end of one time and the beginning of the next.
            work: may return how many seconds to wait before the next time, where it is not ``seconds``.
            failure: what could not be done, in words, for the log.
            first: seconds to wait before the first time; as between two, if it is not given.
        """
        self.stopped = threading.Event()
        """Set once nothing more is to be begun. Work that takes long looks at it."""
        self._seconds, self._work, self._failure = seconds, work, failure
        self._first = seconds if first is None else first
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Returns at once. Not to be called twice."""
        self._thread.start()

    def stop(self) -> None:
        """Begins nothing more, and does not wait for what is being done."""
        self.stopped.set()

    def close(self) -> None:
        """Begins nothing more, and waits a while for what is being done. May be called though it never started."""
        self.stop()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_PATIENCE)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        wait = self._first
        while not self.stopped.wait(wait):
            again = self._once()
            wait = self._seconds if again is None else again

    def _once(self) -> float | None:
        try:
            return self._work()
        except OnRecordError as error:  # which says in one line what it is
            _log.warning("%s; tried again: %s", self._failure, error)
        except Exception:
            _log.exception("%s; tried again", self._failure)
        return None
