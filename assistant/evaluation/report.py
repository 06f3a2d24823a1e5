"""An evaluation as one self-contained HTML page. Everything from articles and datasets is escaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.evaluation import plots
from assistant.evaluation.answering import Answering, Reply
from assistant.evaluation.evaluation import Evaluation, Measured, SystemComparison
from assistant.evaluation.measures import MEASURES, evaluate
from assistant.evaluation.questions import Question
from assistant.evaluation.runs import DEPTH, Judged, Ranking, median_words, timings
from assistant.text.control_characters import add_filters

if TYPE_CHECKING:
    from jinja2 import Environment

WITHIN = 10


@dataclass(frozen=True)
class Headline:
    """A family of judgements with its recall and rank measures, and which passages count as right."""

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
    """The headline measures, or None if nothing could be measured."""
    return next((one for one in _HEADLINES if evaluation.first.scores[one.recall].n), None)


def curve(measured: Measured, lead: Headline, upto: int = 20) -> list[float]:
    """Mean recall among the first 1, 2, … ``upto``."""
    computed = "R" if lead.family == "article" else "Success"
    values = evaluate(measured.run, lead.family, [f"{computed}@{k}" for k in range(1, upto + 1)])
    return [sum(by_question.values()) / len(by_question) for by_question in values.values()]


def failures(evaluation: Evaluation, lead: Headline) -> list[Ranking]:
    """The first system's rankings with nothing relevant in the first ten."""
    values = evaluation.first.scores[lead.recall].values
    return [ranking for ranking in evaluation.first.run.rankings if values.get(ranking.question.id, 1.0) == 0.0]


FILE = "report.html"
STYLE = Path(__file__).parents[1] / "web" / "site" / "showing.css"
_FAILURES = 200
_SWINGS = 15
_MISLED = 40
_FOUND = 3
_LIKE_FIRST = 20
"""How many passages of each ranking go into the score histograms."""


@dataclass(frozen=True)
class Failure:
    """A question whose answer was not found, where the answer is, and what was found instead."""

    question: Question
    where: tuple[str, ...]
    found: tuple[Judged, ...]


@dataclass(frozen=True)
class PairedComparison:
    """The first system against another, per question, by one measure; differences are first minus other."""

    measure: str
    other: str
    plot: str
    won: int
    lost: int
    same: int
    swings: Mapping[str, list[tuple[Question, float, float]]]
    """The largest wins and losses: the question, the first system's value and the other's."""


def save(evaluation: Evaluation, folder: Path) -> Path:
    path = folder / FILE
    path.write_text(report_html(evaluation), encoding="utf-8")
    return path


def report_html(evaluation: Evaluation) -> str:
    lead = headline(evaluation)
    missed = failures(evaluation, lead) if lead else []
    return (
        environment()
        .get_template("report.html")
        .render(
            evaluation=evaluation,
            style=STYLE.read_text(encoding="utf-8"),
            measures=[MEASURES[name] for name in evaluation.measured],
            unmeasured=[name for name in MEASURES if name not in evaluation.measured],
            stars={
                (r.other.label, name)
                for r in evaluation.system_comparisons
                for name, c in r.comparisons.items()
                if c.significant
            },
            timings={measured.run.system: timings(measured.run) for measured in evaluation.results},
            words={measured.run.system: median_words(measured.run) for measured in evaluation.results},
            depth=DEPTH,
            lead=lead,
            curve=_curve(evaluation, lead) if lead else "",
            histograms=_histograms(evaluation, lead) if lead else "",
            duel=_duel(evaluation, lead) if lead else None,
            failures=[_failure(evaluation, ranking.question, ranking.passages) for ranking in missed[:_FAILURES]],
            missed=len(missed),
            within=WITHIN,
            answering=evaluation.answering,
            citing=evaluation.citing,
            title_probe=evaluation.title_probe,
            tradeoff=_tradeoff(evaluation.answering) if evaluation.answering else "",
            misled=_misled(evaluation, evaluation.answering) if evaluation.answering else [],
        )
    )


def _curve(evaluation: Evaluation, lead: Headline) -> str:
    return plots.recall_curve({measured.run.system: curve(measured, lead) for measured in evaluation.results})


def _histograms(evaluation: Evaluation, lead: Headline) -> str:
    judged = evaluation.first.scores[lead.recall].values
    passages = [
        passage
        for ranking in evaluation.first.run.rankings
        if ranking.question.id in judged
        for passage in ranking.passages[:_LIKE_FIRST]
    ]
    right = [passage.score for passage in passages if lead.is_right(passage)]
    return plots.score_histograms(right, [passage.score for passage in passages if not lead.is_right(passage)])


def _duel(evaluation: Evaluation, lead: Headline) -> PairedComparison | None:
    """Compares with the saved run if there is one, else with the second system."""
    system_comparison = _system_comparison(evaluation)
    if system_comparison is None or lead.rank not in system_comparison.comparisons:
        return None
    first, other = evaluation.first.scores[lead.rank].values, system_comparison.other.values[lead.rank]
    differences = {id: first[id] - other[id] for id in first if id in other}
    questions = {question.id: question for question in evaluation.dataset.questions}
    ordered = sorted(differences, key=lambda id: -differences[id])
    won = [id for id in ordered if differences[id] > 0]
    lost = [id for id in reversed(ordered) if differences[id] < 0]
    return PairedComparison(
        measure=lead.rank,
        other=system_comparison.other.label,
        plot=plots.wins_and_losses(list(differences.values())),
        won=len(won),
        lost=len(lost),
        same=len(ordered) - len(won) - len(lost),
        swings={
            which: [(questions[id], first[id], other[id]) for id in ids[:_SWINGS]]
            for which, ids in (("Won", won), ("Lost", lost))
        },
    )


def _tradeoff(answering: Answering) -> str:
    figures = answering.figures
    chosen = figures["right answers kept"][0], figures["refused without the articles"][0]
    return plots.tradeoff([(point.kept, point.refused) for point in answering.curve], chosen)


def _misled(evaluation: Evaluation, answering: Answering) -> list[tuple[Question, Reply]]:
    """Wrong answers that were given, most confident first."""
    questions = {question.id: question for question in evaluation.dataset.questions}
    wrong = [reply for reply in answering.replies if reply.answered and not reply.right]
    ordered = sorted(wrong, key=lambda reply: -reply.confidence)[:_MISLED]
    return [(questions[reply.id], reply) for reply in ordered]


def _system_comparison(evaluation: Evaluation) -> SystemComparison | None:
    systems = len(evaluation.results) - 1
    kept = evaluation.system_comparisons[systems:]
    return next(iter((*kept, *evaluation.system_comparisons)), None)


def _failure(evaluation: Evaluation, question: Question, passages: tuple[Judged, ...]) -> Failure:
    there = [evaluation.relevant[id] for id in question.relevant if id in evaluation.relevant]
    return Failure(question, tuple(article.label for article in there[:_FOUND]), passages[:_FOUND])


@cache
def environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("assistant.evaluation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = lambda value: f"{value:.3f}"
    environment.filters["signed"] = lambda value: f"{value:+.3f}".replace("-", "−")
    environment.filters["chance"] = lambda p: f"{p:.4f}" if p >= 0.001 else "< 0.001"
    environment.filters["ms"] = _milliseconds
    add_filters(environment)
    return environment


def _milliseconds(value: float) -> Any:
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"
