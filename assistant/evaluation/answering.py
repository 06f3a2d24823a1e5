"""Evaluates answers: the short answer against the right one, and refusals of unanswerable questions.

Every question is asked twice: of all articles, and with its relevant articles withheld. What is left then may still
hold the answer (lists of relevant articles are never complete), so the share refused is a lower bound.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.answering.reader_judge import ReaderJudge
from assistant.evaluation.matching import Figure, average, exact_match, f1, holds_answer
from assistant.evaluation.questions import Question
from assistant.evaluation.runs import Timing, timing
from assistant.text.wording import normalise_answer
from indexes.types.filters import EVERYTHING

KEPT = 0.9
"""The share of right answers kept at which refusal rates are compared."""

RIGHT = 0.5
"""The F1 at which an answer counts as right."""


@dataclass(frozen=True)
class Reply:
    """What was answered, and how close it is to the known answer.

    ``short`` is the best guess even where the answer was refused; ``confidence`` is 0 to 1. ``em`` and ``f1`` are those
    of the guess, 0 to 1; ``bears``: one of the sentences shown with it contains the answer.
    """

    id: str
    short: str
    confidence: float
    answered: bool
    em: float
    f1: float
    bears: bool
    seconds: float

    @property
    def right(self) -> bool:
        return self.f1 >= RIGHT


@dataclass(frozen=True)
class Tradeoff:
    """At one threshold: the share of right answers kept and the share of unanswerable questions refused."""

    threshold: float
    kept: float
    refused: float


@dataclass(frozen=True)
class Answering:
    """``replies`` to the questions with a known answer; ``withheld`` to those of them that name relevant articles."""

    replies: tuple[Reply, ...]
    withheld: tuple[Reply, ...]
    answerable: frozenset[str]

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """Every figure by name: its value and the number of replies it is computed over."""
        answered = [reply for reply in self.replies if reply.answered]
        able = [reply for reply in self.replies if reply.id in self.answerable]
        right = [reply for reply in able if reply.right]
        return {
            "EM": average([r.em for r in self.replies]),
            "F1": average([r.f1 for r in self.replies]),
            "EM, refusals count as wrong": average([r.em * r.answered for r in self.replies]),
            "F1, refusals count as wrong": average([r.f1 * r.answered for r in self.replies]),
            "EM of what is answered": average([r.em for r in answered]),
            "F1 of what is answered": average([r.f1 for r in answered]),
            "EM where articles are relevant": average([r.em for r in able]),
            "F1 where articles are relevant": average([r.f1 for r in able]),
            "a sentence shown bears the answer": average([float(r.bears) for r in able]),
            "answered": average([float(r.answered) for r in self.replies]),
            "right answers kept": average([float(r.answered) for r in right]),
            "refused without the articles": average([float(not r.answered) for r in self.withheld]),
            f"refused at {KEPT:.0%} of right answers kept": (self.refused_at(KEPT), len(self.withheld)),
        }

    @cached_property
    def milliseconds(self) -> Timing:
        """Milliseconds from the question to the complete answer."""
        return timing([reply.seconds for reply in (*self.replies, *self.withheld)])

    @cached_property
    def curve(self) -> list[Tradeoff]:
        """By ascending threshold: the share kept falls, the share refused rises."""
        right = sorted(r.confidence for r in self.replies if r.id in self.answerable and r.right)
        wrong = sorted(r.confidence for r in self.withheld)
        if not right or not wrong:
            return []
        return [Tradeoff(t, _share_from(right, t), 1 - _share_from(wrong, t)) for t in sorted({0.0, *right, *wrong})]

    def refused_at(self, kept: float) -> float:
        """The largest share refused with at least ``kept`` of the right answers kept; 0 if there are none."""
        return max((point.refused for point in self.curve if point.kept >= kept), default=0.0)


def ask_for_answers(
    judge: ReaderJudge, questions: Sequence[Question], dated: bool, step: Callable[[], None]
) -> Answering:
    """Asks all questions with a known answer, and those with relevant articles again with them withheld."""
    asked = [question for question in questions if question.answers]
    replies, withheld = [], []
    for question in asked[:1]:
        _reply(judge, question, dated)  # loading the models is not timed
    for question in asked:
        replies.append(_reply(judge, question, dated))
        if question.relevant:
            withheld.append(_reply(judge, question, dated, without=frozenset(question.relevant)))
        step()
    answerable = frozenset(question.id for question in asked if question.relevant)
    return Answering(tuple(replies), tuple(withheld), answerable)


def _reply(judge: ReaderJudge, question: Question, dated: bool, without: frozenset[str] = frozenset()) -> Reply:
    start = time.perf_counter()
    considered = judge.consider(question.text, EVERYTHING, question.asked if dated else None, without=without)
    seconds = time.perf_counter() - start
    verdict = considered.verdict
    short = verdict.short or ""
    answers = tuple(map(normalise_answer, question.answers))
    return Reply(
        id=question.id,
        short=short,
        confidence=verdict.confidence,
        answered=considered.answers,
        em=exact_match(short, question.answers),
        f1=f1(short, question.answers),
        bears=any(holds_answer(evidence.text, answers) for evidence in verdict.evidence),
        seconds=seconds,
    )


def _share_from(ascending: Sequence[float], threshold: float) -> float:
    """The share of the values that are at least ``threshold``."""
    import bisect

    return 1 - bisect.bisect_left(ascending, threshold) / len(ascending)
