"""Connections: closed when whoever is at the other end says nothing for too long. Knows nothing of what is said."""

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
"""Seconds of silence after which a peer is asked whether it is still there, between asking, and how often."""

_UNHEARD = 120
"""Seconds that a peer may take to acknowledge what is sent to it."""


@dataclass(frozen=True)
class Patience:
    """Seconds in which the head of a request has to be whole, and in which something more of its body has to come."""

    head: float = 20
    body: float = 60


class _Waits(Enum):
    FOR_HEAD = auto()
    FOR_BODY = auto()
    FOR_NOTHING = auto()


class Connection(AutoHTTPProtocol):  # type: ignore[misc,valid-type]
    """uvicorn's protocol, which by itself waits for the rest of a request for as long as it takes."""

    def __init__(self, *args: Any, patience: Patience, **more: Any) -> None:
        super().__init__(*args, **more)
        self._patience = patience
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
        """What is being answered; nothing where nothing is."""
        return "" if self.cycle is None or self.cycle.response_complete else str(self.cycle.scope["path"])

    def abort(self) -> None:
        """Closes it at once: what was sent of an answer is not taken for all of it."""
        self.transport.abort()

    def _look_later(self) -> None:
        seconds = min(self._patience.head, self._patience.body) / 4
        self._looking = self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        if self not in self.connections:  # it is a websocket's now
            return
        waits, now = self._waits_for(), self.loop.time()
        if waits is not self._waits or waits is _Waits.FOR_NOTHING:
            self._waits, self._since = waits, now
        elif now - self._since > (self._patience.head if waits is _Waits.FOR_HEAD else self._patience.body):
            self.abort()
            return
        self._look_later()

    def _waits_for(self) -> _Waits:
        """Whose turn it is. Where a request is not read on, or not asked for yet, it is ours."""
        if self.cycle is None:
            return _Waits.FOR_HEAD
        if self.cycle.response_complete:  # uvicorn closes it by itself where nothing follows
            return _Waits.FOR_HEAD if self.timeout_keep_alive_task is None else _Waits.FOR_NOTHING
        theirs = self.cycle.more_body and not self.flow.read_paused and not self.cycle.waiting_for_100_continue
        return _Waits.FOR_BODY if theirs else _Waits.FOR_NOTHING


def connections(patience: Patience) -> Callable[..., asyncio.Protocol]:
    """What uvicorn makes of each connection."""
    return partial(Connection, patience=patience)


def notice_the_dead(listening: socket.socket) -> None:
    """Has the system close connections accepted there whose other end is gone without a word, or takes nothing."""
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    told = {
        "TCP_KEEPIDLE": _IDLE,
        "TCP_KEEPINTVL": _BETWEEN,
        "TCP_KEEPCNT": _TIMES,
        "TCP_USER_TIMEOUT": _UNHEARD * 1000,
    }
    for name, value in told.items():
        if hasattr(socket, name):  # not every system has them all
            listening.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
