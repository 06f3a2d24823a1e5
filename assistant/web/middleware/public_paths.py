"""The paths that are public. All others need a login or a key."""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.web.http.problems import ProblemRaised, problem_response
from assistant.web.http.refusals import count_refusal
from assistant.web.http.request import path_of
from assistant.web.pages.templates import Pages

LOGIN = "/login"
LOGOUT = "/logout"
OIDC_START = "/login/oidc"
OIDC_BACK = "/login/oidc/back"
MANIFEST = "/manifest.json"

WIDGET_FRAME = "/widget"
WIDGET = ("/widget.js", WIDGET_FRAME)
"""Everything behind the widget's page needs a token."""

HEALTH = "/api/v1/health"
"""It gives everyone the same answer, so it skips authentication and responds at once under any load."""

PUBLIC_PATHS = (LOGIN, OIDC_START, OIDC_BACK, MANIFEST, HEALTH, "/api/v1/ready", *WIDGET)
"""Exact paths. Adding one here opens it to the world; ``test_routes.py`` lists them too."""

PUBLIC_FOLDERS = ("/site/",)
"""Our own static files."""

FOR_PROGRAMS = ("/api", "/v1", "/mcp", "/metrics")
"""At and below these, API keys are accepted and each route checks its own permissions; the rest is for people."""


def is_public(path: str) -> bool:
    return path in PUBLIC_PATHS or path.startswith(PUBLIC_FOLDERS)


def is_for_programs(path: str) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in FOR_PROGRAMS)


def refuse(problem: ProblemRaised) -> ASGIApp:
    """An ASGI app that always answers with ``problem``."""

    async def refusal(scope: Scope, receive: Receive, send: Send) -> None:
        count_refusal(scope, problem.refused)
        if scope["type"] == "websocket":  # before it is accepted, which the server answers with 403
            await send({"type": "websocket.close", "code": 1008})
        else:
            await problem_response(problem, path_of(scope))(scope, receive, send)

    return refusal


def refuse_visitor(problem: ProblemRaised, pages: Pages, to_login: bool) -> ASGIApp:
    """As :func:`refuse`, but people get a page or, if it would help, a redirect to the login."""

    async def refusal(scope: Scope, receive: Receive, send: Send) -> None:
        if not is_for_people(scope):
            await refuse(problem)(scope, receive, send)
        elif problem.status_code == 401 and to_login:
            address = f"{pages.base}{LOGIN}?next={quote(_asked(scope), safe='/')}"
            await RedirectResponse(address, 303)(scope, receive, send)
        else:
            count_refusal(scope, problem.refused)
            page = HTMLResponse(pages.refused(problem.kind.title, problem.detail), problem.status_code, problem.headers)
            await page(scope, receive, send)

    return refusal


def is_for_people(scope: Scope) -> bool:
    """Whether it is a request for a page, as from following a link."""
    if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
        return False
    path = path_of(scope)
    wants_page = "text/html" in Headers(scope=scope).get("accept", "")
    return wants_page and not is_for_programs(path) and not path.startswith("/gradio_api")


def _asked(scope: Scope) -> str:
    query = HTTPConnection(scope).url.query
    return path_of(scope) + (f"?{query}" if query else "")
