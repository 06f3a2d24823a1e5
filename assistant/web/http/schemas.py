"""The shapes of requests, and of responses other than answers, which :mod:`assistant.output.answer_models` has."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.assistant import LONGEST_QUESTION
from assistant.history.feedback import LONGEST_COMMENT, Reason, Thumb
from assistant.output.quotation_models import PAGE, CitationFields, ClaimFields, Source
from assistant.types.answers import Kind
from assistant.types.turns import LONGEST_TURN, MOST_TURNS, Remembered
from indexes.types.filters import Filter, filter_from

Name = Annotated[str, Field(max_length=200)]
Whole = Annotated[int, Field(ge=-(2**53), le=2**53)]
"""A whole number that SQLite keeps and JavaScript reads as it is. Those in requests are of this kind or narrower."""

Question = Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION, examples=["who denied the call?"])]
_DAY = "A day, month or year: 2026-06-15, 2026-06 or 2026."


class Asks(BaseModel):
    """What all requests have in common: a field that is not known is an error, not passed over."""

    model_config = ConfigDict(extra="forbid")


class FilterFields(Asks):
    """Which articles to search; a field left out asks for nothing. Of several outlets or authors one is enough."""

    since: Name = Field(default="", description=f"Of this day or later. {_DAY}")
    until: Name = Field(default="", description=f"Of this day or earlier. {_DAY}")
    sources: list[Name] = Field(default=[], max_length=50, description="Outlets, by name or domain.")
    authors: list[Name] = Field(default=[], max_length=50)
    language: Name = Field(default="", examples=["en"])

    def filter(self) -> Filter:
        """Raises ImpossibleFilter where they are no filter."""
        return filter_from(self.since, self.until, self.sources, self.authors, self.language)


class EarlierSentence(BaseModel):
    """A sentence of an answer got before."""

    text: str = Field(max_length=5000)


class EarlierTurn(BaseModel):
    """A turn before this question: an answer of this API, sent back as it came; only these fields are read."""

    searched: str = Field(max_length=3 * LONGEST_QUESTION, description="The question as it was searched.")
    answer: str | None = Field(None, max_length=5000, description="The answer in a few words.")
    sentences: list[EarlierSentence] = Field([], max_length=50)

    def remembered(self) -> Remembered:
        return Remembered(self.searched, self.answer, tuple(sentence.text for sentence in self.sentences))


EarlierTurns = Annotated[list[EarlierTurn], Field(max_length=MOST_TURNS)]


class AskRequest(Asks):
    """A question, which articles to search, and what was asked before."""

    question: Question
    filter: FilterFields = FilterFields()
    turns: EarlierTurns = Field(
        [],
        description="The turns before, oldest first, so that follow-ups are understood. Of each question and of each "
        f"answer {LONGEST_TURN:,} characters are used.",
    )
    stream: bool = Field(False, description="Server-sent events instead of one answer.")
    id: Name | Whole | None = Field(None, description="Given back with the answer.")


class ArticleSummary(Source):
    """One version of an article, without its text."""

    id: str
    version: int
    versions: list[int]
    authors: list[str]
    language: str
    added: datetime
    sha256: str
    characters: int
    page: str = Field(description=PAGE)


class Highlight(BaseModel):
    """The stretch asked for: ``text[start:end] == quote``."""

    start: int
    end: int
    quote: str


class ArticleFields(ArticleSummary):
    """One version of an article with its text; offsets count its code points."""

    text: str
    highlight: Highlight | None


class ArticlesFields(BaseModel):
    """A page of the articles, newest first. ``next`` is the address of the page after it."""

    articles: list[ArticleSummary]
    total: int
    next: str | None


class ClaimsFields(BaseModel):
    """Claims, those that bear on the question most first; of an article in the order of its text."""

    claims: list[ClaimFields]


class StateFields(BaseModel):
    """Whether the process lives, or is ready."""

    status: Literal["ok"] = "ok"
    note: str | None = Field(None, description="What does not work as it should, though questions are answered.")


class GivenBasis(BaseModel):
    """Of the basis of an answer got before, what is read."""

    revision: int = Field(ge=0, lt=2**53)


class GivenCitation(CitationFields):
    """A citation of an answer got before."""

    n: Whole
    version: Whole
    start: Whole
    end: Whole


class GivenAnswer(BaseModel):
    """An answer of this API, sent back as it came; only these fields are read."""

    question: Question
    searched: str = Field(max_length=3 * LONGEST_QUESTION)
    filter: str = Field("", max_length=20_000)
    kind: Kind
    answer: str | None = Field(None, max_length=5000)
    citations: list[GivenCitation] = Field([], max_length=50)
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
    kind: Kind
    answer: str | None
    citations: list[CitedFields]
    revision: int = Field(description="That of the index when it was asked.")


class FeedbacksFields(BaseModel):
    """A page of the feedback, newest first. ``next`` is the address of the page after it."""

    feedback: list[FeedbackFields]
    total: int
    next: str | None
