"""Connection timeouts: closes connections whose peer is silent for too long. Does not look at their content."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

_IDLE, _BETWEEN, _TIMES = 60, 15, 4
"""TCP keepalive: seconds of silence before the first probe, seconds between probes, and number of probes."""

_UNHEARD = 120
"""Seconds within which a peer must acknowledge data sent to it."""


@dataclass(frozen=True)
class Timeouts:
    """Seconds in which a request's head must be complete, and in which the next part of its body must arrive."""

    head: float = 20
    body: float = 60


class _Waits(Enum):
    FOR_HEAD = auto()
    FOR_BODY = auto()
    FOR_NOTHING = auto()


class Connection(AutoHTTPProtocol):  # type: ignore[misc,valid-type]
    """uvicorn's protocol with timeouts; by itself it waits forever for the rest of a request."""

    def __init__(self, *args: Any, timeouts: Timeouts, **more: Any) -> None:
        super().__init__(*args, **more)
        self._timeouts = timeouts
        self._waits, self._since = _Waits.FOR_HEAD, self.loop.time()
        self._looking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._look_later()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._waits is _Waits.FOR_BODY:
            self._since = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._looking is not None:
            self._looking.cancel()

    def path(self) -> str:
        """The path of the request in progress; empty if there is none."""
        return "" if self.cycle is None or self.cycle.response_complete else str(self.cycle.scope["path"])

    def abort(self) -> None:
        """Closes it at once, so that a partial answer is not mistaken for a complete one."""
        self.transport.abort()

    def _look_later(self) -> None:
        seconds = min(self._timeouts.head, self._timeouts.body) / 4
        self._looking = self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        if self not in self.connections:  # it is a websocket's now
            return
        waits, now = self._waits_for(), self.loop.time()
        if waits is not self._waits or waits is _Waits.FOR_NOTHING:
            self._waits, self._since = waits, now
        elif now - self._since > (self._timeouts.head if waits is _Waits.FOR_HEAD else self._timeouts.body):
            self.abort()
            return
        self._look_later()

    def _waits_for(self) -> _Waits:
        """What it is waiting for. While we pause reading, or have not asked for the body, it is not the client."""
        if self.cycle is None:
            return _Waits.FOR_HEAD
        if self.cycle.response_complete:  # uvicorn itself closes it if no request follows
            return _Waits.FOR_HEAD if self.timeout_keep_alive_task is None else _Waits.FOR_NOTHING
        theirs = self.cycle.more_body and not self.flow.read_paused and not self.cycle.waiting_for_100_continue
        return _Waits.FOR_BODY if theirs else _Waits.FOR_NOTHING


def connections(timeouts: Timeouts) -> Callable[..., asyncio.Protocol]:
    """The protocol factory for uvicorn."""
    return partial(Connection, timeouts=timeouts)


def notice_the_dead(listening: socket.socket) -> None:
    """Has the system close accepted connections whose peer has vanished or acknowledges nothing."""
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    told = {
        "TCP_KEEPIDLE": _IDLE,
        "TCP_KEEPINTVL": _BETWEEN,
        "TCP_KEEPCNT": _TIMES,
        "TCP_USER_TIMEOUT": _UNHEARD * 1000,
    }
    for name, value in told.items():
        if hasattr(socket, name):  # not every system has all of them
            listening.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
