"""The measures, their relevance judgements and their confidence intervals. ir_measures computes every rank measure.

Names are those of the command line and of docs/evaluation.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from assistant.evaluation.questions import Question
from assistant.evaluation.runs import WORDS, Judged, Ranking, Run

SEED = 2022
_RESAMPLES = 5000

Values = Mapping[str, float]
"""A measure's value by question id."""

Judgement = tuple[dict[str, int], dict[str, float]]
"""One question for ir_measures: relevance grades and retrieval scores, both by document name."""


@dataclass(frozen=True)
class Family:
    """A kind of relevance judgement: which questions it applies to, and how it judges a ranking."""

    judges: Callable[[Question], bool]
    judgement: Callable[[Ranking], Judgement]


def _passages(flag: Callable[[Judged], bool]) -> Callable[[Ranking], Judgement]:
    """Passages as documents named by rank; those with the flag are relevant."""

    def judgement(ranking: Ranking) -> Judgement:
        names = [str(rank) for rank in range(len(ranking.passages))]
        bearing = {name: 1 for name, passage in zip(names, ranking.passages, strict=True) if flag(passage)}
        return bearing, _in_order(names)

    return judgement


def _reading(flag: Callable[[Ranking], bool]) -> Callable[[Ranking], Judgement]:
    """Everything read as one document, relevant if the flag is set."""
    return lambda ranking: ({"read": 1} if flag(ranking) else {}, {"read": 1.0})


def _in_order(names: list[str]) -> dict[str, float]:
    return {name: float(len(names) - place) for place, name in enumerate(names)}


def _answer_in_relevant(question: Question) -> bool:
    return bool(question.answers and question.relevant)


FAMILIES = {
    "article": Family(lambda q: bool(q.relevant), lambda r: (dict(r.question.relevant), _in_order(r.articles))),
    "answer": Family(lambda q: bool(q.answers), _passages(lambda p: p.bears_answer)),
    "answer-relevant": Family(_answer_in_relevant, _passages(lambda p: p.bears_relevant)),
    "sentence": Family(lambda q: bool(q.sentences), _passages(lambda p: p.bears_sentence)),
    "answer-words": Family(lambda q: bool(q.answers), _reading(lambda r: r.answer_in_words)),
    "answer-relevant-words": Family(_answer_in_relevant, _reading(lambda r: r.relevant_in_words)),
}


@dataclass(frozen=True)
class Measure:
    """Our ``name``, the ``family`` that judges, ``computed``: the name in ir_measures, and its meaning."""

    name: str
    family: str
    computed: str
    meaning: str


def _at(name: str, family: str, computed: str, meaning: str) -> list[Measure]:
    return [Measure(f"{name}@{k}", family, f"{computed}@{k}", meaning.format(k)) for k in (1, 5, 10, 20)]


MEASURES = {
    measure.name: measure
    for measure in (
        *_at("answer-recall-relevant", "answer-relevant", "Success", "answer in the first {}, in a relevant article"),
        Measure(
            f"answer-recall-relevant@{WORDS}w",
            "answer-relevant-words",
            "Success@1",
            f"answer in the first {WORDS:,} words read, in a relevant article",
        ),
        Measure(
            "answer-mrr-relevant@10",
            "answer-relevant",
            "RR@10",
            "1 / rank of the first passage of a relevant article that holds the answer",
        ),
        *_at("answer-recall", "answer", "Success", "answer in the first {}, wherever"),
        Measure(
            f"answer-recall@{WORDS}w",
            "answer-words",
            "Success@1",
            f"answer in the first {WORDS:,} words read, wherever",
        ),
        *_at("sentence-recall", "sentence", "Success", "one of the marked sentences is in the first {}"),
        *_at("recall", "article", "R", "share of the relevant articles among the first {}"),
        Measure("ndcg@10", "article", "nDCG@10", "relevant articles, the sooner the better"),
        Measure("mrr@10", "article", "RR@10", "1 / rank of the first relevant article"),
        Measure("map", "article", "AP", "mean precision at each relevant article"),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Score:
    """A measure's values by question, their mean and its 95 % confidence interval."""

    measure: Measure
    values: Values

    @property
    def n(self) -> int:
        return len(self.values)

    @cached_property
    def mean(self) -> float:
        """0 if there is nothing to measure; see ``n``."""
        return sum(self.values.values()) / self.n if self.n else 0.0

    @cached_property
    def interval(self) -> tuple[float, float]:
        return interval(list(self.values.values()))


def score(run: Run) -> dict[str, Score]:
    """Every measure by name, including those computed over no question."""
    return {name: Score(measure, _values(run, measure)) for name, measure in MEASURES.items()}


def _values(run: Run, measure: Measure) -> Values:
    return evaluate(run, measure.family, [measure.computed])[measure.computed]


def evaluate(run: Run, family: str, computed: Iterable[str]) -> Mapping[str, Values]:
    """Per-question values of the given ir_measures measures, over the questions that ``family`` can judge."""
    import ir_measures

    judged = [ranking for ranking in run.rankings if FAMILIES[family].judges(ranking.question)]
    judgements = {ranking.question.id: FAMILIES[family].judgement(ranking) for ranking in judged}
    grades = {id: relevant for id, (relevant, _) in judgements.items()}
    found = {id: scores for id, (_, scores) in judgements.items()}
    asked = {name: ir_measures.parse_measure(name) for name in computed}
    # Some ir_measures providers omit a question for which nothing relevant was found: its value is 0.
    values = {name: dict.fromkeys(judgements, 0.0) for name in asked}
    names = {str(parsed): name for name, parsed in asked.items()}
    for metric in ir_measures.iter_calc(list(asked.values()), grades, found) if judged else ():
        values[names[str(metric.measure)]][metric.query_id] = metric.value
    return values


def interval(values: list[float]) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the mean (Efron 1979), over questions; a point if all are equal."""
    import numpy as np
    from scipy.stats import bootstrap

    if not values:
        return 0.0, 0.0
    if len(set(values)) == 1:
        return values[0], values[0]
    generator = np.random.default_rng(SEED)
    found = bootstrap(
        (values,), np.mean, n_resamples=_RESAMPLES, batch=500, method="percentile", rng=generator
    ).confidence_interval
    return float(found.low), float(found.high)
