"""``/v1/chat/completions`` and ``/v1/models``: OpenAI's protocol, for programs that speak it already."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, Field
from starlette.requests import Request

from assistant.accounts.permissions import Action
from assistant.assistant import LONGEST_QUESTION, Assistant
from assistant.types.turns import Turn
from assistant.web.api.ask import failure, waiting, whole
from assistant.web.api.chat_messages import (
    MODEL,
    WITHDRAWN,
    Message,
    citations_in,
    closing,
    conversation,
    question_in,
    said,
)
from assistant.web.http.access import allowed
from assistant.web.http.paths import address_of
from assistant.web.http.problems import (
    INVALID,
    MALFORMED,
    NO_SUCH_MODEL,
    OVERLOADED,
    TOO_LARGE,
    UNAVAILABLE,
    documented,
    openai_error,
)
from assistant.web.http.queue import Line, Waiting
from assistant.web.http.streaming import event, event_stream
from assistant.web.middleware.rate_limits import whose

_STREAM = {"content": {"text/event-stream": {"example": "data: {…}\n\ndata: [DONE]"}}}


class CompletionRequest(BaseModel):
    """A conversation. What else OpenAI's requests may hold (temperature and the like) is passed over."""

    model: str = Field(max_length=200, examples=[MODEL])
    messages: list[Message] = Field(min_length=1, max_length=200)
    stream: bool | None = False


class Model(BaseModel):
    """The one model there is: the articles."""

    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = 1767225600
    owned_by: str = MODEL


class Models(BaseModel):
    """All models."""

    object: Literal["list"] = "list"
    data: list[Model] = Field(default_factory=lambda: [Model()])


class UrlCitation(BaseModel):
    """A source, and where in the content it is named."""

    start_index: int
    end_index: int
    title: str
    url: str


class Annotation(BaseModel):
    """A mark in the content."""

    type: Literal["url_citation"]
    url_citation: UrlCitation


class AssistantMessage(BaseModel):
    """The answer: sentences with [n], the list of sources, and the same as annotations."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[Annotation]


class Choice(BaseModel):
    """The one answer there is."""

    index: int = 0
    message: AssistantMessage
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class Completion(BaseModel):
    """An answer in OpenAI's shape. Tokens are not counted: ``usage`` is left out."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    choices: list[Choice]


def openai_protocol(assistant: Assistant, line: Line) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["OpenAI's protocol"], dependencies=[Depends(allowed(Action.ASK))])

    @router.get("/models", response_model=Models, responses=documented())
    def models() -> Any:
        """Lists the one model."""
        return Models()

    @router.get("/models/{model}", response_model=Model, responses=documented(NO_SUCH_MODEL))
    def model(model: str) -> Any:
        """Tells of the one model."""
        _check(model)
        return Model()

    @router.post(
        "/chat/completions",
        response_model=Completion,
        responses={200: _STREAM, **documented(MALFORMED, TOO_LARGE, NO_SUCH_MODEL, OVERLOADED, UNAVAILABLE)},
    )
    async def completions(request: Request, body: Annotated[CompletionRequest, Body()]) -> Any:
        """Answers the last message of the user; those before it are the conversation.

        Of the conversation the last 20 turns are used, and of each message its first 2,000 characters.
        """
        _check(body.model)
        _check_question(question_in(body.messages))
        turns = line.taken(whose(request), _turns(assistant, body.messages))
        base = address_of(request)
        if body.stream:
            return await event_stream(_chunks(turns, base))
        turn = await whole(turns, request)
        content = said(turn.answer) + closing(turn.answer)
        message = {"content": content, "annotations": citations_in(content, turn, base)}
        return {**_head(), "choices": [{"message": message}]}

    return router


def _check(model: str) -> None:
    if model != MODEL:
        raise NO_SUCH_MODEL.problem(f"There is no model {model!r} here; there is {MODEL!r}.")


def _check_question(question: str) -> None:
    if not 0 < len(question.strip()) <= LONGEST_QUESTION:
        raise INVALID.problem(f"The last user message must be a question of 1 to {LONGEST_QUESTION} characters.")


def _turns(assistant: Assistant, messages: list[Message]) -> Generator[Turn]:
    """Understanding the conversation is work, and waits for its turn as answering it does."""
    asked = conversation(messages)
    yield from assistant.converse(asked.question, turns=asked.turns)


async def _chunks(turns: AsyncGenerator[Turn | Waiting], base: str) -> AsyncGenerator[str]:
    """The answer in pieces: only ever more text, so what a language model has to take back is called withdrawn."""
    head = {**_head(), "object": "chat.completion.chunk"}
    sent, withdrawn, last = "", "", None
    async with aclosing(turns):
        async for turn in turns:
            if isinstance(turn, Waiting):
                yield waiting(turn)
                continue
            if last is None:
                yield _chunk(head, {"role": "assistant", "content": ""})
            failed = failure(turn)
            if failed:
                yield event({"error": openai_error(failed)})
                return
            if not (withdrawn + said(turn.answer)).startswith(sent):
                withdrawn = f"{sent}\n\n{WITHDRAWN}\n\n"
            now = withdrawn + said(turn.answer)
            yield _chunk(head, {"content": now[len(sent) :]})
            sent, last = now, turn
    assert last is not None  # converse yields at least one
    end = closing(last.answer)
    yield _chunk(head, {"content": end, "annotations": citations_in(sent + end, last, base, len(withdrawn))})
    yield _chunk(head, {}, "stop")
    yield "data: [DONE]\n\n"


def _chunk(head: dict[str, Any], delta: dict[str, Any], finish: str | None = None) -> str:
    return event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def _head() -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": MODEL}
