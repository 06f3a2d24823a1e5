"""The widget's script, the page in its frame, and the demo."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from starlette.requests import Request
from starlette.responses import Response

from assistant.accounts.permissions import Action
from assistant.web.http.request import How, Visitor, visitor_of
from assistant.web.pages.templates import Pages
from assistant.web.widget.issuers import ANYONE, maker_of
from assistant.web.widget.tokens import OWN, WidgetTokens
from indexes.types.filters import ImpossibleFilter, filter_from

_LISTS = {"source": "sources", "author": "authors"}
_NAMES = ("since", "until", "source", "author", "language")
_LONGEST = 1000


@dataclass(frozen=True)
class PageFilter:
    """``fields`` are those of the API's filter; ``said`` describes it to people, empty if everything is searched."""

    fields: dict[str, Any]
    said: str


def read_page_filter(text: str) -> PageFilter:
    """
    Raises:
        ImpossibleFilter: a part is not ``name=value``, has an unknown name, or an impossible value.
    """
    if len(text) > _LONGEST:
        raise ImpossibleFilter(f"it is longer than {_LONGEST} characters.")
    fields: dict[str, Any] = {}
    for name, value in map(_part, filter(str.strip, text.split(";"))):
        if name in _LISTS:
            fields.setdefault(_LISTS[name], []).append(value)
        else:
            fields[name] = value
    filter_from(**fields)
    return PageFilter(fields, _said(fields))


def _part(part: str) -> tuple[str, str]:
    name, equals, value = (piece.strip() for piece in part.partition("="))
    if not equals or not value or name not in _NAMES:
        raise ImpossibleFilter(f"{part.strip()!r} is not name=value with one of the names {', '.join(_NAMES)}.")
    return name, value


def _said(fields: dict[str, Any]) -> str:
    by = [f"by {' or '.join(fields['authors'])}"] if "authors" in fields else []
    days = [f"{name} {fields[name]}" for name in ("since", "until") if name in fields]
    language = [f"in language {fields['language']}"] if "language" in fields else []
    return ", ".join([*([" or ".join(fields["sources"])] if "sources" in fields else []), *by, *days, *language])


_SITE = Path(__file__).parent.parent / "site"
_ACCENT = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_LONGEST_TITLE = 80
_STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; {more}; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors {ancestors}"
)


def widget_pages(pages: Pages, tokens: WidgetTokens, visitors: Literal["anyone", "token"]) -> APIRouter:
    """``/widget.js`` for pages that show the widget, and ``/widget`` for its frame.

    Pages in ``tokens.pages`` may frame it; if ``visitors`` is "anyone", everyone there gets a token. In a frame on our
    own pages, which has no ``page``, users who may ask get one. Programs get one from the API.
    """
    router, site = APIRouter(include_in_schema=False), StaticFiles(directory=_SITE)

    @router.get("/widget.js")
    async def script(request: Request) -> Response:
        response = await site.get_response("widget.js", request.scope)
        response.headers["Cache-Control"] = "public, max-age=300"
        response.headers["Content-Type"] = "text/javascript; charset=utf-8"  # whatever the system's media types are
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    @router.get("/widget")
    def frame(request: Request, page: str = "", title: str = "", accent: str = "", filter: str = "") -> Response:
        if page and page not in tokens.pages:
            return HTMLResponse(pages.missing("This page may not show the widget."), 403, _headers("'none'"))
        visitor = visitor_of(request)
        by = _maker_for(visitor) if not page else ANYONE if visitors == "anyone" else ""
        token = tokens.issue(page or OWN, by)[0] if by and visitor.how is not How.BEARER else ""
        accent = accent if _ACCENT.fullmatch(accent) else ""
        shown = _shown(filter) | {"page": page, "token": token, "accent": accent}
        title = title.strip()[:_LONGEST_TITLE] or "Ask On Record"
        return HTMLResponse(pages.widget(title, **shown), headers=_headers(page or "'self'"))

    return router


def demo_page(pages: Pages) -> APIRouter:
    """``/demo``: an example intranet page, under the strictest content policy that the widget works with."""
    router = APIRouter(include_in_schema=False)

    @router.get("/demo")
    def demo(request: Request) -> HTMLResponse:
        address = f"{request.url.scheme}://{request.url.netloc}{pages.base}/widget.js"
        policy = _STRICT.format(more="frame-src 'self'", ancestors="'none'")
        return HTMLResponse(pages.demo(address), headers={"Content-Security-Policy": policy})

    return router


def _maker_for(visitor: Visitor) -> str:
    return maker_of(visitor) if visitor.user and visitor.may(Action.ASK) else ""


def _shown(filter: str) -> dict[str, str]:
    """The page's filter for its script, or what is wrong with it."""
    try:
        found = read_page_filter(filter)
    except ImpossibleFilter as error:
        return {"filter": "{}", "said": "", "problem": f"The page's data-filter is not valid: {error}"}
    return {"filter": json.dumps(found.fields), "said": found.said, "problem": ""}


def _headers(ancestors: str) -> dict[str, str]:
    """A page framed by another site holds a token, so it is not cached, and only ``ancestors`` may frame it."""
    return {
        "Content-Security-Policy": _STRICT.format(more="connect-src 'self'", ancestors=ancestors),
        "Cache-Control": "no-store",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
