"""The gate before every address of the app: recognises who comes."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.desk.binding import is_loopback
from assistant.desk.desk import Desk
from assistant.desk.permission import BY_ROLE
from assistant.settings import Settings
from assistant.web.visitor import NOBODY, Visitor, recognised
from assistant.web.widget.api import bearer_of
from assistant.web.widget.tokens import PREFIX


class Gate:
    """ASGI middleware, the outermost but for the shield."""

    def __init__(
        self, app: ASGIApp, desk: Desk, settings: Settings, widget_visitor: Callable[[str], Visitor | None]
    ) -> None:
        self._app, self._desk, self._settings, self._widget_visitor = app, desk, settings, widget_visitor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            scope = recognised(scope, await run_in_threadpool(self._visitor, HTTPConnection(scope)))
        await self._app(scope, receive, send)

    def _visitor(self, request: HTTPConnection) -> Visitor:
        if self._settings.auth == "none" and not _stays_here(request):
            return NOBODY
        if bearer_of(request).startswith(PREFIX):  # it may do what its token says, whoever else it might be
            return self._widget_visitor(bearer_of(request)) or NOBODY
        if self._settings.auth != "none" or _comes_from_elsewhere(request):
            return NOBODY
        user = self._desk.users.anonymous()
        return Visitor(BY_ROLE[user.role], user)


def _stays_here(request: HTTPConnection) -> bool:
    """Whether it came to a loopback address and under its name: another's name may be made to point here."""
    address = (request.scope.get("server") or ("",))[0]
    return is_loopback(address) and is_loopback(urlsplit(f"//{request.headers.get('host', '')}").hostname or "")


def _comes_from_elsewhere(request: HTTPConnection) -> bool:
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")
