"""SSRF protection: restricts fetching to public addresses and those the operator allows."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any

import httpcore

from indexes.fetch.urls import PORTS, WebAddress, plain_name
from indexes.types.errors import NotFetched


@dataclass(frozen=True)
class Deadline:
    """The deadline of a whole fetch, however slowly its server responds."""

    seconds: float
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_end", time.monotonic() + self.seconds)

    def left(self, at_most: float = float("inf")) -> float:
        """Seconds left, above zero.

        Raises:
            httpcore.TimeoutException: the deadline has passed.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return min(left, at_most)


class Pinned(httpcore.NetworkBackend):
    """Connects to ``addresses``, whatever the host name; TLS still verifies the name."""

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
    """A stream whose operations may each take as long as the fetch has left."""

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


IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network
Resolver = Callable[[str], list[str]]

# IANA's special-purpose registries, and 168.63.129.16, Azure's internal metadata service. Listed
# explicitly, as ``is_global`` differs between Python versions and allows ranges that map to other addresses.
_NOT_PUBLIC: tuple[IPNetwork, ...] = tuple(
    map(
        ipaddress.ip_network,
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
        "192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 "
        "198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
        "2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20".split(),
    )
)
_UNICAST = IPv6Network("2000::/3")
"""The allocated IPv6 space. NAT64, mapped, compatible, local and site-local addresses are outside it."""


def is_public(address: IPAddress) -> bool:
    """Whether this is an ordinary public internet address that does not embed another one."""
    if isinstance(address, IPv6Address) and (address.scope_id or address not in _UNICAST):
        return False
    return address.is_global and not any(address in network for network in _NOT_PUBLIC)


@dataclass(frozen=True)
class FetchPolicy:
    """The allowed destinations. ``names`` and ``networks`` are explicitly allowed, private or not, at every port."""

    names: frozenset[str] = frozenset()
    networks: tuple[IPNetwork, ...] = ()

    def addresses(self, place: WebAddress, seconds: float, resolve: Resolver) -> list[str]:
        """The checked IP addresses to connect to, in the order the resolver gave them.

        Raises:
            NotFetched: an address or the port is not allowed, or the name has no address.
        """
        found = _resolved(place, seconds, resolve)
        private = next((a for a in found if not self._allows(place, a) and not is_public(a)), None)
        if private is not None:
            raise NotFetched(place.url, f"{private} is not a public address. To allow it: setting fetch_allow")
        if place.port not in PORTS.values() and not all(self._allows(place, a) for a in found):
            raise NotFetched(place.url, f"port {place.port} is not allowed. To allow it: setting fetch_allow")
        return list(map(str, found))

    def _allows(self, place: WebAddress, address: IPAddress) -> bool:
        return place.host in self.names or any(address in network for network in self.networks)


def read_fetch_policy(allowed: Iterable[str]) -> FetchPolicy:
    """The reach extended by these host names, IP addresses and networks.

    Raises:
        ValueError: an entry is none of these.
    """
    names, networks = set(), []
    for entry in allowed:
        if name := plain_name(entry):
            names.add(name)
            continue
        try:
            networks.append(ipaddress.ip_network(entry))
        except ValueError:
            raise ValueError(f"it holds {entry!r}, which is no host name, IP address or network") from None
    return FetchPolicy(frozenset(names), tuple(networks))


def system_resolver(host: str) -> list[str]:
    """All addresses the operating system resolves ``host`` to, each once."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _resolved(place: WebAddress, seconds: float, resolve: Resolver) -> list[IPAddress]:
    try:
        return [ipaddress.ip_address(place.host)]
    except ValueError:
        pass
    try:
        found = [ipaddress.ip_address(a) for a in _within(seconds, lambda: resolve(place.host))]
    except TimeoutError:
        raise NotFetched(place.url, "its name was not resolved in time. Try again later") from None
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise NotFetched(place.url, f"the name {place.host} has no address. Check how it is written")
    return found


def _within(seconds: float, ask: Callable[[], list[str]]) -> list[str]:
    """The result of ``ask``, with a time limit, which the system's resolver lacks."""
    answer: Future[list[str]] = Future()

    def fulfil() -> None:
        try:
            answer.set_result(ask())
        except Exception as error:
            answer.set_exception(error)

    threading.Thread(target=fulfil, name="resolve", daemon=True).start()
    return answer.result(seconds)
