"""The issuers of widget tokens, looked up on every use, so that a token ends when its issuer loses access."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.accounts.errors import KeyRefused, NoSession, NoSuchUser
from assistant.accounts.permissions import BY_ROLE, BY_SCOPE, Action
from assistant.desk import Desk
from assistant.web.http.request import How, Visitor
from indexes.types.errors import OnRecordError

ANYONE = "anyone"
ACTIONS = frozenset({Action.ASK, Action.READ, Action.CLAIMS})
"""The most that a token can permit."""


class TokenRefused(OnRecordError):
    """A token that is invalid or expired, or whose issuer may no longer ask. Seen by the token's sender."""


@dataclass(frozen=True)
class Issuer:
    """``name`` is for the audit log; ``is_one`` if all the maker's tokens are used by one person."""

    name: str
    actions: frozenset[Action]
    is_one: bool


def maker_of(visitor: Visitor) -> str:
    """How a token names the visitor who requests it; empty for those who may not, such as holders of a token."""
    if visitor.how is How.SESSION:
        return f"session {visitor.session}"
    return visitor.id if visitor.id.startswith(("user ", "key ")) else ""


class Issuers:
    """The makers of one app; ``auth`` is its way of logging in, ``visitors`` who may ask on listed pages."""

    def __init__(self, desk: Desk, auth: str, visitors: Literal["anyone", "token"]) -> None:
        self._desk, self._auth, self._visitors = desk, auth, visitors

    def look_up(self, by: str) -> Issuer:
        """The maker that a token names, with their current permissions.

        Raises:
            TokenRefused: they no longer exist, or may not ask.
        """
        kind, _, id = by.partition(" ")
        find = {"session": self._session, "user": self._user, "key": self._key, ANYONE: self._anyone}.get(kind)
        if find is None:
            raise TokenRefused("this token does not name a valid issuer. Reload the page.")
        maker = find(id)
        if Action.ASK not in maker.actions:
            raise TokenRefused("the issuer of this token may no longer ask. Ask your On Record administrator.")
        return maker

    def _session(self, id: str) -> Issuer:
        try:
            user = self._desk.sessions.with_id(id).user
        except NoSession:
            raise TokenRefused("the login behind this token has ended. Log in to On Record again.") from None
        return Issuer(f"user {user.id} {id[:8]}", BY_ROLE[user.role] & ACTIONS, is_one=True)

    def _user(self, id: str) -> Issuer:
        try:
            user = self._desk.users.with_id(id)
        except NoSuchUser:
            raise TokenRefused("the user this token was issued for no longer exists.") from None
        if user.auth != self._auth or self._auth not in {"none", "proxy"}:
            raise TokenRefused("the way of logging in has changed since this token was issued. Reload the page.")
        return Issuer(f"user {user.id}", BY_ROLE[user.role] & ACTIONS, is_one=True)

    def _key(self, id: str) -> Issuer:
        try:
            key = self._desk.keys.with_id(id)
        except KeyRefused:
            raise TokenRefused(
                "the API key behind this token is revoked or has expired. Have the page's server get a "
                "token with another key."
            ) from None
        return Issuer(f"key {key.id}", frozenset(BY_SCOPE[scope] for scope in key.scopes) & ACTIONS, is_one=False)

    def _anyone(self, _: str) -> Issuer:
        if self._visitors != "anyone":
            raise TokenRefused(
                "this page no longer lets anyone ask (setting widget_visitors). Have the page's server get a token."
            )
        return Issuer(ANYONE, ACTIONS, is_one=False)
