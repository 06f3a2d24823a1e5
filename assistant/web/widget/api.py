"""``/api/v1/widget``: tokens for pages that show the widget."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.requests import Request

from assistant.desk.permission import Action
from assistant.saying import capitalised
from assistant.web.api.access import allowed
from assistant.web.api.problems import FORBIDDEN, documented
from assistant.web.api.schemas import Asks
from assistant.web.gate.recognition import bearer_of
from assistant.web.widget.tokens import OWN, PREFIX, SECONDS, TokenRefused, WidgetTokens

_Page = Annotated[str, Field(max_length=300, examples=["https://intranet.example"])]


class TokenRequest(Asks):
    """Which page the token is for: its origin, as the setting `widget_pages` has it."""

    page: _Page


class RenewalRequest(Asks):
    """The page that shows the widget; left out for On Record's own."""

    page: Annotated[str, Field(max_length=300)] = OWN


class TokenFields(Asks):
    """A token for the widget on one page, good for `expires_in` seconds."""

    token: str
    page: str
    expires_in: int


def widget_api(tokens: WidgetTokens) -> APIRouter:
    router = APIRouter(prefix="/widget", tags=["widget"], dependencies=[Depends(allowed(Action.ASK))])

    @router.post("/tokens", response_model=TokenFields, responses=documented())
    def issue(request: Request, body: TokenRequest) -> Any:
        """Makes a token for the widget on a page, for the page's server to put into `data-token`."""
        if bearer_of(request).startswith(PREFIX):
            raise FORBIDDEN.problem("A widget's token makes no others. Ask with an API key of the scope ask.")
        if body.page not in tokens.pages:
            raise FORBIDDEN.problem(f"{body.page} is not in the setting widget_pages, so it may not show the widget.")
        return _fields(tokens.issue(body.page), body.page)

    @router.post("/renewals", response_model=TokenFields, responses=documented())
    def renew(request: Request, body: RenewalRequest) -> Any:
        """Renews the token that the request brings, if it is for this page."""
        try:
            return _fields(tokens.renewed(bearer_of(request), body.page), body.page)
        except TokenRefused as error:
            raise FORBIDDEN.problem(capitalised(error)) from None

    return router


def _fields(token: str, page: str) -> dict[str, Any]:
    return {"token": token, "page": page, "expires_in": SECONDS}
