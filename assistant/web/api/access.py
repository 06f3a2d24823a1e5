"""Who may do what: the one place that every route of the API asks. It knows actions, not routes."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from enum import StrEnum
from urllib.parse import urlsplit

from starlette.requests import Request

from assistant.web.api.problems import FORBIDDEN


class Action(StrEnum):
    """What a request may be allowed to do."""

    ASK = "ask"
    SEARCH = "search"
    READ = "read"
    ADD = "add"
    REMOVE = "remove"
    CLAIMS = "claims"
    METRICS = "metrics"
    HEALTH = "health"


def allowed(*actions: Action) -> Callable[[Request], None]:
    """A dependency that lets a request through if whoever sent it may do all ``actions``.

    On a loopback address that is everyone on this machine, but no page of another site; elsewhere no one may do more
    than ask whether the server lives.
    """

    def check(request: Request) -> None:
        if any(action is not Action.HEALTH for action in actions) and not _stays_here(request):
            raise FORBIDDEN.problem("The API answers on a loopback address alone. Ask it at 127.0.0.1.")
        if _comes_from_elsewhere(request):
            raise FORBIDDEN.problem("The request comes from a page of another site. Send it from a program of yours.")

    return check


def _stays_here(request: Request) -> bool:
    """Whether it came to a loopback address and under its name: another's name may be made to point here."""
    address = (request.scope.get("server") or ("",))[0]
    return _is_loopback(address) and _is_loopback(urlsplit(f"//{request.headers.get('host', '')}").hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _comes_from_elsewhere(request: Request) -> bool:
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")
