"""What a search that is measured gives: passages, best first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from indexes import Hit

if TYPE_CHECKING:
    from assistant.evaluation.questions import Question


@dataclass(frozen=True)
class Found:
    """A passage as a system returned it: ``text`` is ``article.text[start:end]`` of the article named.

    ``copies`` are near-identical passages of other articles that the system lists under it.
    """

    article_id: str
    title: str
    source: str
    start: int
    end: int
    text: str
    score: float
    copies: tuple[Found, ...] = ()


class System(Protocol):
    """One way of searching."""

    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """What it was made with, for the report."""

    def search(self, question: Question, top: int) -> tuple[list[Found], dict[str, float]]:
        """The ``top`` passages, best first, and the seconds each stage took, "total" among them."""


def found_from(hit: Hit) -> Found:
    article, passage = hit.article, hit.passage
    copies = tuple(map(found_from, hit.copies))
    return Found(article.id, article.title, article.outlet, passage.start, passage.end, hit.text, hit.score, copies)
