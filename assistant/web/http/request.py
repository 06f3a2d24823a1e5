"""The visitor behind a request, as authenticated by access control, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from starlette.requests import HTTPConnection
from starlette.types import Scope

from assistant.accounts.permissions import Action
from assistant.accounts.users import User
from indexes.ingest.outlets import Sender


def path_of(scope: Scope) -> str:
    """The request's path relative to the app's base path, with a leading slash."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


def address_of(request: HTTPConnection) -> str:
    """The app's base URL, as the client sees it."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"


_KEY = "onrecord.visitor"


class How(StrEnum):
    """How a visitor was authenticated. Browsers send everything but bearer tokens on their own."""

    NOT = "not"
    HERE = "here"
    SESSION = "session"
    PROXY = "proxy"
    BEARER = "bearer"


@dataclass(frozen=True)
class Visitor:
    """``user`` is None for programs, whose ``key`` is the API key's name; ``id`` identifies either for rate limits.

    ``session`` is the id of their session. ``is_anyone`` if they hold a token that anybody can get.
    """

    actions: frozenset[Action]
    user: User | None = None
    key: str = ""
    id: str = ""
    how: How = How.NOT
    session: str = ""
    is_anyone: bool = False

    @property
    def name(self) -> str:
        return self.user.name if self.user else self.key

    def may(self, *actions: Action) -> bool:
        return self.actions.issuperset(actions)

    def sender(self, outlet: str = "") -> Sender:
        """The sender of articles, for the index. A key is recorded by name, so that its successor can have the same."""
        may_edit = self.may(Action.EDIT)
        if self.user or not self.key:
            return Sender(self.id, f"sent by {self.name or 'an unknown user'}", may_edit, outlet)
        return Sender(f"key {self.key}", f"sent with the key {self.key}", may_edit, outlet)


NOBODY = Visitor(frozenset())


def visitor_of(request: HTTPConnection) -> Visitor:
    """The visitor who sent ``request``; NOBODY if there is no access control in front."""
    visitor: Visitor = request.scope.get(_KEY, NOBODY)
    return visitor


def recognised(scope: Scope, visitor: Visitor) -> Scope:
    """The request's scope with its visitor attached."""
    return {**scope, _KEY: visitor}
