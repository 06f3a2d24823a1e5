"""Access control: authenticates every request and checks its access and its rate before any route sees it."""

from __future__ import annotations

from collections.abc import Sequence

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.accounts.audit import acting
from assistant.accounts.permissions import Action
from assistant.desk import Desk
from assistant.settings import Settings
from assistant.web.auth.authentication import Authentication, Bearer
from assistant.web.auth.login import NOBODY_KNOWN
from assistant.web.http.problems import FORBIDDEN, UNAUTHENTICATED, ProblemRaised, problem_of
from assistant.web.http.request import NOBODY, How, Visitor, path_of, recognised
from assistant.web.middleware.csrf import check_origin
from assistant.web.middleware.public_paths import HEALTH, is_for_programs, is_public, refuse_visitor
from assistant.web.middleware.rate_limits import RateLimits
from assistant.web.pages.templates import Pages
from indexes.types.errors import OnRecordError

_AT_ONCE = 8
"""Threads for authentication, separate from the app's, so that nobody waits here while those are busy."""

_TO_LOG_IN = {"WWW-Authenticate": 'Bearer realm="On Record"'}
_WAYS = {
    "none": "On Record runs without a login, so it answers only requests from its own machine.",
    "users": "Log in, or send an API key: Authorization: Bearer onrecord_…",
    "proxy": "The proxy names no user who has access. Ask your On Record administrator.",
    "oidc": "Log in, or send an API key: Authorization: Bearer onrecord_…",
}


class AccessControl:
    """ASGI middleware around the app with all its routes. ``bearers`` recognise further kinds of tokens."""

    def __init__(self, app: ASGIApp, desk: Desk, settings: Settings, bearers: Sequence[Bearer] = ()) -> None:
        self.app, self._auth = app, settings.auth
        self._recognition = Authentication(desk, settings, bearers)
        self._paces, self._pages = RateLimits(settings), Pages(settings.base_path)
        self._limit = CapacityLimiter(_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        try:
            visitor = await self._visitor(request)
            check_origin(request, visitor)
            self._check_may_pass(path_of(scope), visitor)
            self._paces.check(request, visitor)
        except (ProblemRaised, OnRecordError) as error:
            problem = problem_of(error)
            await refuse_visitor(problem, self._pages, self._auth in {"users", "oidc"})(scope, receive, send)
        else:
            with acting(visitor.id or NOBODY_KNOWN):
                await self.app(recognised(scope, visitor), receive, send)

    async def _visitor(self, request: HTTPConnection) -> Visitor:
        if path_of(request.scope) == HEALTH:
            return NOBODY
        return await run_sync(self._recognition.visitor, request, limiter=self._limit)

    def _check_may_pass(self, path: str, visitor: Visitor) -> None:
        """
        Raises:
            ProblemRaised: the visitor is unknown; or a program, or someone who may not ask, requests a page.
        """
        if is_public(path):
            return
        if visitor.how is How.NOT:
            raise UNAUTHENTICATED.problem(_WAYS[self._auth], _TO_LOG_IN)
        if not is_for_programs(path) and (visitor.user is None or not visitor.may(Action.ASK, Action.READ)):
            raise FORBIDDEN.problem("This page is for people; programs use the API under /api/v1.")
