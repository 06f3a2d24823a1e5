"""Widget tokens: signed, for one page, and valid as long as their issuer may ask. None is stored.

They are JSON Web Tokens (RFC 7519) with HS256, prefixed with ``orw_`` to tell them from API keys.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any

import jwt

from assistant.accounts.credentials import new_id
from assistant.text.wording import capitalised
from assistant.web.http.problems import UNAUTHENTICATED
from assistant.web.http.refusals import Refused
from assistant.web.http.request import Visitor
from assistant.web.widget.issuers import ANYONE, Issuer, Issuers, TokenRefused

PREFIX = "orw_"
OWN = "self"
"""Audience of tokens for the app's own pages, whatever its host name."""

_SECONDS = 15 * 60
_BY_KEY = 8 * 60 * 60
"""A page's server gets a token when it renders a page, which may stay open for a working day."""

_CLAIMS = ["aud", "by", "exp", "iat", "jti"]
# Every use is checked against our clock and the maker. A token that seems to be from the future was issued before the
# clock was set back.
_READING: Any = {"require": _CLAIMS, "verify_exp": False, "verify_iat": False}


class WidgetTokens:
    """Issues and checks tokens under ``secret``, for the app's own pages and those in ``pages``."""

    def __init__(
        self, secret: str, pages: Collection[str], makers: Issuers, now: Callable[[], float] = time.time
    ) -> None:
        self.pages = frozenset(pages)
        self._secret, self._makers, self._now = secret, makers, now

    def issue(self, page: str, by: str) -> tuple[str, int]:
        """A token for the widget on ``page``, an origin or :data:`OWN`, and the seconds it is valid for.

        ``by`` is its issuer, as :func:`maker_of` names them, or :data:`ANYONE`.
        """
        now, seconds = int(self._now()), _BY_KEY if by.startswith("key ") else _SECONDS
        claims = {"aud": page, "by": by, "jti": new_id(), "iat": now, "exp": now + seconds}
        return PREFIX + jwt.encode(claims, self._secret, "HS256"), seconds

    def visitor(self, token: str) -> Visitor | None:
        """The visitor that ``token`` stands for and what they may do; None if it is of another kind.

        Raises:
            ProblemRaised: it is of this kind but not valid.
        """
        if not token.startswith(PREFIX):
            return None
        try:
            claims = self._read(token)
            maker = self._makers.look_up(claims["by"])
        except TokenRefused as error:
            raise UNAUTHENTICATED.problem(capitalised(error), _REFUSED).counted_as(Refused.BAD_TOKEN) from None
        return Visitor(maker.actions, id=_counted_as(maker, claims), is_anyone=claims["by"] == ANYONE)

    def _read(self, token: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = jwt.decode(
                token.removeprefix(PREFIX),
                self._secret,
                algorithms=["HS256"],
                audience=[OWN, *self.pages],
                options=_READING,
            )
        except jwt.InvalidAudienceError:
            raise TokenRefused("this token's page may no longer show the widget (setting widget_pages).") from None
        except jwt.PyJWTError:
            raise TokenRefused("this token was not issued here. Reload the page.") from None
        if found["exp"] <= self._now():
            raise TokenRefused("this token has expired. Reload the page.")
        return found


_REFUSED = {"WWW-Authenticate": 'Bearer realm="On Record", error="invalid_token"'}


def _counted_as(maker: Issuer, claims: dict[str, Any]) -> str:
    """All tokens of one login share a rate limit; if a maker's tokens go to many people, each has its own."""
    return f"widget {maker.name}" if maker.is_one else f"widget {maker.name} {claims['jti'][:12]}"
