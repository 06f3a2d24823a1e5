"""Where a request goes, within the app."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.types import Scope


def path_of(scope: Scope) -> str:
    """The request's path below the one under which the app is served, with a slash at its beginning."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


def address_of(request: HTTPConnection) -> str:
    """The address below which the app is served, as whoever sent the request sees it."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"
