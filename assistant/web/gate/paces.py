"""Paces: how often the same visitor, or the same address, may ask, change something, or try to log in."""

from __future__ import annotations

import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import HTTPConnection

from assistant.desk.attempts import place_of
from assistant.settings import Settings
from assistant.web.api.problems import TOO_MANY
from assistant.web.gate.door import address_of
from assistant.web.gate.origins import is_safe
from assistant.web.gate.public import LOGIN
from assistant.web.paths import path_of
from assistant.web.visitor import How, Visitor, visitor_of

_QUESTION = 4
"""A question counts four: so many steps of the chat page are one."""

_AT_ONE_ADDRESS = 10
"""So many times what one visitor may: a whole newsroom may come from one address."""

_ASKING = ("/api/v1/ask", "/api/v1/search", "/api/v1/claims", "/v1/chat/completions", "/mcp")
_STEP = "/gradio_api/queue/join"


class Paces:
    """Kept in memory. Whoever sits at this machine (auth none) is not held up."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._per_minute = {
            "asks": settings.asks_per_minute * _QUESTION,
            "changes": settings.changes_per_minute,
            "logins": settings.logins_per_minute,
        }

    def check(self, request: HTTPConnection, visitor: Visitor) -> None:
        """Counts the request.

        Raises:
            ProblemRaised: there were too many; it tells when to come again.
        """
        kind, cost = _kind(request)
        if not kind or visitor.how is How.HERE:
            return
        most, place = self._per_minute[kind], place_of(address_of(request))
        if kind == "logins":
            self._count(RateLimitItemPerMinute(most), cost, kind, place)
            return
        if visitor.id:
            self._count(RateLimitItemPerMinute(most), cost, kind, visitor.id)
        self._count(RateLimitItemPerMinute(most * _AT_ONE_ADDRESS), cost, kind, place)

    def _count(self, most: RateLimitItem, cost: int, kind: str, whose: str) -> None:
        if self._limiter.hit(most, kind, whose, cost=cost):
            return
        stats = self._limiter.get_window_stats(most, kind, whose)
        seconds = max(1, min(60, round(stats.reset_time - time.time() + 0.5)))
        raise TOO_MANY.problem(
            f"There were too many requests within a minute. Try again in {seconds} seconds.",
            {"Retry-After": str(seconds)},
        )


def whose(request: HTTPConnection) -> str:
    """By whom a request is counted: its user or key, else whoever is at its address."""
    return visitor_of(request).id or place_of(address_of(request))


def _kind(request: HTTPConnection) -> tuple[str, int]:
    """What is counted, and how much; nothing where a request is not counted."""
    path = path_of(request.scope).rstrip("/")
    if path == _STEP:
        return "asks", 1
    if path in _ASKING:
        return "asks", _QUESTION
    if path == LOGIN or path.startswith(f"{LOGIN}/"):
        return ("", 0) if path == LOGIN and is_safe(request) else ("logins", 1)
    return ("", 0) if is_safe(request) or path.startswith("/gradio_api/") else ("changes", 1)
