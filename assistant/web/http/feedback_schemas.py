"""The shapes of feedback: the answer it is on, and what was thought of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from assistant.assistant import LONGEST_QUESTION
from assistant.history.feedback import LONGEST_COMMENT, Reason, Thumb
from assistant.web.http.schemas import Asks, CitationFields, Question


class GivenBasis(BaseModel):
    """Of the basis of an answer got before, what is read."""

    revision: int = Field(ge=0, lt=2**53)


class GivenAnswer(BaseModel):
    """An answer of this API, sent back as it came; only these fields are read."""

    question: Question
    searched: str = Field(max_length=3 * LONGEST_QUESTION)
    filter: str = Field("", max_length=20_000)
    kind: Literal["answered", "not_found", "notice"]
    answer: str | None = Field(None, max_length=5000)
    citations: list[CitationFields] = Field([], max_length=50)
    basis: GivenBasis | None = None


class FeedbackRequest(Asks):
    """A thumb up or down for an answer: for a turn of a conversation of one's own, or for an answer of this API."""

    turn: str | None = Field(None, max_length=64, description="The id of a turn.")
    answer: GivenAnswer | None = Field(None, description="The answer itself, for whoever has no conversations.")
    verdict: Thumb
    reason: Reason | None = Field(
        None, description="The first two go with up, the others with down; other needs a comment."
    )
    comment: str = Field("", max_length=LONGEST_COMMENT)


class CitedFields(BaseModel):
    """A place that an answer cited."""

    article_id: str
    version: int
    sha256: str
    start: int
    end: int
    quote: str


class FeedbackFields(BaseModel):
    """What someone thought of an answer, and what was answered. Who it was is not told."""

    id: str
    created: datetime
    verdict: Thumb
    reason: Reason | None
    comment: str
    question: str
    searched: str
    filter: str
    kind: Literal["answered", "not_found", "notice"]
    answer: str | None
    citations: list[CitedFields]
    revision: int = Field(description="That of the index when it was asked.")


class FeedbacksFields(BaseModel):
    """A page of the feedback, newest first. ``next`` is the address of the page after it."""

    feedback: list[FeedbackFields]
    total: int
    next: str | None
