"""Schemas for adding articles and following feeds, and for their outcomes."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from assistant.web.http.schemas import Asks


class OutcomeFields(BaseModel):
    """The outcome for one article."""

    kind: Literal["added", "updated", "unchanged", "refused"]
    where: str = Field(description="The file, and the record in it; or the address.")
    article_id: str | None
    version: int | None
    title: str | None
    source_note: str | None = Field(description="As with articles: shown in place of an outlet that is only claimed.")
    reason: str | None


class AddedFields(BaseModel):
    """The outcome for each article, in order, and how many of each kind."""

    outcomes: list[OutcomeFields]
    added: int
    updated: int
    unchanged: int
    refused: int


class FeedRequest(Asks):
    """A feed, by its own address."""

    url: str = Field(min_length=1, max_length=2048, examples=["https://paper.example/feed"])


class LookRequest(Asks):
    """The feed to check; all of them if none is named."""

    url: str | None = Field(None, min_length=1, max_length=2048, examples=["https://paper.example/feed"])


class FeedFields(BaseModel):
    """A followed feed and its state. ``failure`` is the last one, in words; ``articles`` counts those added from it."""

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
    """A feed that is now followed. None of its ``entries`` has been added yet."""

    feed: FeedFields
    new: bool = Field(description="It was not followed before.")
    entries: int


class VisitFields(BaseModel):
    """How checking a feed ended; ``unchanged``: its server said that nothing is new."""

    kind: Literal["visited", "unchanged", "failed"]
    feed: str
    reason: str | None


class FeedOutcomeFields(OutcomeFields):
    """The outcome for one article of a feed."""

    feed: str


class LookedFields(BaseModel):
    """The outcome for each new article in the feeds, how many of each kind, and how each visit ended."""

    outcomes: list[FeedOutcomeFields]
    visits: list[VisitFields]
    added: int
    updated: int
    unchanged: int
    refused: int
