"""Trusted proxies: accepts only known host names, and forwarding headers only from trusted proxies.

A header that decides who sent a request may occur only once.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Sequence

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from assistant.settings import Settings
from assistant.web.http.bind_check import is_loopback, is_trusted, trusted_networks
from assistant.web.http.problems import MALFORMED, WRONG_HOST
from assistant.web.middleware.public_paths import refuse

_PROXIED = "onrecord.proxied"
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
_TOLD = (b"x-forwarded-", b"forwarded", b"x-real-ip", b"x-original-", b"x-gradio-server")
"""Prefixes of the headers in which a proxy describes the original request."""

_IDENTITY = ("Host", "Authorization", "Cookie", "Origin", "Sec-Fetch-Site")
_BY_PROXY = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host")
"""These say who sent a request, from where and to which host. If one occurs twice, the client may have forged it."""


class TrustedProxies:
    """ASGI middleware around the app. Inside it, client, scheme and Host are true, and forwarding headers gone."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._proxies = trusted_networks(settings)
        self._hosts = {host.lower() for host in (settings.host, *settings.hosts)}
        self._once = [*_IDENTITY, settings.auth_header, *filter(None, [settings.auth_groups_header])]
        self._told = ProxyHeadersMiddleware(self._enter, list(settings.auth_proxies))  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        peer = _plain((scope.get("client") or ("", 0))[0])
        is_proxied = is_trusted(peer, self._proxies)
        doubled = _doubled(scope, [*self._once, *_BY_PROXY] if is_proxied else self._once)
        if doubled:
            await refuse(MALFORMED.problem(_DOUBLED.format(doubled)))(scope, receive, send)
        elif is_proxied:
            proxied = {**scope, "client": (peer, 0), "headers": _with_host_told(scope), _PROXIED: True}
            await self._told(proxied, receive, send)  # type: ignore[arg-type]
        else:
            await self._enter({**scope, _PROXIED: False}, receive, send)

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = {**scope, "headers": [one for one in scope["headers"] if not one[0].startswith(_TOLD)]}
        app = self.app if self._is_ours(HTTPConnection(scope)) else refuse(WRONG_HOST.problem(_WRONG))
        await app(scope, receive, send)

    def _is_ours(self, request: HTTPConnection) -> bool:
        """Whether the host is ours: a configured name, or the address reached, which DNS rebinding cannot forge."""
        host = host_of(request)
        reached = _plain((request.scope.get("server") or ("", 0))[0])
        return bool(host) and (host in self._hosts or is_loopback(host) or host == reached)


_DOUBLED = (
    "The header {} is in this request more than once, so it cannot be trusted. A proxy must replace the header it "
    "receives, not add another."
)
_WRONG = "This server does not answer to that host name. If it should, add the name to the setting hosts."


def _doubled(scope: Scope, once: Sequence[str]) -> str:
    """The first of these headers that occurs more than once in the request; empty if none does."""
    given = Counter(name.lower() for name, _ in scope["headers"])
    return next((name for name in once if given[name.lower().encode()] > 1), "")


def host_of(request: HTTPConnection) -> str:
    """The requested host name without its port; empty if it is missing, invalid or repeated."""
    given = request.headers.getlist("host")
    match = _HOST.fullmatch(given[0]) if len(given) == 1 else None
    return match[1].strip("[]").lower() if match else ""


def was_proxied(request: HTTPConnection) -> bool:
    """Whether a trusted proxy handed on the request."""
    return bool(request.scope.get(_PROXIED))


def address_of(request: HTTPConnection) -> str:
    """The client's IP address."""
    return request.client.host if request.client else ""


def _with_host_told(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The headers with the Host that the proxy was asked for: the last it names, as earlier ones may be forged."""
    told = [value for name, value in scope["headers"] if name == b"x-forwarded-host"]
    if not told:
        return list(scope["headers"])
    others = [one for one in scope["headers"] if one[0] != b"host"]
    return [*others, (b"host", told[-1].rpartition(b",")[2].strip())]


def _plain(address: str) -> str:
    """The address, with an IPv4-mapped IPv6 address converted to IPv4."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(getattr(found, "ipv4_mapped", None) or found)
