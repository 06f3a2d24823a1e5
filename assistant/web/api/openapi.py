"""The OpenAPI document, its page, and the answers for unknown addresses of the API."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Match

from assistant.web.http.problems import KINDS, NOT_FOUND, WRONG_METHOD, Problem
from assistant.web.pages.templates import Pages

_ABOUT = (
    "Ask a newsroom's own articles, find passages and claims in them, read, add and remove them, and say what you "
    "think of the answers. Errors are problem documents (RFC 9457)."
)
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def document(api: APIRouter, base: str = "") -> dict[str, Any]:
    """The OpenAPI document for the routes of ``api``, served under ``base``."""
    made = get_openapi(
        title="On Record",
        version=version("onrecord"),
        description=_ABOUT,
        routes=api.routes,
        servers=[{"url": base or "/"}],
    )
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    made["components"]["schemas"] |= {**problem.pop("$defs"), "Problem": problem}
    return made


def described(made: Callable[[], dict[str, Any]], pages: Pages) -> APIRouter:
    router = APIRouter(prefix="/api/v1", include_in_schema=False)

    @router.get("/openapi.json")
    def openapi() -> dict[str, Any]:
        return made()

    @router.get("/docs", response_class=HTMLResponse)
    def docs() -> str:
        return pages.api(made(), KINDS)

    return router


def elsewhere(api: APIRouter) -> APIRouter:
    """Catches unknown addresses under ``/api`` and ``/v1``, which the chat would otherwise answer."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/api/{rest:path}", methods=_METHODS)
    @router.api_route("/v1/{rest:path}", methods=_METHODS)
    def nothing(request: Request) -> None:
        path = request.url.path
        others = sorted(method for method in _METHODS if _takes(api, request, method))
        if others:
            raise WRONG_METHOD.problem(f"{path} takes {', '.join(others)}.", {"Allow": ", ".join(others)})
        docs = request.scope.get("root_path", "") + "/api/v1/docs"
        raise NOT_FOUND.problem(f"{path} is not an address of the API. {docs} lists them.")

    return router


def _takes(api: APIRouter, request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(route.matches(scope)[0] is Match.FULL for route in api.routes)
