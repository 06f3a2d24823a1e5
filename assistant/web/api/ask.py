"""``POST /api/v1/ask``: a question, answered whole or as it grows."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from fastapi.sse import ServerSentEvent
from starlette.requests import Request

from assistant.accounts.permissions import Action
from assistant.assistant import Assistant
from assistant.output.answer_models import AnswerFields, turn_fields
from assistant.types.answers import Notice
from assistant.types.turns import Turn
from assistant.web.http.problems import (
    IMPOSSIBLE_FILTER,
    MALFORMED,
    OVERLOADED,
    TOO_LARGE,
    UNAVAILABLE,
    ProblemRaised,
    allowed,
    documented,
)
from assistant.web.http.queue import AnswerQueue, Waiting
from assistant.web.http.schemas import AskRequest
from assistant.web.http.sse import Events, comment, event, event_stream
from assistant.web.middleware.rate_limits import whose

_STREAM = {
    "description": "The answer. As server-sent events: `turn` for each step it grows by, the last one whole, then "
    "`done`; or `problem`.",
    "content": {
        "text/event-stream": {"example": 'event: turn\ndata: {"kind": "answered", …}\n\nevent: done\ndata: {}'}
    },
}
_EXAMPLES = {
    "question": {"summary": "A question", "value": {"question": "who denied the call?"}},
    "follow-up": {
        "summary": "A follow-up, in some outlets",
        "value": {
            "question": "What did he say about the telephone log?",
            "filter": {"since": "2026-06", "sources": ["Northline News Agency"]},
            "turns": [{"searched": "who denied the call?", "answer": "Tomas Verrin", "sentences": []}],
        },
    },
}


def asking(assistant: Assistant, queue: AnswerQueue) -> APIRouter:
    router = APIRouter(tags=["asking"])

    @router.post(
        "/ask",
        response_model=AnswerFields,
        dependencies=[Depends(allowed(Action.ASK))],
        responses={200: _STREAM, **documented(MALFORMED, TOO_LARGE, IMPOSSIBLE_FILTER, OVERLOADED, UNAVAILABLE)},
    )
    async def ask(request: Request, body: Annotated[AskRequest, Body(openapi_examples=_EXAMPLES)]) -> Any:
        """Answers with the sentences that say so, or says that the articles don't.

        A notice says in words why there is no answer: there are no articles, or none passes the filter words in the
        question. Where On Record itself fails, that is a problem.
        """
        where, earlier = body.filter.filter(), [turn.remembered() for turn in body.turns]
        turns = queue.taken(whose(request), assistant.converse(body.question, where, earlier))
        if body.stream or "text/event-stream" in request.headers.get("accept", ""):
            return await event_stream(_events(turns, body.id))
        return turn_fields(await whole(turns, request), body.id)

    return router


async def whole(turns: AsyncGenerator[Turn | Waiting], request: Request | None = None) -> Turn:
    """The last of ``turns``, if ``request`` is still there to be told when their turn comes.

    Raises:
        ProblemRaised: On Record failed, or whoever asked has gone.
        LineFull: too many are asking.
    """
    last = None
    async with aclosing(turns):
        async for turn in turns:
            if isinstance(turn, Waiting):
                if request is not None and await request.is_disconnected():
                    raise UNAVAILABLE.problem("The client has disconnected.")
            else:
                last = turn
    assert last is not None  # converse yields at least one
    failed = failure(last)
    if failed:
        raise failed
    return last


def failure(turn: Turn) -> ProblemRaised | None:
    """The problem a turn tells of; None where it is an answer or a notice to whoever asked."""
    answer = turn.answer
    return UNAVAILABLE.problem(answer.text) if isinstance(answer, Notice) and answer.failed else None


def waiting(turn: Waiting) -> ServerSentEvent:
    """How long it may be, for people who watch the stream; nothing that a program has to understand."""
    return comment(f"about {turn.seconds} seconds to wait")


async def _events(turns: AsyncGenerator[Turn | Waiting], id: str | int | None) -> Events:
    async with aclosing(turns):
        async for turn in turns:
            if isinstance(turn, Waiting):
                yield waiting(turn)
                continue
            failed = failure(turn)
            if failed:
                yield event(failed.document, "problem")
                return
            yield event(turn_fields(turn, id), "turn")
    yield event({}, "done")
