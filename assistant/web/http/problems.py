"""Errors as problem documents (RFC 9457). The only place that makes them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from assistant.accounts.errors import NoSuchConversation, NotAcceptable
from assistant.accounts.permissions import Action
from assistant.text.wording import sentence, told
from assistant.web.http.queue import QueueFull
from assistant.web.http.refusals import Refused, count_refusal
from assistant.web.http.request import path_of, visitor_of
from indexes.types.errors import (
    DatabaseUnusable,
    DiskFailed,
    FeedsBusy,
    IndexBusy,
    NoSuchArticle,
    NoSuchFeed,
    NotFetched,
    OnRecordError,
)
from indexes.types.filters import ImpossibleFilter

if TYPE_CHECKING:
    from fastapi import FastAPI

MEDIA_TYPE = "application/problem+json"
_RETRY = {"Retry-After": "5"}
_log = logging.getLogger(__name__)


class Problem(BaseModel):
    """An error: what kind (``type``), what happened to what, and what to do next (``detail``)."""

    type: str = Field(examples=["urn:onrecord:problem:no-such-article"])
    title: str = Field(examples=["There is no such article"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["article 'call-9' is not in the index; it may have been removed."])
    errors: list[WrongField] = Field([], description="Of invalid-request alone: each field that is wrong.")


class WrongField(BaseModel):
    """A field of a request that is wrong."""

    where: str = Field(examples=["body.question"])
    message: str = Field(examples=["String should have at most 2000 characters"])


@dataclass(frozen=True)
class Kind:
    """A kind of problem: its name in the list of errors, its status, and its title."""

    name: str
    status: int
    title: str

    @property
    def type(self) -> str:
        return f"urn:onrecord:problem:{self.name}"

    def problem(self, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> ProblemRaised:
        return ProblemRaised(self, detail, headers, more)


class ProblemRaised(HTTPException):
    """A problem to be returned to the client."""

    def __init__(
        self, kind: Kind, detail: str, headers: Mapping[str, str] | None = None, more: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(kind.status, detail, dict(headers) if headers else None)
        self.kind, self.more = kind, dict(more or {})
        self.refused = _REFUSED.get(kind)

    def counted_as(self, refused: Refused) -> ProblemRaised:
        """The same, counted as a refusal of another kind."""
        self.refused = refused
        return self

    @property
    def document(self) -> dict[str, Any]:
        kind = self.kind
        return {"type": kind.type, "title": kind.title, "status": kind.status, "detail": self.detail, **self.more}


INVALID = Kind("invalid-request", 422, "The request is not valid")
IMPOSSIBLE_FILTER = Kind("impossible-filter", 422, "No article matches the filter")
BAD_SPAN = Kind("no-such-place", 422, "The article's text has no such passage")
NOT_SO_CITED = Kind("not-so-cited", 422, "The cited text is not in the articles")
KEY_REUSED = Kind("key-reused", 422, "The idempotency key was used for a different request")
MALFORMED = Kind("malformed-request", 400, "The request cannot be read")
WRONG_HOST = Kind("wrong-host", 400, "This server does not answer to that name")
UNAUTHENTICATED = Kind("not-logged-in", 401, "You are not logged in")
FORBIDDEN = Kind("forbidden", 403, "You are not allowed to do this")
NO_SUCH_ANSWER = Kind("no-such-answer", 404, "There is no such answer")
NO_SUCH_ARTICLE = Kind("no-such-article", 404, "There is no such article")
NO_SUCH_MODEL = Kind("no-such-model", 404, "There is no such model")
NO_SUCH_FEED = Kind("no-such-feed", 404, "This feed is not followed")
NOT_FETCHED = Kind("not-fetched", 422, "The address could not be fetched, or is not a feed")
NOT_FOUND = Kind("not-found", 404, "There is nothing at this address")
WRONG_METHOD = Kind("wrong-method", 405, "This address does not accept that method")
IN_PROGRESS = Kind("in-progress", 409, "The same request is still being processed")
TOO_LARGE = Kind("too-large", 413, "The request is too large")
WRONG_TYPE = Kind("wrong-media-type", 415, "The content type is not accepted")
TOO_MANY = Kind("too-many-requests", 429, "There are too many requests")
FAILED = Kind("failed", 500, "Something went wrong inside On Record")
OVERLOADED = Kind("overloaded", 503, "Too many questions are waiting")
BUSY = Kind("index-busy", 503, "Another process is writing to the index")
UNAVAILABLE = Kind("unavailable", 503, "On Record cannot answer right now")

KINDS = (
    MALFORMED, WRONG_HOST, UNAUTHENTICATED, FORBIDDEN, NO_SUCH_ANSWER, NO_SUCH_ARTICLE, NO_SUCH_MODEL, NO_SUCH_FEED,
    NOT_FOUND, WRONG_METHOD, IN_PROGRESS, TOO_LARGE, WRONG_TYPE, INVALID, IMPOSSIBLE_FILTER, NOT_FETCHED, BAD_SPAN,
    NOT_SO_CITED, KEY_REUSED, TOO_MANY, FAILED, OVERLOADED, BUSY,
    UNAVAILABLE,
)  # fmt: skip
_REFUSED = {
    WRONG_HOST: Refused.WRONG_HOST,
    UNAUTHENTICATED: Refused.NOT_LOGGED_IN,
    FORBIDDEN: Refused.FORBIDDEN,
    TOO_LARGE: Refused.TOO_LARGE,
    TOO_MANY: Refused.RATE_LIMIT,
}
_BY_STATUS = {
    400: MALFORMED,
    401: UNAUTHENTICATED,
    403: FORBIDDEN,
    404: NOT_FOUND,
    405: WRONG_METHOD,
    413: TOO_LARGE,
    415: WRONG_TYPE,
}
_BY_ERROR: dict[type[OnRecordError], Kind] = {
    NoSuchArticle: NO_SUCH_ARTICLE,
    NoSuchConversation: NO_SUCH_ANSWER,
    NotAcceptable: INVALID,
    ImpossibleFilter: IMPOSSIBLE_FILTER,
    NoSuchFeed: NO_SUCH_FEED,
    NotFetched: NOT_FETCHED,
}


_NOT_KEPT = (OverflowError, UnicodeEncodeError)
"""SQLite's errors for numbers and texts it cannot store. Validation should reject them first; this is a safety net."""

