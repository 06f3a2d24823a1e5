"""``/v1/chat/completions`` and ``/v1/models``: OpenAI's protocol, for programs that speak it already."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends
from fastapi.sse import ServerSentEvent
from pydantic import BaseModel, Field
from starlette.requests import Request

from assistant.accounts.permissions import Action
from assistant.assistant import LONGEST_QUESTION, Assistant
from assistant.conversation.follow_up import EarlierTurns
from assistant.output.lines import answer_lines, disagreement_lines, said_lines, source_lines
from assistant.text.wording import on_one_line
from assistant.types.answers import Answer, Answered
from assistant.types.citations import Citation
from assistant.types.turns import LONGEST_TURN, MOST_TURNS, Remembered, Turn
from assistant.web.api.ask import failure, waiting, whole
from assistant.web.http.problems import (
    INVALID,
    MALFORMED,
    NO_SUCH_MODEL,
    OVERLOADED,
    TOO_LARGE,
    UNAVAILABLE,
    allowed,
    documented,
    openai_error,
)
from assistant.web.http.queue import AnswerQueue, Waiting
from assistant.web.http.request import address_of
from assistant.web.http.sse import Events, event, event_stream
from assistant.web.middleware.rate_limits import whose

MODEL = "onrecord"
WITHDRAWN = "(The text above was withdrawn during checking. The answer:)"
_MARKS = re.compile(r"(?:\[\d+\])+$", re.MULTILINE)
_NUMBER = re.compile(r"\[(\d+)\]")
_SCOPE = re.compile(r"From \d+ articles?\b.*\.")


class Part(BaseModel):
    """A part of a message; only text is read."""

    type: str
    text: str = ""


class Message(BaseModel):
    """A message of a conversation. What a system, developer or tool message says is passed over."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | Annotated[list[Part], Field(max_length=100)] | None = Field(None, examples=["who denied the call?"])

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


@dataclass(frozen=True)
class Conversation:
    """The last question, and the turns before it. ``question`` is empty where no one asks."""

    question: str
    turns: tuple[Remembered, ...]


def question_in(messages: Sequence[Message]) -> str:
    """The last message of the user; nothing where no one asks."""
    return next((message.text for message in reversed(messages) if message.role == "user"), "")


def conversation(messages: Sequence[Message]) -> Conversation:
    """The last message of the user is the question; those before are turns, with the answers they got.

    Of a long conversation the last turns are used, and of a long message its beginning. Work for a thread.
    """
    asked = [n for n, message in enumerate(messages) if message.role == "user"]
    earlier = EarlierTurns()
    for n in asked[-1 - MOST_TURNS : -1]:
        answer = messages[n + 1].text if messages[n + 1].role == "assistant" else ""
        searched = earlier.follow_up(messages[n].text[:LONGEST_TURN])
        earlier.add(_remembered(searched, answer[:LONGEST_TURN]))
    return Conversation(question_in(messages), tuple(earlier))


def said(answer: Answer) -> str:
    """What an answer says, without its sources; while an answer grows, more is said."""
    lines = said_lines(replace(answer, notice="")) if isinstance(answer, Answered) else answer_lines(answer)
    return "\n".join(lines)


def closing(answer: Answer) -> str:
    """What comes after it: the sources, where the articles disagree, and what has to be known of it."""
    if not isinstance(answer, Answered):
        return ""
    disagreement = disagreement_lines(answer)
    notice = ["", answer.notice] if answer.notice else []
    return "\n" + "\n".join([*source_lines(answer), *([""] if disagreement else []), *disagreement, *notice])


def citations_in(content: str, turn: Turn, base: str, start: int = 0) -> list[dict[str, Any]]:
    """Where ``content``, from ``start`` on, names a source: ``url_citation``, to our page opened at the quotation."""
    if not isinstance(turn.answer, Answered):
        return []
    cited = {str(n): citation for citation, n in turn.answer.numbers.items()}
    end = len(content) - len(closing(turn.answer))
    return [
        _annotation(mark, cited[mark[1]], base)
        for marks in _MARKS.finditer(content, start, end)
        for mark in _NUMBER.finditer(content, *marks.span())
        if mark[1] in cited
    ]


def _annotation(mark: re.Match[str], citation: Citation, base: str) -> dict[str, Any]:
    where = {"start_index": mark.start(), "end_index": mark.end()}
    link = {"title": citation.title, "url": base + citation.page}
    return {"type": "url_citation", "url_citation": {**where, **link}}


def _remembered(searched: str, answer: str) -> Remembered:
    """A turn out of the text that was made of it: the short answer first, then sentences that end in their numbers."""
    paragraphs = list(map(on_one_line, answer.split("\n\n")))
    told = tuple(_MARKS.sub("", one).strip() for one in paragraphs if _MARKS.search(one))
    first = paragraphs[0]
    is_heading = first.endswith(("?", ":")) or _SCOPE.fullmatch(first)
    is_short = told and not _MARKS.search(first) and not is_heading
    return Remembered(searched, first if is_short else None, told)


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


def openai_protocol(assistant: Assistant, queue: AnswerQueue) -> APIRouter:
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
        turns = queue.taken(whose(request), _turns(assistant, body.messages))
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
        raise NO_SUCH_MODEL.problem(f"There is no model {model!r}. Use {MODEL!r}.")


def _check_question(question: str) -> None:
    if not 0 < len(question.strip()) <= LONGEST_QUESTION:
        raise INVALID.problem(f"The last user message must be a question of 1 to {LONGEST_QUESTION} characters.")


def _turns(assistant: Assistant, messages: list[Message]) -> Generator[Turn]:
    """Understanding the conversation is work, and waits for its turn as answering it does."""
    asked = conversation(messages)
    yield from assistant.converse(asked.question, turns=asked.turns)


async def _chunks(turns: AsyncGenerator[Turn | Waiting], base: str) -> Events:
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
    yield ServerSentEvent(raw_data="[DONE]")


def _chunk(head: dict[str, Any], delta: dict[str, Any], finish: str | None = None) -> ServerSentEvent:
    return event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def _head() -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": MODEL}
