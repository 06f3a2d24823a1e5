"""``onrecord evaluate``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.output import FAILED, USAGE, Json, complain, errors_in_a_line, progress, say, say_json

if TYPE_CHECKING:
    from datetime import datetime

    from assistant.evaluation.corpora import Files
    from assistant.evaluation.datasets import Dataset
    from assistant.evaluation.evaluation import Evaluation
    from assistant.settings import Settings


class _System(StrEnum):
    """What can be measured; the names of :data:`assistant.evaluation.systems.SYSTEMS`."""

    hybrid = "hybrid"
    reranked = "reranked"
    dense = "dense"
    keyword = "keyword"
    bm25 = "bm25"
    naive = "naive"


def evaluate(  # noqa: PLR0913 – each parameter is an option of the command
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET",
            help="A folder with questions.jsonl or in BEIR format, or a questions file.",
            show_default=False,
        ),
    ],
    system: Annotated[
        list[_System] | None, typer.Option(help="System to measure; may be repeated.", show_default="hybrid")
    ] = None,
    articles: Annotated[
        list[Path] | None,
        typer.Option(
            help="Articles to search, as for add; may be repeated. Default: the dataset's own, otherwise the index."
        ),
    ] = None,
    compare: Annotated[Path | None, typer.Option(metavar="RUN", help="Compare with an earlier run.")] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(metavar="MEASURE=VALUE", help="Exit with 1 if the first system scores lower; may be repeated."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Folder for run.json and report.html.")] = None,
    answers: Annotated[
        bool, typer.Option("--answers", help="Also measure answers: how many are right, what is refused.")
    ] = False,
    titles: Annotated[
        bool, typer.Option("--titles", help="Also ask what is known about the relevant articles' titles.")
    ] = False,
    undated: Annotated[
        bool, typer.Option("--undated", help="Don't tell the system when a question was asked.")
    ] = False,
    newsroom: Annotated[
        bool,
        typer.Option("--newsroom", help="DATASET holds newsroom questions: score whole answers by kind of question."),
    ] = False,
    json: Json = False,
) -> None:
    """Measure retrieval quality, compared with baselines, and write a report.

    Indexes built for this are kept in the index folder and reused. docs/evaluation.md explains datasets, measures and
    the report.
    """
    if newsroom:
        if system or fail_under or answers or titles or undated:
            complain("onrecord: --newsroom goes with --articles, --compare, --output and --json alone")
            raise typer.Exit(USAGE)
        _newsroom(dataset, articles or [], compare, output, json)
        return
    floors = _floors(fail_under or [])
    with errors_in_a_line():
        from assistant.evaluation import evaluation, saved_runs
        from assistant.evaluation.terminal import show
        from assistant.settings import load_settings

        settings = load_settings()
        names = tuple(dict.fromkeys(one.value for one in system or [_System.hybrid]))
        done = evaluation.evaluate(
            _dataset(dataset, articles or [], settings),
            names,
            settings,
            dated=not undated,
            answers=answers,
            about_titles=titles,
            advance=lambda what, steps: progress(what, lambda: steps, quiet=json),
            kept=saved_runs.kept_run(compare, names[0]) if compare else None,
        )
        folder = _save(done, output, settings)
        if json:
            say_json({**saved_runs.summary(done), "folder": str(folder)})
        else:
            show(done, say)
            say(f"Report: {folder / 'report.html'}")
    _hold_to(floors, done)


def _newsroom(path: Path, articles: list[Path], compare: Path | None, output: Path | None, json: bool) -> None:
    with errors_in_a_line():
        from assistant.evaluation import newsroom_report
        from assistant.evaluation.newsroom import evaluate_newsroom
        from assistant.settings import load_settings

        settings = load_settings()
        before = newsroom_report.kept_figures(compare) if compare else {}
        done = evaluate_newsroom(
            path,
            _corpus(articles, settings),
            settings,
            lambda what, steps: progress(what, lambda: steps, quiet=json),
        )
        with _run_folder(output, settings, done.when, done.name) as folder:
            newsroom_report.save(done, folder, before)
        if json:
            say_json({**newsroom_report.summary(done), "folder": str(folder)})
        else:
            newsroom_report.show(done, say, before)
            say(f"Report: {folder / newsroom_report.PAGE}")


def _dataset(path: Path, articles: list[Path], settings: Settings) -> Dataset:
    from dataclasses import replace

    from assistant.evaluation.datasets import load_dataset

    loaded = load_dataset(path, settings.max_file_bytes)
    return replace(loaded, corpus=_corpus(articles, settings) or loaded.corpus)


def _corpus(articles: list[Path], settings: Settings) -> Files | None:
    from assistant.evaluation.corpora import Files

    return Files(tuple(articles), settings.max_file_bytes) if articles else None


def _save(done: Evaluation, output: Path | None, settings: Settings) -> Path:
    from assistant.evaluation import report, saved_runs

    with _run_folder(output, settings, done.when, done.dataset.name) as folder:
        saved_runs.save(done, folder)
        report.save(done, folder)
    return folder


@contextmanager
def _run_folder(output: Path | None, settings: Settings, when: datetime, name: str) -> Iterator[Path]:
    """The folder of a run, to write into: ``output``, or one of its own in the home folder."""
    from assistant.evaluation.questions import DatasetError

    folder = output or settings.home / "evaluation" / "runs" / f"{when:%Y%m%d-%H%M%S}-{name}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
    except OSError as error:
        raise DatasetError(f"the report cannot be written to {folder}: {error.strerror}") from None


def _floors(given: list[str]) -> dict[str, float]:
    """``measure=value`` by measure. Wrong usage ends the command here, before anything is asked."""
    if not given:
        return {}
    from assistant.evaluation.measures import MEASURES

    floors = {}
    for text in given:
        name, _, value = text.rpartition("=")
        if name not in MEASURES:
            complain(f"onrecord: --fail-under {text!r}: give MEASURE=VALUE, with one of {', '.join(MEASURES)}")
            raise typer.Exit(USAGE)
        floors[name] = _share(text, value)
    return floors


def _share(text: str, value: str) -> float:
    try:
        share = float(value)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        complain(f"onrecord: --fail-under {text!r}: the value is a number from 0 to 1")
        raise typer.Exit(USAGE)
    return share


def _hold_to(floors: dict[str, float], done: Evaluation) -> None:
    first = done.first
    failed = False
    for name, floor in floors.items():
        score = first.scores[name]
        if not score.n:
            complain(f"onrecord: {name} could not be measured: no question has what it needs")
        elif score.mean < floor:
            complain(f"onrecord: {name} of {first.run.system} is {score.mean:.4f}, under {floor:g}")
        failed |= not score.n or score.mean < floor
    if failed:
        raise typer.Exit(FAILED)
