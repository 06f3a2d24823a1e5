"""The login and logout pages."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assistant.accounts.audit import Event
from assistant.accounts.errors import LoginRefused, NoSuchUser, TooManyAttempts
from assistant.accounts.users import User
from assistant.desk import Desk
from assistant.settings import Settings
from assistant.text.wording import capitalised
from assistant.web.auth.authentication import session_cookie
from assistant.web.http.problems import ProblemRaised
from assistant.web.http.request import How, visitor_of
from assistant.web.middleware.public_paths import LOGIN, LOGOUT, MANIFEST
from assistant.web.middleware.rate_limits import LoginLimit
from assistant.web.middleware.trusted_proxies import address_of
from assistant.web.pages.templates import Pages

_WITHIN = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]{0,2000}")
NOBODY_KNOWN = "nobody known"
_REFUSED = {"WWW-Authenticate": 'Bearer realm="On Record"'}


class LoginPages:
    """Begins and ends sessions, however the user was authenticated."""

    def __init__(self, desk: Desk, settings: Settings, pages: Pages) -> None:
        self.desk, self.pages, self.auth = desk, pages, settings.auth
        self._cookie, self._limit = session_cookie(settings), LoginLimit(settings)

    async def let_in(self, request: Request, user: User, following: str) -> Response:
        """Redirects to ``following`` in a new session, and ends the previous one, if any."""
        token = await run_in_threadpool(self._begun, user)
        response = await self._left(request, following)
        self._cookie.put(response, request, token)
        return response

    async def let_out(self, request: Request) -> Response:
        response = await self._left(request, LOGIN)
        self._cookie.drop(response, request)
        if visitor_of(request).how is How.SESSION:
            await run_in_threadpool(self.desk.audit.note, Event.LOGOUT)
        return response

    def log_in(self, request: Request, name: str, password: str) -> User:
        """As :meth:`Logins.log_in`.

        Raises:
            ProblemRaised: too many attempts within a minute.
        """
        address, before = address_of(request), self._cookie.of(request)
        self._limit.check(address, name if self.desk.logins.is_known(name, address, before) else "")
        try:
            return self.desk.logins.log_in(name, password, address, before)
        except LoginRefused:
            self.failed(name)
            raise

    def failed(self, name: str = "") -> None:
        """Records a failed login. What was typed as a name may be a password, so only a user's id is recorded."""
        try:
            who = user_actor(self.desk.users.named(name))
        except NoSuchUser:
            who = NOBODY_KNOWN
        self.desk.audit.note(Event.LOGIN_FAILED, who=who)

    def asked(
        self, following: str, told: str = "", status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        """The login page with the message ``told``."""
        page = self.pages.login(self.auth, within(following), told)
        return HTMLResponse(page, status, headers)

    def _begun(self, user: User) -> str:
        token = self.desk.sessions.begin(user)
        self.desk.audit.note(Event.LOGIN, who=user_actor(user))
        return token

    async def _left(self, request: Request, following: str) -> Response:
        before = self._cookie.of(request)
        if before:
            await run_in_threadpool(self.desk.sessions.end, before)
        return RedirectResponse(self.pages.base + within(following), 303)


def user_actor(user: User) -> str:
    """A user's name in the audit log."""
    return f"user {user.id}"


def login_pages(entrance: LoginPages) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get(LOGIN)
    def login(request: Request, next: str = "/") -> Response:
        if entrance.auth not in {"users", "oidc"} or visitor_of(request).user:
            return RedirectResponse(entrance.pages.base + within(next), 303)
        return entrance.asked(next)

    @router.post(LOGIN)
    async def log_in(request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=10)
        name, password, following = (str(form.get(field, "")) for field in ("name", "password", "next"))
        if entrance.auth != "users":
            return entrance.asked(following, status=404)
        try:
            user = await run_in_threadpool(entrance.log_in, request, name, password)
        except TooManyAttempts as error:
            return entrance.asked(following, capitalised(error), 429, {"Retry-After": str(error.seconds)})
        except ProblemRaised as error:
            return entrance.asked(following, error.detail, error.status_code, error.headers)
        except LoginRefused as error:
            return entrance.asked(following, capitalised(error), 401, _REFUSED)
        return await entrance.let_in(request, user, following)

    @router.get(MANIFEST)
    def manifest() -> dict[str, str]:
        """The chat page's web manifest, instead of Gradio's; browsers request it without cookies."""
        return {"name": "On Record", "start_url": "./", "display": "browser"}

    @router.get(LOGOUT, response_class=HTMLResponse)
    def logout(request: Request) -> str:
        visitor = visitor_of(request)
        return entrance.pages.logout(visitor.name, can_leave=visitor.how is How.SESSION)

    @router.post(LOGOUT)
    async def log_out(request: Request) -> Response:
        return await entrance.let_out(request)

    return router


def within(address: str) -> str:
    """``address`` if it is a path of this app, else "/", so that the login never redirects elsewhere."""
    return address if _WITHIN.fullmatch(address) else "/"
