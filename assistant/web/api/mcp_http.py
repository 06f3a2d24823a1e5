"""``/mcp``: the tools over streamable HTTP, behind the same question of who may do what as every other route."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.accounts.permissions import Action
from assistant.assistant import Assistant
from assistant.web.http.access import allowed
from assistant.web.http.queue import Line

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

_MAY = [Depends(allowed(Action.ASK, Action.SEARCH, Action.READ, Action.CLAIMS))]


class ToolsOverHttp:
    """The tools of one assistant. Without the extra ``onrecord[mcp]`` there are none, and no route.

    They are made when they are first asked for: importing the protocol takes half a second, and few newsrooms use it.
    """

    def __init__(self, assistant: Assistant, line: Line) -> None:
        self._make = partial(_sessions, assistant, line)
        self._wanted = asyncio.Event()
        self._made: asyncio.Future[StreamableHTTPSessionManager] | None = None

    @asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        self._made = asyncio.get_running_loop().create_future()
        running = asyncio.create_task(self._run(self._made))
        try:
            yield
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def _run(self, made: asyncio.Future[StreamableHTTPSessionManager]) -> None:
        """The whole life of the session manager, in one task, as it has to be."""
        await self._wanted.wait()
        try:
            sessions = await asyncio.to_thread(self._make)
        except Exception as error:
            made.set_exception(error)
            return
        async with sessions.run():
            made.set_result(sessions)
            await asyncio.Event().wait()  # for good

    def router(self) -> APIRouter:
        router = APIRouter()
        if find_spec("mcp"):

            @router.api_route("/mcp", methods=["GET", "POST", "DELETE"], include_in_schema=False, dependencies=_MAY)
            async def mcp() -> Response:
                assert self._made is not None, "the app is not running"
                self._wanted.set()
                return _Handed((await asyncio.shield(self._made)).handle_request)

        return router


class _Handed(Response):
    """A response that another app gives. It is handed a whole request, so that none that breaks off is one of its."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__()
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await Request(scope, receive).body()
        await self._app(scope, _again(body, receive), send)


def _again(body: bytes, receive: Receive) -> Receive:
    messages: Iterator[Message] = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def again() -> Message:
        return next(messages, None) or await receive()

    return again


def _sessions(assistant: Assistant, line: Line) -> StreamableHTTPSessionManager:
    """Without sessions of the protocol's own: each request stands alone, and none can be taken over."""
    from mcp.server.transport_security import TransportSecuritySettings

    from assistant.web.api.mcp import tool_server

    server = tool_server(assistant, line)
    # By which names and from which pages it may be asked is for the gate.
    anywhere = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    server.streamable_http_app(stateless_http=True, transport_security=anywhere)
    return server.session_manager
