"""Paces: how often the same visitor, or the same address, may ask, change something, or try to log in."""

from __future__ import annotations

import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import HTTPConnection

from assistant.accounts.login_throttle import place_of
from assistant.accounts.users import folded_name
from assistant.settings import Settings
from assistant.web.http.problems import TOO_MANY
from assistant.web.http.request import How, Visitor, path_of, visitor_of
from assistant.web.middleware.csrf import is_safe
from assistant.web.middleware.public_paths import LOGIN, WIDGET_FRAME
from assistant.web.middleware.trusted_proxies import address_of

_QUESTION = 4
"""A question counts four: so many steps of the chat page are one."""

_AT_ONE_ADDRESS = 10
"""So many times what one visitor may: a whole newsroom may come from one address."""

_ASKING = ("/api/v1/ask", "/api/v1/search", "/api/v1/claims", "/v1/chat/completions", "/mcp")
_STEP = "/gradio_api/queue/join"


class _Counts:
    """Of the last minute, kept in memory."""

    def __init__(self) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def add(self, most: int, cost: int, kind: str, whose: str) -> None:
        """
        Raises:
            ProblemRaised: then there would be more than ``most``; it tells when to come again.
        """
        limit = RateLimitItemPerMinute(most)
        if self._limiter.hit(limit, kind, whose, cost=cost):
            return
        stats = self._limiter.get_window_stats(limit, kind, whose)
        seconds = max(1, min(60, round(stats.reset_time - time.time() + 0.5)))
        raise TOO_MANY.problem(
            f"Too many requests within a minute. Try again in {seconds} seconds.",
            {"Retry-After": str(seconds)},
        )


class LoginLimit:
    """Attempts to log in with a password. Who is known at an address is not held up by what others try there."""

    def __init__(self, settings: Settings) -> None:
        self._counts, self._most = _Counts(), settings.logins_per_minute

    def check(self, address: str, known: str) -> None:
        """Counts an attempt from ``address``: by the name that is ``known`` there, or with all others.

        Raises:
            ProblemRaised: there were too many; it tells when to come again.
        """
        self._counts.add(self._most, 1, "logins", f"{place_of(address)} {folded_name(known)}")


class Paces:
    """What is known before a request is read. Whoever sits at this machine (auth none) is not held up."""

    def __init__(self, settings: Settings) -> None:
        self._counts = _Counts()
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
        if visitor.id and kind != "logins":
            self._counts.add(most, cost, kind, visitor.id)
        self._counts.add(most * _AT_ONE_ADDRESS, cost, kind, place)


def whose(request: HTTPConnection) -> str:
    """By whom a question is counted in the line: its user, key or token, else whoever is at its address.

    So is whoever has a token that anyone may take: with many of them one address would fill the line.
    """
    visitor = visitor_of(request)
    return visitor.id if visitor.id and not visitor.is_anyone else place_of(address_of(request))


def _kind(request: HTTPConnection) -> tuple[str, int]:
    """What is counted, and how much; nothing where a request is not counted."""
    path = path_of(request.scope).rstrip("/")
    if path == WIDGET_FRAME:
        return "changes", 1  # it comes with a token
    if path == _STEP:
        return "asks", 1
    if path in _ASKING:
        return "asks", _QUESTION
    if path == LOGIN or path.startswith(f"{LOGIN}/"):
        return ("", 0) if path == LOGIN and is_safe(request) else ("logins", 1)
    return ("", 0) if is_safe(request) or path.startswith("/gradio_api/") else ("changes", 1)
