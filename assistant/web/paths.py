"""Where a request goes, within the app."""

from __future__ import annotations

from starlette.types import Scope


def path_of(scope: Scope) -> str:
    """The request's path below the one under which the app is served, with a slash at its beginning."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"
