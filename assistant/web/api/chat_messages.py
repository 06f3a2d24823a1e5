"""OpenAI's chat messages: a conversation out of them, and an answer into them. Knows nothing of HTTP."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from assistant.conversation.follow_up import EarlierTurns
from assistant.output.serialization import NOT_FOUND, answer_lines, said_lines, source_lines
from assistant.types.answers import Answer, Answered
from assistant.types.citations import Citation
from assistant.types.turns import LONGEST_TURN, MOST_TURNS, Remembered, Turn

MODEL = "onrecord"
WITHDRAWN = "(What stands above was withdrawn while it was being checked. The answer:)"
_MARKS = re.compile(r"(?:\[\d+\])+$", re.MULTILINE)
_NUMBER = re.compile(r"\[(\d+)\]")


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
    notice = ["", answer.notice] if answer.notice else []
    return "\n" + "\n".join([*source_lines(answer), *notice])


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
    paragraphs = [" ".join(one.split()) for one in answer.split("\n\n")]
    told = tuple(_MARKS.sub("", one).strip() for one in paragraphs if _MARKS.search(one))
    first = paragraphs[0]
    is_short = told and not _MARKS.search(first) and first != NOT_FOUND
    return Remembered(searched, first if is_short else None, told)
