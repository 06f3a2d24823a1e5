"""Counts refused requests by kind, without recording who sent them, from where, or what was in them.

They are logged in sums, at most one audit entry and one log line a minute for each kind, so that nobody can flood a log
by being refused.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import StrEnum

from starlette.types import ASGIApp, Receive, Scope, Send

_SECONDS = 60
_KEY = "onrecord.refusals"
_log = logging.getLogger(__name__)


class Refused(StrEnum):
    """Why a request was refused."""

    NOT_LOGGED_IN = "not-logged-in"
    BAD_TOKEN = "bad-token"
    FORBIDDEN = "forbidden"
    OTHER_SITE = "other-site"
    WRONG_HOST = "wrong-host"
    RATE_LIMIT = "rate-limit"
    TOO_LARGE = "too-large"
    CHAT_MESSAGE = "chat-message"


class Refusals:
    """The counts of one app. Thread-safe. ``note`` is called with each kind and its count."""

    def __init__(self, note: Callable[[Refused, int], None]) -> None:
        self.on_refused: Callable[[Refused], None] = lambda kind: None
        """Called for each."""
        self._note, self._lock, self._counted = note, threading.Lock(), Counter[Refused]()

    def count(self, kind: Refused) -> None:
        with self._lock:
            self._counted[kind] += 1
        self.on_refused(kind)

    def sum_up(self) -> None:
        """Records the counts since the last time. Counts that cannot be written now are carried over."""
        with self._lock:
            counted, self._counted = self._counted, Counter()
        for kind, many in counted.items():
            _log.warning("requests refused: %s, %d", kind.value, many)
            try:
                self._note(kind, many)
            except Exception:  # a busy or full disk is no reason to lose the count
                _log.exception("refused requests could not be recorded; this will be tried again")
                with self._lock:
                    self._counted[kind] += many

    @asynccontextmanager
    async def by_the_minute(self) -> AsyncIterator[None]:
        """Within it, sums up every minute, and once more at the end."""
        stopped = threading.Event()
        thread = threading.Thread(target=self._sum_up_on, args=(stopped,), name="refusals", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            await asyncio.to_thread(thread.join)

    def _sum_up_on(self, stopped: threading.Event) -> None:
        while not stopped.wait(_SECONDS):
            self.sum_up()
        self.sum_up()


class Counted:
    """ASGI middleware around everything that can refuse a request."""

    def __init__(self, app: ASGIApp, refusals: Refusals) -> None:
        self.app, self._refusals = app, refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope, _KEY: self._refusals}, receive, send)


def count_refusal(scope: Scope, kind: Refused | None) -> None:
    """Counts the request as refused with ``kind``, unless that is None; called where the refusal is made."""
    refusals: Refusals | None = scope.get(_KEY)
    if refusals is not None and kind is not None:
        refusals.count(kind)
