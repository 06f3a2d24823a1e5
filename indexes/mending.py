"""Mends an index in the background, while it goes on answering."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 60.0
_log = logging.getLogger(__name__)


class Mender:
    """One thread at most, which tries until it is done: somebody else may be writing, or the disk be full."""

    def __init__(self, mend: Callable[[], bool]) -> None:
        """``mend`` tells whether it was its turn."""
        self._mend = mend
        self._starting = threading.Lock()
        self._closing = threading.Event()
        self._wanted = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Has the index mended soon. Returns at once; may be called any number of times."""
        with self._starting:
            self._wanted = not self._closing.is_set()
            if self._wanted and self._thread is None:
                self._thread = threading.Thread(target=self._run, name="mend", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Begins nothing more, and waits a while for what is being done: it can be interrupted, but need not be."""
        with self._starting:
            self._closing.set()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=10)

    def _run(self) -> None:
        wait = _FIRST_WAIT
        while self._is_wanted():
            if self._attempt():
                wait = _FIRST_WAIT
                continue
            with self._starting:
                self._wanted = True
            self._closing.wait(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    def _is_wanted(self) -> bool:
        """Whether there is something to do; what is found damaged from now on is wanted anew."""
        with self._starting:
            wanted, self._wanted = self._wanted and not self._closing.is_set(), False
            if not wanted:
                self._thread = None
            return wanted

    def _attempt(self) -> bool:
        try:
            return self._mend()
        except Exception as error:
            _log.warning("the index cannot be mended yet: %s: %s", type(error).__name__, error)
            return False
