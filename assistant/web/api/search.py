"""``GET /api/v1/search`` and ``/api/v1/claims``: passages and claims, and the filter as parameters of an address."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Query
from starlette.requests import Request

from assistant.accounts.permissions import Action
from assistant.answering.disagreement import by
from assistant.assistant import LONGEST_QUESTION, Assistant
from assistant.output.quotation_models import ClaimFields, FoundFields
from assistant.types.claims import Stance
from assistant.web.http.problems import (
    IMPOSSIBLE_FILTER,
    INVALID,
    NO_SUCH_ARTICLE,
    OVERLOADED,
    UNAVAILABLE,
    allowed,
    documented,
)
from assistant.web.http.queue import AnswerQueue
from assistant.web.http.schemas import ClaimsFields, Name, Question
from assistant.web.middleware.rate_limits import whose
from indexes.types.article import normalise
from indexes.types.filters import Filter, filter_from, read_filter

SEARCHES_AT_ONCE = 4
"""Searches have threads of their own, so that many of them hold up nothing else."""

_Names = Annotated[tuple[Name, ...], Query(max_length=50, description="Again for one more.")]
_About = Annotated[str | None, Query(min_length=1, max_length=LONGEST_QUESTION, description="Claims about this.")]


def where(
    since: Name = "",
    until: Name = "",
    source: _Names = (),
    author: _Names = (),
    language: Name = "",
) -> Filter:
    """The filter in an address. Days are written 2026-06-15, 2026-06 or 2026."""
    return filter_from(since, until, source, author, language)


Where = Annotated[Filter, Depends(where)]


def searching(assistant: Assistant, queue: AnswerQueue) -> APIRouter:
    router, limit = APIRouter(tags=["searching"]), CapacityLimiter(SEARCHES_AT_ONCE)

    @router.get(
        "/search",
        response_model=FoundFields,
        dependencies=[Depends(allowed(Action.SEARCH))],
        responses=documented(IMPOSSIBLE_FILTER, UNAVAILABLE),
    )
    async def search(q: Question, where: Where, top: Annotated[int, Query(ge=1, le=1000)] = 10) -> Any:
        """Finds the passages nearest to a question, best first. Filter words may stand in the question, too."""
        return await run_sync(partial(found, assistant, q, top, where), limiter=limit)

    @router.get(
        "/claims",
        response_model=ClaimsFields,
        dependencies=[Depends(allowed(Action.CLAIMS))],
        responses=documented(NO_SUCH_ARTICLE, IMPOSSIBLE_FILTER, OVERLOADED, UNAVAILABLE),
    )
    async def claims(
        request: Request,
        article: Annotated[str | None, Query(max_length=2000, description="An article's id or URL.")] = None,
        about: _About = None,
        speaker: Name = "",
        stance: Stance | None = None,
    ) -> Any:
        """Tells who said what, in an article or about a question; of some speakers, of one stance."""
        return await queue.done(whose(request), partial(claims_found, assistant, article, about, speaker, stance))

    return router


def found(assistant: Assistant, question: str, top: int, where: Filter) -> FoundFields:
    """The passages nearest to ``question``. Raises OnRecordError."""
    words, said = read_filter(normalise(question).strip())
    hits = assistant.index.search(words, top, where=where.and_also(said), today=date.today())
    return FoundFields.of(question, hits)


def claims_found(
    assistant: Assistant, article: str | None, about: str | None, speaker: str, stance: Stance | None
) -> ClaimsFields:
    """Raises a problem where not exactly one of ``article`` and ``about`` is given."""
    if (article is None) == (about is None):
        raise INVALID.problem("Give either an article or a question (about).")
    voices = assistant.claims_in(article) if article is not None else assistant.claims_about(about or "")
    return ClaimsFields(claims=list(map(ClaimFields.of, by(voices, speaker, stance))))
