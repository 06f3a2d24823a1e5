"""How the gate says no: a problem to programs, a page or the way to the login to people."""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.web.http.paths import path_of
from assistant.web.http.problems import ProblemRaised, problem_response
from assistant.web.http.refusals import count_refusal
from assistant.web.middleware.public_paths import LOGIN, is_for_programs
from assistant.web.pages.html import Pages


def refuse(problem: ProblemRaised) -> ASGIApp:
    """An app that answers with ``problem`` and nothing else."""

    async def refusal(scope: Scope, receive: Receive, send: Send) -> None:
        count_refusal(scope, problem.refused)
        if scope["type"] == "websocket":  # before it is accepted, which the server tells with 403
            await send({"type": "websocket.close", "code": 1008})
        else:
            await problem_response(problem, path_of(scope))(scope, receive, send)

    return refusal


def refuse_visitor(problem: ProblemRaised, pages: Pages, to_login: bool) -> ASGIApp:
    """As :func:`refuse`; people are shown a page or, if that would help, led to the login, which is no refusal."""

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
    """Whether a page was asked for, as by someone who follows a link."""
    if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
        return False
    path = path_of(scope)
    wants_page = "text/html" in Headers(scope=scope).get("accept", "")
    return wants_page and not is_for_programs(path) and not path.startswith("/gradio_api")


def _asked(scope: Scope) -> str:
    query = HTTPConnection(scope).url.query
    return path_of(scope) + (f"?{query}" if query else "")
