"""What a report leads with: the best-founded way of judging that a dataset allows, and the failures by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assistant.evaluation.evaluation import Evaluation, Measured
from assistant.evaluation.measures import evaluate
from assistant.evaluation.runs import Judged, Ranking

WITHIN = 10


@dataclass(frozen=True)
class Headline:
    """A family of judgements with its recall, its rank measure, and which passages count as right."""

    family: str
    recall: str
    rank: str
    is_right: Callable[[Judged], bool]
    right: str


_HEADLINES = (
    Headline(
        "answer-relevant",
        "answer-recall-relevant@10",
        "answer-mrr-relevant@10",
        lambda p: p.bears_relevant,
        "the answer, in a relevant article",
    ),
    Headline("article", "recall@10", "mrr@10", lambda p: p.right_article, "a relevant article"),
    Headline("answer", "answer-recall@10", "answer-recall@10", lambda p: p.bears_answer, "the answer"),
    Headline(
        "sentence",
        "sentence-recall@10",
        "sentence-recall@10",
        lambda p: p.bears_sentence,
        "one of the marked sentences",
    ),
)


def headline(evaluation: Evaluation) -> Headline | None:
    """None where nothing could be measured."""
    return next((one for one in _HEADLINES if evaluation.first.scores[one.recall].n), None)


def curve(measured: Measured, lead: Headline, upto: int = 20) -> list[float]:
    """Mean recall among the first 1, 2, … ``upto``."""
    computed = "R" if lead.family == "article" else "Success"
    values = evaluate(measured.run, lead.family, [f"{computed}@{k}" for k in range(1, upto + 1)])
    return [sum(by_question.values()) / len(by_question) for by_question in values.values()]


def failures(evaluation: Evaluation, lead: Headline) -> list[Ranking]:
    """Rankings of the first system whose first ten hold nothing right."""
    values = evaluation.first.scores[lead.recall].values
    return [ranking for ranking in evaluation.first.run.rankings if values.get(ranking.question.id, 1.0) == 0.0]
