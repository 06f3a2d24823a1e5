"""Refusals: what was not let in or not taken, counted by kind. Never who it was, from where, or what they sent.

They are noted in sums, so that nobody fills a log by being refused: of a kind at most one entry and one line a minute.
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

from indexes.periodic import Periodic

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
    """Of one app. Any thread may count. ``note`` is handed each kind and how many there were."""

    def __init__(self, note: Callable[[Refused, int], None]) -> None:
        self.on_refused: Callable[[Refused], None] = lambda kind: None
        """Told of each."""
        self._note, self._lock, self._counted = note, threading.Lock(), Counter[Refused]()

    def count(self, kind: Refused) -> None:
        with self._lock:
            self._counted[kind] += 1
        self.on_refused(kind)

    def sum_up(self) -> None:
        """Notes what was counted since the last time. What cannot be noted now is counted on."""
        with self._lock:
            counted, self._counted = self._counted, Counter()
        for kind, many in counted.items():
            _log.warning("requests refused: %s, %d", kind.value, many)
            try:
                self._note(kind, many)
            except Exception:  # a busy or full disk now is no reason to forget it
                _log.exception("refused requests could not be recorded; this will be tried again")
                with self._lock:
                    self._counted[kind] += many

    @asynccontextmanager
    async def by_the_minute(self) -> AsyncIterator[None]:
        """While inside, and at the end, they are summed up by themselves."""
        by_the_minute = Periodic("refusals", _SECONDS, self.sum_up, "refused requests could not be summed up")
        by_the_minute.start()
        try:
            yield
        finally:
            await asyncio.to_thread(by_the_minute.close)
            await asyncio.to_thread(self.sum_up)


class RefusalCounter:
    """ASGI middleware around all that refuses."""

    def __init__(self, app: ASGIApp, refusals: Refusals) -> None:
        self.app, self._refusals = app, refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope, _KEY: self._refusals}, receive, send)


def count_refusal(scope: Scope, kind: Refused | None) -> None:
    """Counts that the request was refused, if it was; for whoever answers it so."""
    refusals: Refusals | None = scope.get(_KEY)
    if refusals is not None and kind is not None:
        refusals.count(kind)
