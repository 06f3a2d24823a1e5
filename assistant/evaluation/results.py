"""Results of a search under evaluation: passages, best first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from indexes import Hit

if TYPE_CHECKING:
    from assistant.evaluation.questions import Question


@dataclass(frozen=True)
class Found:
    """A passage returned by a system: ``text`` is ``article.text[start:end]`` of the article named.

    ``copies`` are near-identical passages of other articles that the system groups under it.
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
    """Interface of a search system."""

    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its settings, for the report."""

    def search(self, question: Question, top: int) -> tuple[list[Found], dict[str, float]]:
        """The ``top`` passages, best first, and the seconds each stage took, "total" among them."""


def found_from(hit: Hit) -> Found:
    article, passage = hit.article, hit.passage
    copies = tuple(map(found_from, hit.copies))
    return Found(article.id, article.title, article.outlet, passage.start, passage.end, hit.text, hit.score, copies)
