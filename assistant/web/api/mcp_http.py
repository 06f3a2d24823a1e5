"""``/mcp``: the tools over streamable HTTP, behind the same question of who may do what as every other route."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, FastAPI
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.assistant import Assistant
from assistant.desk.permission import Action
from assistant.web.api.access import allowed
from assistant.web.line import Line

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

_MAY = [Depends(allowed(Action.ASK, Action.SEARCH, Action.READ, Action.CLAIMS))]


class ToolsOverHttp:
    """The tools of one assistant. Without the extra ``onrecord[mcp]`` there are none, and no route."""

    def __init__(self, assistant: Assistant, line: Line) -> None:
        self._sessions = _sessions(assistant, line) if find_spec("mcp") else None

    @asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        if self._sessions is None:
            yield
            return
        async with self._sessions.run():
            yield

    def router(self) -> APIRouter:
        router, sessions = APIRouter(), self._sessions
        if sessions is not None:

            @router.api_route("/mcp", methods=["GET", "POST", "DELETE"], include_in_schema=False, dependencies=_MAY)
            async def mcp() -> Response:
                return _Handed(sessions.handle_request)

        return router


class _Handed(Response):
    """A response that another app gives."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__()
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def _sessions(assistant: Assistant, line: Line) -> StreamableHTTPSessionManager:
    """Without sessions of the protocol's own: each request stands alone, and none can be taken over."""
    from mcp.server.transport_security import TransportSecuritySettings

    from assistant.web.api.tools import tool_server

    server = tool_server(assistant, line)
    # By which names and from which pages it may be asked is for the gate.
    anywhere = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    server.streamable_http_app(stateless_http=True, transport_security=anywhere)
    return server.session_manager
