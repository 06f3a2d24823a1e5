"""Cookies: names a browser keeps others from setting, and what they are good for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import HTTPConnection
from starlette.responses import Response

from assistant.settings import Settings

_DAY = 86_400


@dataclass(frozen=True)
class Cookie:
    """A cookie of this app: for its path alone, not for scripts, not sent along by other sites' forms."""

    purpose: str
    base: str
    seconds: int

    def of(self, request: HTTPConnection) -> str:
        """What the browser sends of it; nothing where there is none."""
        return request.cookies.get(self._name(request), "")

    def put(self, response: Response, request: HTTPConnection, value: str) -> None:
        response.set_cookie(self._name(request), value, max_age=self.seconds, **self._kind(request))

    def drop(self, response: Response, request: HTTPConnection) -> None:
        response.delete_cookie(self._name(request), **self._kind(request))

    def _kind(self, request: HTTPConnection) -> dict[str, Any]:
        return {"path": self.base or "/", "secure": _encrypted(request), "httponly": True, "samesite": "lax"}

    def _name(self, request: HTTPConnection) -> str:
        """By its beginning browsers know that only this host over https, at "/", may have set it."""
        if not _encrypted(request):
            return self.purpose
        return f"__Secure-{self.purpose}" if self.base else f"__Host-{self.purpose}"


def session_cookie(settings: Settings) -> Cookie:
    return Cookie("onrecord", settings.base_path, int(settings.session_days * _DAY))


def _encrypted(request: HTTPConnection) -> bool:
    return request.url.scheme in {"https", "wss"}
