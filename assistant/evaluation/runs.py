"""A run: a search system's judged results for every question. Results are judged at once and their text discarded."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from assistant.evaluation.matching import first_words, holds_answer, holds_sentence
from assistant.evaluation.questions import Question
from assistant.text.wording import normalise_answer, on_one_line
from indexes import Hit

DEPTH = 50
"""How many passages are requested: enough to cover about twenty articles."""

WORDS = 1000
"""Words read in the measures that do not reward longer passages."""

_SHOWN = 3
_SNIPPET = 280


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


@dataclass(frozen=True)
class Judged:
    """A retrieved passage and its relevance to the question.

    ``right_article``: it, or a copy of it, is in a relevant article. ``bears_relevant``: that one contains the answer.
    ``title``, ``source`` and ``snippet`` are kept of the first three only, for the report.
    """

    article_id: str
    start: int
    end: int
    score: float
    words: int
    right_article: bool
    bears_answer: bool
    bears_relevant: bool
    bears_sentence: bool
    copies: tuple[str, ...] = ()
    title: str = ""
    source: str = ""
    snippet: str = ""


@dataclass(frozen=True)
class Ranking:
    """The judged results for one question, best first, and the seconds each stage took.

    ``answer_in_words`` and ``relevant_in_words``: whether the first 1,000 words contain the answer, anywhere
    or in passages of relevant articles.
    """

    question: Question
    passages: tuple[Judged, ...]
    answer_in_words: bool
    relevant_in_words: bool
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def articles(self) -> list[str]:
        """Ids of the articles in the order of their first passage, each followed by those of its copies."""
        return list(dict.fromkeys(id for passage in self.passages for id in (passage.article_id, *passage.copies)))


@dataclass(frozen=True)
class Run:
    """One system's rankings, one per question."""

    system: str
    settings: Mapping[str, Any]
    rankings: tuple[Ranking, ...]


def ask_all(system: System, questions: Sequence[Question], step: Callable[[], None]) -> Run:
    """Asks every question. The first is asked once beforehand, so that loading the model is not timed."""
    for question in questions[:1]:
        system.search(question, DEPTH)
    rankings = []
    for question in questions:
        found, seconds = system.search(question, DEPTH)
        rankings.append(judge(question, found, seconds))
        step()
    return Run(system.name, system.settings, tuple(rankings))


def judge(question: Question, found: Sequence[Found], seconds: Mapping[str, float] | None = None) -> Ranking:
    """``found`` as a ranking, each passage judged by the question's labels."""
    answers = tuple(map(normalise_answer, question.answers))
    passages = tuple(_judged(question, answers, passage, rank <= _SHOWN) for rank, passage in enumerate(found, start=1))
    anywhere, relevant = _within(WORDS, question, answers, found)
    return Ranking(question, passages, anywhere, relevant, seconds or {})


def _judged(question: Question, answers: tuple[str, ...], found: Found, shown: bool) -> Judged:
    group = (found, *found.copies)
    return Judged(
        article_id=found.article_id,
        start=found.start,
        end=found.end,
        score=found.score,
        words=len(found.text.split()),
        right_article=any(one.article_id in question.relevant for one in group),
        bears_answer=holds_answer(found.text, answers),
        bears_relevant=_bears_relevant(question, answers, group),
        bears_sentence=holds_sentence(found.text, question.sentences),
        copies=tuple(copy.article_id for copy in found.copies),
        title=found.title if shown else "",
        source=found.source if shown else "",
        snippet=on_one_line(found.text)[:_SNIPPET] if shown else "",
    )


def _bears_relevant(question: Question, answers: tuple[str, ...], group: Sequence[Found]) -> bool:
    return any(one.article_id in question.relevant and holds_answer(one.text, answers) for one in group)


def _within(words: int, question: Question, answers: tuple[str, ...], found: Sequence[Found]) -> tuple[bool, bool]:
    """Whether the first ``words`` words of the results contain the answer: anywhere, and in relevant articles."""
    anywhere = relevant = False
    left = words
    for passage in found:
        if left <= 0 or relevant:
            break
        group = (passage, *passage.copies)
        anywhere |= holds_answer(first_words(passage.text, left), answers)
        relevant |= any(
            one.article_id in question.relevant and holds_answer(first_words(one.text, left), answers) for one in group
        )
        left -= len(passage.text.split())
    return anywhere, relevant


_FIRST = 10


@dataclass(frozen=True)
class Timing:
    """Milliseconds over all questions: the ``median`` and the 95th percentile, ``p95``."""

    median: float
    p95: float


def timings(run: Run) -> dict[str, Timing]:
    """By stage, in the order the stages ran."""
    seconds = defaultdict[str, list[float]](list)
    for ranking in run.rankings:
        for stage, taken in ranking.seconds.items():
            seconds[stage].append(taken)
    return {stage: timing(taken) for stage, taken in seconds.items()}


def median_words(run: Run) -> float:
    """The median length in words of the first ten passages, over all questions; 0 if none was found."""
    words = [passage.words for ranking in run.rankings for passage in ranking.passages[:_FIRST]]
    return float(statistics.median(words)) if words else 0.0


def timing(seconds: Sequence[float]) -> Timing:
    """The timing of one stage; 0 if nothing was timed."""
    if not seconds:
        return Timing(0.0, 0.0)
    slowest = sorted(seconds)[math.ceil(0.95 * len(seconds)) - 1]
    return Timing(1000 * statistics.median(seconds), 1000 * slowest)
