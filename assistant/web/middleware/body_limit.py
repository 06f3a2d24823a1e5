"""Rejects requests that are too large before any of their bytes are stored. Does not look into them."""

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
"""Allowance for a form's overhead around its files."""

_PASSED_OVER, _SECONDS = 64 * MEGABYTE, 5
"""How much of an oversized body is read, and for how long, before answering: closing a connection while the client is
still sending resets it, and the answer may be lost. nginx turns that into a 502."""


class BodyLimit:
    """ASGI middleware: allows bodies of ``article_bytes`` for adding articles, and of a megabyte elsewhere."""

    def __init__(self, app: ASGIApp, article_bytes: int) -> None:
        self._app, self._article_bytes = app, article_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most, setting = self._most(path_of(scope))
        problem = TOO_LARGE.problem(f"A request may hold at most {most / MEGABYTE:g} MB{setting}. Send less at once.")
        if _stated(scope) > most + _FORM:
            if "expect" not in Headers(scope=scope):  # else the client sends nothing until it is told to
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
