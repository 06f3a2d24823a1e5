"""Who may do what: the one place that every route of the API asks. It knows actions, not routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request

from assistant.accounts.permissions import Action
from assistant.web.http.problems import FORBIDDEN
from assistant.web.http.request import visitor_of


def allowed(*actions: Action) -> Callable[[Request], Awaitable[None]]:
    """A dependency that lets a request through if whoever sent it may do all ``actions``.

    It needs no thread, so that no one waits here for those who are busy in all of them.
    """

    async def check(request: Request) -> None:
        visitor = visitor_of(request)
        if lacking := [action.value for action in actions if not visitor.may(action)]:
            raise FORBIDDEN.problem(f"You may not {' and '.join(lacking)} here.")

    return check
