"""Finishes in the background what had to be left for a moment: something was read or locked, or a process killed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from assistant.article_changes import settle
from assistant.desk import Desk
from indexes import Index

SECONDS = 15
_log = logging.getLogger(__name__)


@contextmanager
def tidied(index: Index, desk: Desk) -> Iterator[None]:
    """While inside, what was done to the articles is noted, and what was deleted gone from every file in a minute."""
    stopped = threading.Event()
    threading.Thread(target=_tidy, args=(index, desk, stopped), name="tidy", daemon=True).start()
    try:
        yield
    finally:
        stopped.set()


def _tidy(index: Index, desk: Desk, stopped: threading.Event) -> None:
    while True:
        settle(index.store, desk)
        try:
            index.tidy()
            desk.tidy()
        except Exception:  # a busy or full disk now is no reason not to try again
            _log.exception("what was deleted could not be taken out of all files; tried again")
        if stopped.wait(SECONDS):
            return
