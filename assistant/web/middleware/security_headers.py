"""Security headers that keep other hosts out, on every response, errors included. The outermost layer."""

from __future__ import annotations

import logging

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.web.http.problems import FAILED, problem_response

_log = logging.getLogger(__name__)
_POLICY = "Content-Security-Policy"
_HEADERS = {
    _POLICY: (
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "frame-src 'self'; frame-ancestors 'self'; base-uri 'self'; object-src 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_KEEPABLE = ("/widget.js", "/site/", "/assets/", "/static/", "/svelte/")
"""Paths with nothing personal below them: scripts and styles."""


class SecurityHeaders:
    """ASGI middleware, so that streamed answers pass unbuffered. ``base`` is the path the app is served under."""

    def __init__(self, app: ASGIApp, base: str = "") -> None:
        self.app, self._keepable = app, tuple(base + folder for folder in _KEEPABLE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_started = is_whole = False

        async def send_with_headers(message: Message) -> None:
            nonlocal is_started, is_whole
            if message["type"] == "http.response.start":
                is_started = True
                self._add_headers(scope["path"], MutableHeaders(scope=message))
            elif message["type"] == "http.response.body":
                is_whole = not message.get("more_body", False)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except ClientDisconnect:
            return  # the client disconnected in the middle of its request: nobody is left to answer
        except Exception:
            if not is_started:
                failed = problem_response(FAILED.problem("Details are in the server log."))
                await failed(scope, receive, send_with_headers)
            if not is_whole:
                raise  # the server logs it and closes the connection, so the answer is visibly incomplete
            _log.exception("a request failed")

    def _add_headers(self, path: str, headers: MutableHeaders) -> None:
        for name, value in _HEADERS.items():
            if name != _POLICY or name not in headers:  # a page may set its own policy
                headers[name] = value
        if not path.startswith(self._keepable):
            headers["Cache-Control"] = "no-store"
        if headers.get("content-type", "").startswith("text/event-stream"):
            headers["X-Accel-Buffering"] = "no"  # nginx would buffer the answer until it is complete
