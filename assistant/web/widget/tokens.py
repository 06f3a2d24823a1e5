"""Tokens of the widget: signed, for one page that shows it, for a quarter of an hour. None is kept.

They are JSON Web Tokens (RFC 7519) under HS256, behind ``orw_`` so that they are told from API keys.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any

import jwt

from assistant.desk.permission import Action
from assistant.saying import capitalised
from assistant.web.api.problems import UNAUTHENTICATED
from assistant.web.refusals import Refused
from assistant.web.visitor import Visitor
from indexes.errors import OnRecordError

PREFIX = "orw_"
OWN = "self"
"""Audience of tokens for the app's own pages, whatever they are called."""

SECONDS = 15 * 60
_LONGEST = 8 * 60 * 60
ACTIONS = frozenset({Action.ASK, Action.READ, Action.CLAIMS})
_CLAIMS = ["aud", "iat", "exp", "first"]


class TokenRefused(OnRecordError):
    """A token that is none, is past its time or is for another page. Seen by whoever sent it."""


class WidgetTokens:
    """Issues and checks tokens under ``secret``. Those for a page that is in ``pages`` no more are worth nothing."""

    def __init__(self, secret: str, pages: Collection[str], now: Callable[[], float] = time.time) -> None:
        self.pages = frozenset(pages)
        self._secret, self._audiences, self._now = secret, [OWN, *pages], now

    def issue(self, page: str) -> str:
        """A token for the widget on ``page``, an origin or :data:`OWN`."""
        return self._signed(page, int(self._now()))

    def renewed(self, token: str, page: str) -> str:
        """Another token for the same page; renewing ends eight hours after the first was issued.

        Raises:
            TokenRefused: ``token`` is not valid, or not for ``page``.
        """
        claims = self._read(token)
        if claims["aud"] != page:
            raise TokenRefused("this token is for the widget on another page. Have this page's server get its own.")
        return self._signed(page, claims["first"])

    def visitor(self, token: str) -> Visitor | None:
        """Who may do what with ``token``; None where it is of another kind.

        Raises:
            ProblemRaised: it is of this kind, and worth nothing.
        """
        if not token.startswith(PREFIX):
            return None
        try:
            self._read(token)
        except TokenRefused as error:
            raise UNAUTHENTICATED.problem(capitalised(error)).counted_as(Refused.BAD_TOKEN) from None
        return Visitor(ACTIONS)

    def _signed(self, page: str, first: int) -> str:
        now = int(self._now())
        claims = {"aud": page, "iat": now, "exp": min(now + SECONDS, first + _LONGEST), "first": first}
        return PREFIX + jwt.encode(claims, self._secret, "HS256")

    def _read(self, token: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = jwt.decode(
                token.removeprefix(PREFIX),
                self._secret,
                algorithms=["HS256"],
                audience=self._audiences,
                options={"require": _CLAIMS},
            )
        except jwt.PyJWTError:
            raise TokenRefused("this token is none of ours, or past its time. Open the widget anew.") from None
        return found
