"""Stops requests that are too large, before any of their bytes are kept. Knows nothing of what is in them."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.web.http.problems import TOO_LARGE, ProblemRaised
from assistant.web.http.request import path_of
from assistant.web.middleware.public_paths import refuse
from indexes.ingest.files import MEGABYTE

_FORM = 64_000
"""What a form says around the files in it."""

_PASSED_OVER, _SECONDS = 64 * MEGABYTE, 5
"""So much of what is too large is read, and for so long, before it is answered: a connection that is closed while its
other end still sends is reset, and then the answer may be lost. nginx makes a 502 of that."""


class BodyLimit:
    """ASGI middleware: a body of ``article_bytes`` where articles are added, and elsewhere of a megabyte."""

    def __init__(self, app: ASGIApp, article_bytes: int) -> None:
        self._app, self._article_bytes = app, article_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most, setting = self._most(path_of(scope))
        problem = TOO_LARGE.problem(f"A request may hold at most {most / MEGABYTE:g} MB{setting}. Send less at once.")
        if _stated(scope) > most + _FORM:
            if "expect" not in Headers(scope=scope):  # else nothing is sent before it is asked for
                await _pass_over(receive)
            await refuse(problem)(scope, receive, send)
            return
        await self._app(scope, _counted(receive, most + _FORM, problem), send)

    def _most(self, path: str) -> tuple[int, str]:
        if path == "/api/v1/articles":
            return self._article_bytes, " (setting max_file_mb)"
        return MEGABYTE, ""


def _stated(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else 0


def _counted(receive: Receive, most: int, problem: ProblemRaised) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            if message.get("more_body"):
                await _pass_over(receive)
            raise problem
        return message

    return counted


async def _pass_over(receive: Receive) -> None:
    left, more = _PASSED_OVER, True
    with suppress(TimeoutError):
        async with asyncio.timeout(_SECONDS):
            while left > 0 and more:
                message = await receive()
                left -= len(message.get("body", b""))
                more = message.get("more_body", False)
