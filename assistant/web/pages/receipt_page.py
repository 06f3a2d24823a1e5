"""The receipt pages: a past answer, for printing, copying and checking. Only its owner can open it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from starlette.requests import Request
from starlette.responses import Response

from assistant.accounts.errors import NoSuchConversation
from assistant.accounts.permissions import Action
from assistant.desk import Desk
from assistant.output.receipts import Receipt, ReceiptFields, receipt_of
from assistant.output.text_export import MARKDOWN, PLAIN, copied
from assistant.web.http.request import visitor_of
from assistant.web.pages.templates import Pages

_MISSING = "There is no such receipt. Its conversation may have been deleted, or belong to another user."
_PRIVATE = {"Cache-Control": "no-store"}


class Form(StrEnum):
    """The forms of a receipt."""

    PAGE = "page"
    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def receipt_pages(desk: Desk, pages: Pages) -> APIRouter:
    """``/receipts/TURN`` is a page to print; ``?as=text``, ``markdown`` or ``json`` gives the same in another form."""
    router = APIRouter()
    forms = _forms(pages)

    @router.get("/receipts/{turn_id}")
    def receipt(request: Request, turn_id: str, form: Annotated[Form, Query(alias="as")] = Form.PAGE) -> Response:
        visitor = visitor_of(request)
        if visitor.user is None or not visitor.may(Action.CONVERSE):
            return _missing(pages)
        try:
            kept = desk.conversations.asked(visitor.user.id, turn_id)
        except NoSuchConversation:
            return _missing(pages)
        response = forms[form](receipt_of(kept.id, kept.turn, kept.created))
        response.headers.update(_PRIVATE)
        return response

    return router


def _forms(pages: Pages) -> dict[Form, Callable[[Receipt], Response]]:
    return {
        Form.PAGE: lambda receipt: HTMLResponse(pages.receipt(receipt)),
        Form.TEXT: lambda receipt: PlainTextResponse(copied(receipt, PLAIN)),
        Form.MARKDOWN: lambda receipt: Response(copied(receipt, MARKDOWN), media_type="text/markdown"),
        Form.JSON: _download,
    }


def _download(receipt: Receipt) -> Response:
    name = {"Content-Disposition": f'attachment; filename="onrecord-receipt-{receipt.id[:8]}.json"'}
    return JSONResponse(ReceiptFields.of(receipt).json_dict(), headers=name)


def _missing(pages: Pages) -> Response:
    return HTMLResponse(pages.missing(_MISSING), status_code=404, headers=_PRIVATE)
