"""The shapes of what is taken in: articles and followed feeds, and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from assistant.web.http.schemas import Asks


class OutcomeFields(BaseModel):
    """What became of one article."""

    kind: Literal["added", "updated", "unchanged", "refused"]
    where: str = Field(description="The file, and the record in it; or the address.")
    article_id: str | None
    version: int | None
    title: str | None
    source_note: str | None = Field(description="As with articles: shown in place of an outlet that is only claimed.")
    reason: str | None


class AddedFields(BaseModel):
    """What became of each article, in order, and how many of each."""

    outcomes: list[OutcomeFields]
    added: int
    updated: int
    unchanged: int
    refused: int


class FeedRequest(Asks):
    """A feed, by its own address."""

    url: str = Field(min_length=1, max_length=2048, examples=["https://paper.example/feed"])


class LookRequest(Asks):
    """Which feed to look at; all of them, where none is named."""

    url: str | None = Field(None, min_length=1, max_length=2048, examples=["https://paper.example/feed"])


class FeedFields(BaseModel):
    """A followed feed, and how following it goes. ``failure`` is the last one, in words, ``articles`` were taken."""

    url: str
    title: str
    articles: int
    added: datetime
    last_success: datetime | None
    last_failure: datetime | None
    failure: str | None


class FeedsFields(BaseModel):
    """The followed feeds, in the order in which they were added."""

    feeds: list[FeedFields]
    watch_minutes: float = Field(description="How often the server looks at them by itself; 0: not at all.")


class FollowedFields(BaseModel):
    """A feed that is followed now. Nothing is taken yet of its ``entries``."""

    feed: FeedFields
    new: bool = Field(description="It was not followed before.")
    entries: int


class VisitFields(BaseModel):
    """How a visit to a feed ended; ``unchanged``: its server said so."""

    kind: Literal["visited", "unchanged", "failed"]
    feed: str
    reason: str | None


class FeedOutcomeFields(OutcomeFields):
    """What became of one article of a feed."""

    feed: str


class LookedFields(BaseModel):
    """What became of each new article in the feeds, how many of each, and how each visit ended."""

    outcomes: list[FeedOutcomeFields]
    visits: list[VisitFields]
    added: int
    updated: int
    unchanged: int
    refused: int
