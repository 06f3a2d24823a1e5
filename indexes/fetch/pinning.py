"""Connections to addresses that were checked, and until a deadline. Never resolves a name."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpcore


@dataclass(frozen=True)
class Deadline:
    """The moment by which all of a fetch has to be done, however its server spreads it."""

    seconds: float
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_end", time.monotonic() + self.seconds)

    def left(self, at_most: float = float("inf")) -> float:
        """Seconds left, above zero.

        Raises:
            httpcore.TimeoutException: there are none.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return min(left, at_most)


class Pinned(httpcore.NetworkBackend):
    """Connects to ``addresses``, whatever name is asked for; TLS goes on checking the name."""

    def __init__(self, addresses: Sequence[str], deadline: Deadline, connect_seconds: float) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._connect_seconds = connect_seconds
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError("no address")
        for address in self._addresses:
            try:
                seconds = self._deadline.left(self._connect_seconds)
                return _Timed(self._plain.connect_tcp(address, port, timeout=seconds), self._deadline)
            except (httpcore.NetworkError, httpcore.TimeoutException) as error:
                failure = error
        raise failure


class _Timed(httpcore.NetworkStream):
    """A stream each of whose steps may take as long as the whole fetch still has."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, self._deadline.left()), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
