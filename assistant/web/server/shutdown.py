"""Graceful shutdown within seconds: work in progress may finish, then all connections are closed.

An answer that is cut off lacks its end marker, so that it cannot be mistaken for a complete one.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.web.server.timeouts import Connection, Timeouts, connections

GRACE = 5
"""Seconds for answers and uploads in progress."""

_TO_CANCEL = 1
_TO_END = 6
"""Seconds for work in threads, after which the process exits anyway: unfinished work was never acknowledged."""

_UNREADABLE = ("Invalid HTTP request received.", "Unsupported upgrade request.")
_EVERY = 60

_IDLE = "/gradio_api/heartbeat/"
"""An open page holds this connection, on which nothing is sent."""


class Server(uvicorn.Server):
    """uvicorn's server around ``app``. With ``at_last``, no thread can block exiting; it is called before that."""

    def __init__(
        self,
        app: ASGIApp,
        timeouts: Timeouts | None = None,
        grace: int = GRACE,
        at_last: Callable[[], None] | None = None,
    ) -> None:
        self._app, self._grace, self._at_last = app, grace, at_last
        config = uvicorn.Config(
            self._answer,
            interface="asgi3",
            http=connections(timeouts or Timeouts()),  # type: ignore[arg-type]
            proxy_headers=False,
            log_config=None,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=grace + _TO_CANCEL,
        )
        super().__init__(config)
        logging.getLogger("uvicorn.error").addFilter(_Seldom())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._at_last is not None:
            _end_within(self._grace + _TO_CANCEL + _TO_END, self._at_last)
        closing = asyncio.create_task(self._close_connections())
        try:
            await super().shutdown(sockets)
        finally:
            closing.cancel()

    async def _close_connections(self) -> None:
        self._abort(_IDLE)
        await asyncio.sleep(self._grace)
        self._abort()

    def _abort(self, part: str = "") -> None:
        """Closes the connections that are serving a path containing ``part``."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection) and part in connection.path():
                connection.abort()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if scope["type"] == "lifespan" or not self.should_exit:
                raise


class _Seldom(logging.Filter):
    """Limits log lines that anyone can cause with malformed requests to one a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._next = dict.fromkeys(_UNREADABLE, 0.0)

    def filter(self, record: logging.LogRecord) -> bool:
        if record.msg not in self._next:
            return True
        now = time.monotonic()
        passes = now >= self._next[record.msg]
        if passes:
            self._next[record.msg] = now + _EVERY
        return passes


def _end_within(seconds: float, at_last: Callable[[], None]) -> None:
    def end() -> None:
        at_last()
        with suppress(OSError, ValueError):
            sys.stderr.flush()
            sys.stdout.flush()
        os._exit(0)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
