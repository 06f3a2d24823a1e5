"""``/mcp``: the tools of the Model Context Protocol over streamable HTTP, with the access control of every route."""

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
from assistant.web.http.problems import allowed
from assistant.web.http.queue import AnswerQueue

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

_MAY = [Depends(allowed(Action.ASK, Action.SEARCH, Action.READ, Action.CLAIMS))]


class ToolsOverHttp:
    """The tools of one assistant. Without the extra ``onrecord[mcp]`` there are no tools and no route.

    They are created on first use: importing the protocol takes half a second, and few newsrooms use it.
    """

    def __init__(self, assistant: Assistant, queue: AnswerQueue) -> None:
        self._make = partial(_sessions, assistant, queue)
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
        """Runs the session manager from start to end in one task, as it requires."""
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
    """A response produced by another app, which is called only with a complete request."""

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


def _sessions(assistant: Assistant, queue: AnswerQueue) -> StreamableHTTPSessionManager:
    """A stateless session manager: each request stands alone, so no session can be hijacked."""
    from mcp.server.transport_security import TransportSecuritySettings

    from assistant.web.api.mcp_tools import tool_server

    server = tool_server(assistant, queue)
    # Host names and origins are checked by access control.
    anywhere = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    server.streamable_http_app(stateless_http=True, transport_security=anywhere)
    return server.session_manager
