"""``/api/v1/widget``: tokens for pages that show the widget."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.requests import Request

from assistant.accounts.permissions import Action
from assistant.web.http.problems import FORBIDDEN, allowed, documented
from assistant.web.http.request import Visitor, visitor_of
from assistant.web.http.schemas import Asks
from assistant.web.widget.issuers import maker_of
from assistant.web.widget.tokens import OWN, WidgetTokens

_Page = Annotated[str, Field(max_length=300, examples=["https://intranet.example"])]


class TokenRequest(Asks):
    """The page the token is for: its origin, as in `widget_pages`. Left out for On Record's own pages."""

    page: _Page | None = None


class TokenFields(Asks):
    """A token for the widget on one page, valid for `expires_in` seconds or until its issuer may no longer ask."""

    token: str
    page: str
    expires_in: int


def widget_api(tokens: WidgetTokens) -> APIRouter:
    router = APIRouter(prefix="/widget", tags=["widget"], dependencies=[Depends(allowed(Action.ASK))])

    @router.post("/tokens", response_model=TokenFields, responses=documented())
    def issue(request: Request, body: TokenRequest) -> Any:
        """Issues a token for the widget on a page, for the page's server to put into `data-token`.

        It permits asking, reading and seeing claims, as far as the sender of this request may. A token cannot be used
        to get another one.
        """
        page, by = body.page or OWN, _maker(visitor_of(request), body.page)
        if body.page is not None and body.page not in tokens.pages:
            raise FORBIDDEN.problem(f"{body.page} is not in the setting widget_pages, so it may not show the widget.")
        token, seconds = tokens.issue(page, by)
        return {"token": token, "page": page, "expires_in": seconds}

    return router


def _maker(visitor: Visitor, page: str | None) -> str:
    by = maker_of(visitor)
    if not by:
        raise FORBIDDEN.problem("A widget token cannot make others. Use a login or an API key.")
    if page is None and visitor.user is None:
        raise FORBIDDEN.problem("Name the page that the token is for. Tokens for On Record's own pages need a login.")
    return by