_TOLD = 20
"""The most invalid fields that are listed."""


def problem_of(error: Exception) -> ProblemRaised:
    """Any error as a problem. The message of an unknown one is left out; the caller logs it."""
    if isinstance(error, ProblemRaised):
        return error
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    if isinstance(error, HTTPException):
        kind = _BY_STATUS.get(error.status_code) or Kind("failed", error.status_code, _phrase(error.status_code))
        return kind.problem(sentence(error.detail), error.headers)
    if isinstance(error, OnRecordError):
        return _of_ours(error)
    if isinstance(error, _NOT_KEPT):
        return INVALID.problem("A number in the request is too large, or a text contains an unpaired surrogate.")
    return FAILED.problem("Details are in the server log.")


def handle_problems(app: FastAPI) -> None:
    """Has every error of ``app`` answered with a problem document."""
    for kind in (HTTPException, RequestValidationError, OnRecordError, *_NOT_KEPT):
        app.add_exception_handler(kind, _answered)
    app.add_exception_handler(Exception, _answered)


def problem_response(problem: ProblemRaised, path: str = "") -> JSONResponse:
    """A problem as a response. On OpenAI's routes it also has the member ``error``, an extension RFC 9457 allows."""
    document = problem.document
    if path.startswith("/v1/"):
        document["error"] = openai_error(problem)
    return JSONResponse(document, problem.status_code, problem.headers, MEDIA_TYPE)


def openai_error(problem: ProblemRaised) -> dict[str, Any]:
    """A problem in OpenAI's error format."""
    kind = "invalid_request_error" if problem.status_code < 500 else "server_error"
    return {"message": problem.detail, "type": kind, "param": None, "code": problem.kind.name}


async def _answered(request: Request, error: Exception) -> JSONResponse:
    problem = problem_of(error)
    count_refusal(request.scope, problem.refused)
    return problem_response(problem, path_of(request.scope))


def _invalid(error: RequestValidationError) -> ProblemRaised:
    """What is wrong with each field, without the value sent, which may be a question."""
    errors = error.errors()
    fields = [{"where": _where(one["loc"]), "message": str(one["msg"])} for one in errors[:_TOLD]]
    said = "; ".join(f"{field['where']}: {field['message']}" for field in fields[:3])
    if any(one["type"] == "json_invalid" for one in errors):
        return MALFORMED.problem(f"The body is not JSON. {said}.")
    return INVALID.problem(f"{said}.", errors=fields)


def _where(places: Sequence[Any]) -> str:
    """The path of a field, sanitised, as its name may be anything that was sent."""
    return ".".join(str(place)[:100] for place in places).encode(errors="replace").decode()


def _of_ours(error: OnRecordError) -> ProblemRaised:
    for error_type, kind in _BY_ERROR.items():
        if isinstance(error, error_type):
            return kind.problem(sentence(error))
    if isinstance(error, QueueFull):
        return OVERLOADED.problem(sentence(error), {"Retry-After": str(error.seconds)})
    if isinstance(error, FeedsBusy):
        return BUSY.problem(sentence(error), _RETRY)
    if isinstance(error, DiskFailed):
        _log.error("%s", error)
        return UNAVAILABLE.problem("Nothing can be written right now. Details are in the server log.", _RETRY)
    if isinstance(error, IndexBusy):
        return BUSY.problem("Another process is adding, removing or rebuilding. Try again when it is done.", _RETRY)
    if isinstance(error, DatabaseUnusable):
        _log.warning("%s", error)
    return UNAVAILABLE.problem(told(error), _RETRY)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase


def documented(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """The problems a route may answer with, for its part of the OpenAPI document."""
    by_status: dict[int | str, list[Kind]] = {}
    for kind in (WRONG_HOST, UNAUTHENTICATED, FORBIDDEN, INVALID, TOO_MANY, FAILED, *kinds):
        by_status.setdefault(kind.status, []).append(kind)
    return {status: _documented(same) for status, same in sorted(by_status.items(), key=lambda item: str(item[0]))}


def _documented(kinds: list[Kind]) -> dict[str, Any]:
    examples = {
        kind.name: {"value": {"type": kind.type, "title": kind.title, "status": kind.status, "detail": "…"}}
        for kind in kinds
    }
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}}
    return {"description": "; ".join(f"{kind.name}: {kind.title}" for kind in kinds), "content": content}


def allowed(*actions: Action) -> Callable[[Request], Awaitable[None]]:
    """A dependency that lets a request through if its visitor may do all ``actions``.

    It is async, so that it does not wait for a worker thread.
    """

    async def check(request: Request) -> None:
        visitor = visitor_of(request)
        if lacking := [action.value for action in actions if not visitor.may(action)]:
            raise FORBIDDEN.problem(f"You may not {' and '.join(lacking)} here.")

    return check
