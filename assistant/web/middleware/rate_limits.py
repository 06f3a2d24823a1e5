"""Rate limits: how often a visitor or an address may ask, change something, or try to log in."""

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
"""A question costs four: the chat page takes that many steps for one."""

_AT_ONE_ADDRESS = 10
"""An address may do this many times as much as one visitor, as a whole newsroom may share it."""

_ASKING = ("/api/v1/ask", "/api/v1/search", "/api/v1/claims", "/v1/chat/completions", "/mcp")
_STEP = "/gradio_api/queue/join"


class _Counts:
    """Counts of the last minute, in memory."""

    def __init__(self) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def add(self, most: int, cost: int, kind: str, whose: str) -> None:
        """
        Raises:
            ProblemRaised: the total would exceed ``most``; it says when to try again.
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
    """Limits password logins. A user known at an address is not slowed down by others' attempts there."""

    def __init__(self, settings: Settings) -> None:
        self._counts, self._most = _Counts(), settings.logins_per_minute

    def check(self, address: str, known: str) -> None:
        """Counts an attempt from ``address``, under the name that is ``known`` there or with all the others.

        Raises:
            ProblemRaised: there were too many; it tells when to come again.
        """
        self._counts.add(self._most, 1, "logins", f"{place_of(address)} {folded_name(known)}")


class RateLimits:
    """Limits requests before their bodies are read. There is no limit with auth none, on this machine."""

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
    """The id a question is counted under in the queue: its user, key or token, else its address.

    The address also counts for tokens that anyone may get, or one address could fill the queue with many of them.
    """
    visitor = visitor_of(request)
    return visitor.id if visitor.id and not visitor.is_anyone else place_of(address_of(request))


def _kind(request: HTTPConnection) -> tuple[str, int]:
    """The kind it is counted under and its cost; "" and 0 if it is not limited."""
    path = path_of(request.scope).rstrip("/")
    if path == WIDGET_FRAME:
        return "changes", 1  # it carries a token
    if path == _STEP:
        return "asks", 1
    if path in _ASKING:
        return "asks", _QUESTION
    if path == LOGIN or path.startswith(f"{LOGIN}/"):
        return ("", 0) if path == LOGIN and is_safe(request) else ("logins", 1)
    return ("", 0) if is_safe(request) or path.startswith("/gradio_api/") else ("changes", 1)
