"""Whoever sent a request, as the gate recognised them, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from starlette.requests import HTTPConnection
from starlette.types import Scope

from assistant.accounts.permissions import Action
from assistant.accounts.users import User
from indexes.ingest.outlets import Sender


def path_of(scope: Scope) -> str:
    """The request's path below the one under which the app is served, with a slash at its beginning."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


def address_of(request: HTTPConnection) -> str:
    """The address below which the app is served, as whoever sent the request sees it."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"


_KEY = "onrecord.visitor"


class How(StrEnum):
    """How a visitor was recognised. But for a bearer's token, a browser sends it along by itself."""

    NOT = "not"
    HERE = "here"
    SESSION = "session"
    PROXY = "proxy"
    BEARER = "bearer"


@dataclass(frozen=True)
class Visitor:
    """``user`` is None for machines; ``key`` is then the name of the API key, and ``id`` what both are counted by.

    ``session`` is the id of the session they came with. Whoever ``is_anyone`` took a token that is there for everybody.
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
        """Whoever adds articles, for the index. Of a key the name is kept, which the key that follows it may have."""
        may_edit = self.may(Action.EDIT)
        if self.user or not self.key:
            return Sender(self.id, f"sent by {self.name or 'an unknown user'}", may_edit, outlet)
        return Sender(f"key {self.key}", f"sent with the key {self.key}", may_edit, outlet)


NOBODY = Visitor(frozenset())


def visitor_of(request: HTTPConnection) -> Visitor:
    """Whoever sent ``request``: nobody, where no gate stands in front."""
    visitor: Visitor = request.scope.get(_KEY, NOBODY)
    return visitor


def recognised(scope: Scope, visitor: Visitor) -> Scope:
    """The request with whoever sent it written on it."""
    return {**scope, _KEY: visitor}
