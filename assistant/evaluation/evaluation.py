"""An evaluation: the same questions put to several systems, measured, and compared with the first of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from assistant.evaluation.answering import Answering, ask_for_answers
from assistant.evaluation.caching import Advance, silently
from assistant.evaluation.citing import Citing, ask_to_write
from assistant.evaluation.datasets import Dataset
from assistant.evaluation.measures import MEASURES, Score, score
from assistant.evaluation.questions import DatasetError, Question, label
from assistant.evaluation.runs import Run, System, ask_all
from assistant.evaluation.significance import Comparison, Contender, compare
from assistant.evaluation.systems import Bench, opened
from assistant.evaluation.title_probe import TitleProbe, ask_about_titles, titles
from indexes import Article

if TYPE_CHECKING:
    from assistant.answering.reader_judge import ReaderJudge
    from assistant.generation.writer import Writer
    from assistant.settings import Settings

_LIBRARIES = (
    "onrecord",
    "torch",
    "sentence-transformers",
    "chromadb",
    "llama-index-core",
    "ir-measures",
    "pytrec-eval-terrier",
    "scipy",
)


@dataclass(frozen=True)
class Measured:
    """A run and its scores by measure."""

    run: Run
    scores: Mapping[str, Score]

    @property
    def contender(self) -> Contender:
        return Contender(self.run.system, {name: score.values for name, score in self.scores.items()})


@dataclass(frozen=True)
class SystemComparison:
    """The first system beside another one, or beside a run kept from before: ``comparisons`` by measure."""

    other: Contender
    comparisons: Mapping[str, Comparison]


@dataclass(frozen=True)
class Evaluation:
    """``results`` in the order asked for. The rest compares with, or lists the failures of, the first of them."""

    dataset: Dataset
    when: datetime
    articles: int
    results: tuple[Measured, ...]
    system_comparisons: tuple[SystemComparison, ...]
    versions: Mapping[str, str]
    relevant: Mapping[str, Article]
    """The articles that questions name as relevant and that are there, by id."""
    answering: Answering | None = None
    citing: Citing | None = None
    title_probe: TitleProbe | None = None

    @property
    def first(self) -> Measured:
        return self.results[0]

    @cached_property
    def measured(self) -> list[str]:
        """Names of the measures that rest on at least one question."""
        return [name for name in MEASURES if self.first.scores[name].n]


def evaluate(
    dataset: Dataset,
    names: tuple[str, ...],
    settings: Settings,
    *,
    dated: bool = True,
    answers: bool = False,
    about_titles: bool = False,
    advance: Advance = silently,
    kept: Contender | None = None,
) -> Evaluation:
    """Asks ``dataset`` of the systems named; compares the first with each other one, and with ``kept``. With
    ``answers`` the assistant is asked too, and the language model the settings name, if they name one; with
    ``about_titles`` it is asked what is known about the articles' titles. With ``dated`` a question is asked on the
    day it was asked on.

    Raises:
        ModelMissing: that model cannot be used as it is configured.
        DatasetError: there is nothing to search, or no question in common with ``kept``.
        NaiveMissing: the naive system needs packages that are not installed.
    """
    if kept is not None:
        _check_shared(dataset, kept)
    with opened(names, dataset.corpus, settings, dated, advance) as bench:
        judge = bench.judge if answers else None
        writer = _writer(settings, judge) if judge else None
        questions, notices = label(dataset.questions, bench.articles)
        notices = [*dataset.notices, *bench.notices, *notices]
        results = [_measured(system, questions, advance) for system in bench.systems]
        answering = _answering(judge, questions, dated, advance) if judge else None
        citing = _citing(writer, judge, questions, dated, advance) if judge and writer else None
        title_probe = _title_probe(bench, questions, dated, advance) if about_titles else None
        named = {id for question in questions for id in question.relevant}
        relevant = {id: bench.articles[id] for id in named if id in bench.articles}
        count = len(bench.articles)
    rivals = [result.contender for result in results[1:]] + ([kept] if kept else [])
    return Evaluation(
        dataset=replace(dataset, questions=tuple(questions), notices=tuple(notices)),
        when=datetime.now(UTC),
        articles=count,
        results=tuple(results),
        system_comparisons=tuple(SystemComparison(rival, compare(results[0].contender, rival)) for rival in rivals),
        versions=_versions(),
        relevant=relevant,
        answering=answering,
        citing=citing,
        title_probe=title_probe,
    )


def _measured(system: System, questions: Sequence[Question], advance: Advance) -> Measured:
    with advance(f"Asking {system.name}", len(questions)) as step:
        run = ask_all(system, questions, step)
    return Measured(run, score(run))


def _answering(judge: ReaderJudge, questions: Sequence[Question], dated: bool, advance: Advance) -> Answering:
    with advance("Answering", len(questions)) as step:
        return ask_for_answers(judge, questions, dated, step)


def _citing(writer: Writer, judge: ReaderJudge, questions: Sequence[Question], dated: bool, advance: Advance) -> Citing:
    with advance(f"Asking {writer.described}", len(questions)) as step:
        return ask_to_write(writer, judge, questions, dated, step)


def _title_probe(bench: Bench, questions: Sequence[Question], dated: bool, advance: Advance) -> TitleProbe | None:
    from assistant.assistant import Assistant

    if bench.judge is None:
        return None
    asked = list(titles(questions, bench.articles))
    with advance("Asking about titles", len(asked)) as step:
        return ask_about_titles(Assistant(bench.judge.index, bench.judge), asked, dated, step)


def _writer(settings: Settings, judge: ReaderJudge) -> Writer | None:
    from assistant.claims.extraction import ClaimReader
    from assistant.factory import open_writer

    return open_writer(settings, judge.index, ClaimReader(judge.model))


def _check_shared(dataset: Dataset, kept: Contender) -> None:
    """Before anything is built or asked: whether there will be anything to compare."""
    if not {question.id for question in dataset.questions} & kept.questions:
        raise DatasetError(f"{kept.label} has no question in common with {dataset.name}; there is nothing to compare.")


def _versions() -> dict[str, str]:
    found = {}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found
