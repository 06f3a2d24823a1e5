"""Authentication: who sent a request, by key, session or proxy, or because it comes from this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import HTTPConnection
from starlette.responses import Response

from assistant.accounts.errors import KeyRefused, NoSession, NotAcceptable
from assistant.accounts.permissions import BY_ROLE, BY_SCOPE, role_for
from assistant.accounts.users import User
from assistant.desk import Desk
from assistant.settings import Settings
from assistant.text.wording import capitalised
from assistant.web.http.bind_check import is_loopback
from assistant.web.http.problems import UNAUTHENTICATED, ProblemRaised
from assistant.web.http.refusals import Refused
from assistant.web.http.request import NOBODY, How, Visitor
from assistant.web.middleware.trusted_proxies import address_of, was_proxied

_DAY = 86_400


@dataclass(frozen=True)
class Cookie:
    """A cookie limited to this app's path, hidden from scripts, and not sent with other sites' forms."""

    purpose: str
    base: str
    seconds: int

    def of(self, request: HTTPConnection) -> str:
        """Its value in the request; empty if there is none."""
        return request.cookies.get(self._name(request), "")

    def put(self, response: Response, request: HTTPConnection, value: str) -> None:
        response.set_cookie(self._name(request), value, max_age=self.seconds, **self._kind(request))

    def drop(self, response: Response, request: HTTPConnection) -> None:
        response.delete_cookie(self._name(request), **self._kind(request))

    def _kind(self, request: HTTPConnection) -> dict[str, Any]:
        return {"path": self.base or "/", "secure": _encrypted(request), "httponly": True, "samesite": "lax"}

    def _name(self, request: HTTPConnection) -> str:
        """The prefix tells browsers that only this host, over https and for "/", may set it."""
        if not _encrypted(request):
            return self.purpose
        return f"__Secure-{self.purpose}" if self.base else f"__Host-{self.purpose}"


def session_cookie(settings: Settings) -> Cookie:
    return Cookie("onrecord", settings.base_path, int(settings.session_days * _DAY))


def _encrypted(request: HTTPConnection) -> bool:
    return request.url.scheme in {"https", "wss"}


KEY_BEGINS = "onrecord_"
Bearer = Callable[[str], Visitor | None]
"""The visitor a bearer token stands for; None if it is not of this kind."""


class Authentication:
    """Authenticates an app's visitors. ``bearers`` recognise further kinds of bearer tokens."""

    def __init__(self, desk: Desk, settings: Settings, bearers: Sequence[Bearer] = ()) -> None:
        self._desk, self._settings, self._bearers = desk, settings, bearers
        self._cookie = session_cookie(settings)

    def visitor(self, request: HTTPConnection) -> Visitor:
        """The visitor who sent the request, or nobody.

        Raises:
            ProblemRaised: its key or token is not valid.
        """
        token = bearer_of(request)
        if token:
            known = self._by_token(token)
            if known is not None:
                return replace(known, how=How.BEARER)
            if self._settings.auth != "none":
                raise _refused("This token is not known. Send an API key: Authorization: Bearer onrecord_…")
        return self._by_itself(request)

    def _by_token(self, token: str) -> Visitor | None:
        for bearer in self._bearers:
            known = bearer(token)
            if known is not None:
                return known
        if not token.startswith(KEY_BEGINS):
            return None
        try:
            key = self._desk.keys.check(token)
        except KeyRefused as error:
            raise _refused(capitalised(error)) from None
        return Visitor(frozenset(BY_SCOPE[scope] for scope in key.scopes), key=key.name, id=f"key {key.id}")

    def _by_itself(self, request: HTTPConnection) -> Visitor:
        """By what a browser sends with every request on its own, so cross-site requests must be checked."""
        if self._settings.auth == "none":
            return _user(self._desk.users.anonymous(), How.HERE) if _stays_here(request) else NOBODY
        if self._settings.auth == "proxy":
            return self._by_proxy(request)
        return self._by_session(request)

    def _by_session(self, request: HTTPConnection) -> Visitor:
        token = self._cookie.of(request)
        if not token:
            return NOBODY
        try:
            session = self._desk.sessions.current(token)
        except NoSession:
            return NOBODY
        return replace(_user(session.user, How.SESSION), session=session.id)

    def _by_proxy(self, request: HTTPConnection) -> Visitor:
        names = _header(request, self._settings.auth_header)
        if not was_proxied(request) or len(names) != 1 or not names[0].strip():
            return NOBODY
        role = role_for(self._groups(request), self._settings)
        if role is None:
            return NOBODY
        try:
            user = self._desk.users.known("proxy", names[0].strip(), names[0], role)
        except NotAcceptable:
            return NOBODY
        return _user(user, How.PROXY)

    def _groups(self, request: HTTPConnection) -> set[str]:
        name = self._settings.auth_groups_header
        given = _header(request, name) if name else []
        return {group.strip() for value in given for group in value.split(",")}


def bearer_of(request: HTTPConnection) -> str:
    """The token after ``Authorization: Bearer``, or empty."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _user(user: User, how: How) -> Visitor:
    return Visitor(BY_ROLE[user.role], user, id=f"user {user.id}", how=how)


def _header(request: HTTPConnection, name: str) -> list[str]:
    """The header's values, decoded as UTF-8."""
    wanted = name.lower().encode()
    return [value.decode(errors="replace") for key, value in request.scope["headers"] if key == wanted]


def _stays_here(request: HTTPConnection) -> bool:
    """Whether it was sent from this machine to itself; trusted_proxies.py has checked the host name."""
    reached = (request.scope.get("server") or ("", 0))[0]
    return is_loopback(reached) and is_loopback(address_of(request))


def _refused(detail: str) -> ProblemRaised:
    headers = {"WWW-Authenticate": 'Bearer realm="On Record", error="invalid_token"'}
    return UNAUTHENTICATED.problem(detail, headers).counted_as(Refused.BAD_TOKEN)
