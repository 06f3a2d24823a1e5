"""Whoever sent a request, as the gate recognised them, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.types import Scope

from assistant.desk.permission import Action
from assistant.desk.users import User

_KEY = "onrecord.visitor"


@dataclass(frozen=True)
class Visitor:
    """``user`` is None for machines; ``csrf`` is what requests of a session that change something have to bring."""

    actions: frozenset[Action]
    user: User | None = None
    csrf: str = ""

    def may(self, *actions: Action) -> bool:
        return self.actions.issuperset(actions)


NOBODY = Visitor(frozenset())


def visitor_of(request: HTTPConnection) -> Visitor:
    """Whoever sent ``request``: nobody, where no gate stands in front."""
    visitor: Visitor = request.scope.get(_KEY, NOBODY)
    return visitor


def recognised(scope: Scope, visitor: Visitor) -> Scope:
    """The request with whoever sent it written on it."""
    return {**scope, _KEY: visitor}
