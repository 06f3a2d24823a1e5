"""The editors' page, for adding and removing articles and following feeds. It uses only the API."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from starlette.requests import Request

from assistant.accounts.permissions import Action
from assistant.web.http.request import visitor_of
from assistant.web.pages.templates import Pages
from indexes.ingest.files import FILE_ENDINGS

_NO_EDITOR = (
    "This page is for editors",
    "You may not add or remove articles. Ask your On Record administrator to make you an editor.",
)


def editing_page(pages: Pages, max_bytes: int, minutes: float) -> APIRouter:
    """``/editing``. A file may have ``max_bytes``; feeds are checked every ``minutes``, or not automatically if 0."""
    router = APIRouter(default_response_class=HTMLResponse)

    @router.get("/editing")
    def editing(request: Request) -> HTMLResponse:
        visitor = visitor_of(request)
        if not visitor.may(Action.ADD):
            return HTMLResponse(pages.refused(*_NO_EDITOR), status_code=403)
        may = {action.name.lower(): visitor.may(action) for action in (Action.REMOVE, Action.FOLLOW)}
        return HTMLResponse(pages.editing(may, FILE_ENDINGS, max_bytes, minutes))

    return router
