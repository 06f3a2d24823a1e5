"""``POST /api/v1/ask``: a question, answered at once or as a stream."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from starlette.requests import Request

from assistant.accounts.permissions import Action
from assistant.assistant import Assistant
from assistant.output.serialization import turn_json
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
from assistant.web.http.queue import Line, Waiting
from assistant.web.http.schemas import AnswerFields, AskRequest
from assistant.web.http.sse import comment, event, event_stream
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


def asking(assistant: Assistant, line: Line) -> APIRouter:
    router = APIRouter(tags=["asking"])

    @router.post(
        "/ask",
        response_model=AnswerFields,
        dependencies=[Depends(allowed(Action.ASK))],
        responses={200: _STREAM, **documented(MALFORMED, TOO_LARGE, IMPOSSIBLE_FILTER, OVERLOADED, UNAVAILABLE)},
    )
    async def ask(request: Request, body: Annotated[AskRequest, Body(openapi_examples=_EXAMPLES)]) -> Any:
        """Answers a question with sentences from the articles, or says that the articles don't say.

        A notice says in words why there is no answer: there are no articles, or none matches the filter words in the
        question. If On Record itself fails, the response is a problem.
        """
        where, earlier = body.filter.filter(), [turn.remembered() for turn in body.turns]
        turns = line.taken(whose(request), assistant.converse(body.question, where, earlier))
        if body.stream or "text/event-stream" in request.headers.get("accept", ""):
            return await event_stream(_events(turns, body.id))
        return turn_json(await whole(turns, request), body.id)

    return router


async def whole(turns: AsyncGenerator[Turn | Waiting], request: Request | None = None) -> Turn:
    """The last of ``turns``, unless the client of ``request`` disconnects while waiting.

    Raises:
        ProblemRaised: On Record failed, or the client has disconnected.
        LineFull: too many questions are waiting.
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
    """The problem that a failed turn is reported as; None for an answer or a notice."""
    answer = turn.answer
    return UNAVAILABLE.problem(answer.text) if isinstance(answer, Notice) and answer.failed else None


def waiting(turn: Waiting) -> str:
    """The expected wait, as a comment for people watching the stream; programs ignore it."""
    return comment(f"about {turn.seconds} seconds to wait")


async def _events(turns: AsyncGenerator[Turn | Waiting], id: str | int | None) -> AsyncGenerator[str]:
    async with aclosing(turns):
        async for turn in turns:
            if isinstance(turn, Waiting):
                yield waiting(turn)
                continue
            failed = failure(turn)
            if failed:
                yield event(failed.document, "problem")
                return
            yield event(turn_json(turn, id), "turn")
    yield event({}, "done")
