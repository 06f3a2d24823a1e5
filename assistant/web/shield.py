"""What stands in front of every page: security headers, no way through Gradio to files or other hosts, and no belief
in what a request says of the host it was sent to."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.web.paths import path_of

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "frame-src 'self'; frame-ancestors 'self'; base-uri 'self'; object-src 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
# Gradio fetches any address named after file=, takes uploads no page of ours asks for, and proxies.
_CLOSED = (
    *("/gradio_api/file", "/gradio_api/upload", "/gradio_api/proxy", "/gradio_api/stream"),
    *("/file=", "/proxy=", "/openapi.json", "/docs", "/redoc"),
)
# Gradio makes the addresses of its page of these, whoever sent them; the Host header says it well enough.
_DISBELIEVED = {b"x-forwarded-host", b"x-gradio-server"}


class Shield:
    """ASGI middleware, so that streamed answers pass through it unbuffered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                if headers.get("content-type", "").startswith("text/event-stream"):
                    headers["X-Accel-Buffering"] = "no"  # nginx would hold an answer back until it is whole
            await send(message)

        app = PlainTextResponse("Not found", 404) if path_of(scope).startswith(_CLOSED) else self._app
        await app(_believed(scope), receive, send_with_headers)


def _believed(scope: Scope) -> Scope:
    return {**scope, "headers": [one for one in scope["headers"] if one[0] not in _DISBELIEVED]}
