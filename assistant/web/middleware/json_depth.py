"""Rejects JSON that is nested too deeply, or ambiguous, before it is parsed. Does not look at its content."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.web.http.problems import MALFORMED, ProblemRaised
from assistant.web.http.request import path_of
from assistant.web.middleware.public_paths import LOGIN, refuse

MOST_LEVELS = 100

_STRING = re.compile(rb'"(?:[^"\\]++|\\(?:.|\Z))*+(?:"|\Z)', re.DOTALL)
_ANYTHING_ELSE = bytes(set(range(256)) - set(b"[]{}"))
_READ_ELSEWHERE = ("/api/v1/articles", LOGIN)
"""Bodies sent there are forms, or are read in a separate process."""


class DepthLimit:
    """ASGI middleware: reads the whole body, whose size is bounded, and passes it on if it is safe to parse."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"} or path_of(scope) in _READ_ELSEWHERE:
            await self._app(scope, receive, send)
            return
        try:
            taken = await _taken(receive)
            await _check(b"".join(message.get("body", b"") for message in taken))
        except ProblemRaised as problem:
            await refuse(problem)(scope, receive, send)
        else:
            await self._app(scope, _again(taken, receive), send)


async def _taken(receive: Receive) -> list[Message]:
    """The whole body, as received."""
    taken = [await receive()]
    while taken[-1].get("more_body"):
        taken.append(await receive())
    return taken


def _again(taken: Sequence[Message], receive: Receive) -> Receive:
    left = iter(taken)

    async def again() -> Message:
        return next(left, None) or await receive()

    return again


async def _check(body: bytes) -> None:
    """
    Raises:
        ProblemRaised: the body is nested too deeply, or can be read in two ways.
    """
    if body and json.detect_encoding(body) not in {"utf-8", "utf-8-sig"}:
        raise MALFORMED.problem("The body is not JSON in UTF-8.")
    if body.count(b"[") + body.count(b"{") > MOST_LEVELS and await asyncio.to_thread(_is_too_deep, body):
        raise MALFORMED.problem(f"The body is nested deeper than {MOST_LEVELS} levels.")


def _is_too_deep(body: bytes) -> bool:
    level = 0
    for bracket in _STRING.sub(b"", body).translate(None, _ANYTHING_ELSE):
        level += 1 if bracket in b"[{" else -1
        if level > MOST_LEVELS:
            return True
    return False
