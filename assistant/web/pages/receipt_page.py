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
from assistant.output.timeline_export import as_csv, as_ics, events
from assistant.web.http.request import visitor_of
from assistant.web.pages.templates import Pages

_MISSING = "There is no such receipt. Its conversation may have been deleted, or belong to another user."
_NO_TIMELINE = "This answer is not a timeline, so it cannot be downloaded as a table or for a calendar."
_PRIVATE = {"Cache-Control": "no-store"}


class Form(StrEnum):
    """The forms of a receipt."""

    PAGE = "page"
    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    CSV = "csv"
    ICS = "ics"


def receipt_pages(desk: Desk, pages: Pages) -> APIRouter:
    """``/receipts/TURN`` is a page to print; ``?as=text``, ``markdown`` or ``json`` gives the same in another form.

    With ``?as=csv`` or ``ics`` a timeline is a table or goes into a calendar.
    """
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
        receipt = receipt_of(kept.id, kept.turn, kept.created)
        if form in (Form.CSV, Form.ICS) and not events(kept.turn.answer):
            return _missing(pages, _NO_TIMELINE)
        response = forms[form](receipt)
        response.headers.update(_PRIVATE)
        return response

    return router


def _forms(pages: Pages) -> dict[Form, Callable[[Receipt], Response]]:
    return {
        Form.PAGE: lambda receipt: HTMLResponse(pages.receipt(receipt)),
        Form.TEXT: lambda receipt: PlainTextResponse(copied(receipt, PLAIN)),
        Form.MARKDOWN: lambda receipt: Response(copied(receipt, MARKDOWN), media_type="text/markdown"),
        Form.JSON: _json,
        Form.CSV: _csv,
        Form.ICS: _ics,
    }


def _json(receipt: Receipt) -> Response:
    return JSONResponse(ReceiptFields.of(receipt).json_dict(), headers=_file("receipt", receipt, "json"))


def _csv(receipt: Receipt) -> Response:
    """With a byte order mark, without which Excel does not take it for UTF-8."""
    table = as_csv(receipt.turn.answer).encode("utf-8-sig")
    return Response(table, media_type="text/csv; charset=utf-8", headers=_file("timeline", receipt, "csv"))


def _ics(receipt: Receipt) -> Response:
    calendar = as_ics(receipt.turn.answer, receipt.asked)
    return Response(calendar, media_type="text/calendar; charset=utf-8", headers=_file("timeline", receipt, "ics"))


def _file(name: str, receipt: Receipt, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="onrecord-{name}-{receipt.id[:8]}.{ending}"'}


def _missing(pages: Pages, text: str = _MISSING) -> Response:
    return HTMLResponse(pages.missing(text), status_code=404, headers=_PRIVATE)
