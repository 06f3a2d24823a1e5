"""An evaluation as tables for a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from assistant.evaluation.answering import Answering
from assistant.evaluation.citing import Citing
from assistant.evaluation.evaluation import Evaluation, SystemComparison
from assistant.evaluation.measures import MEASURES, Score
from assistant.evaluation.runs import median_words, timings
from assistant.evaluation.significance import SIGNIFICANT
from assistant.evaluation.title_probe import TitleProbe

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_WIDTH = 120
"""Columns if the output is not a terminal."""


def show(evaluation: Evaluation, say: Callable[[str], None]) -> None:
    """Prints notices, the measures, the comparison with a kept run, and the times. ``say`` prints a line safely."""
    console = printing()
    for notice in evaluation.dataset.notices:
        say(f"Note: {notice}")
    console.print(_measures(evaluation))
    say(_footnote(evaluation))
    for system_comparison in evaluation.system_comparisons[len(evaluation.results) - 1 :]:
        console.print(_comparison(evaluation.first.run.system, system_comparison))
    console.print(_times(evaluation))
    if evaluation.answering:
        console.print(_answers(evaluation.answering))
    if evaluation.citing:
        console.print(_citing(evaluation.citing))
    if evaluation.title_probe:
        console.print(_titles(evaluation.title_probe))


def printing() -> Console:
    """A console that prints text as it is, and wide enough if it is not a terminal."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    return console if console.is_terminal else Console(highlight=False, markup=False, width=_WIDTH)


def _measures(evaluation: Evaluation) -> Table:
    stars = {
        (r.other.label, name)
        for r in evaluation.system_comparisons
        for name, c in r.comparisons.items()
        if c.significant
    }
    table = new_table("measure", "questions", *(measured.run.system for measured in evaluation.results))
    for name in evaluation.measured:
        cells = [
            _cell(measured.scores[name], measured is not evaluation.first and (measured.run.system, name) in stars)
            for measured in evaluation.results
        ]
        table.add_row(name, str(evaluation.first.scores[name].n), *cells)
    return table


def _footnote(evaluation: Evaluation) -> str:
    lines = ["In brackets: 95 % confidence interval."]
    if len(evaluation.results) > 1:
        lines.append(f"* differs from {evaluation.first.run.system} with p < {SIGNIFICANT}.")
    unmeasured = [name for name in MEASURES if name not in evaluation.measured]
    if unmeasured:
        lines.append(f"Not measured, for want of labels: {', '.join(unmeasured)}.")
    return " ".join(lines)


def _comparison(first: str, system_comparison: SystemComparison) -> Table:
    table = new_table("measure", "questions", first, system_comparison.other.label, "difference", "p")
    for name, compared in system_comparison.comparisons.items():
        low, high = compared.interval
        table.add_row(
            name,
            str(compared.n),
            f"{compared.first:.3f}",
            f"{compared.other:.3f}",
            f"{compared.difference:+.3f} ({low:+.3f} {high:+.3f})",
            f"{compared.p:.4f}{'*' if compared.significant else ''}",
        )
    return table


def _answers(answering: Answering) -> Table:
    table = new_table("answers", "questions", "")
    for name, (value, n) in answering.figures.items():
        table.add_row(name, str(n), f"{value:.3f}")
    timing = answering.milliseconds
    table.add_row("milliseconds, median and p95", str(len(answering.replies)), f"{timing.median:.0f} {timing.p95:.0f}")
    return table


def _citing(citing: Citing) -> Table:
    table = new_table(citing.writer, "of", "")
    for name, (value, n) in citing.figures.items():
        table.add_row(name, str(n), f"{value:.3f}")
    return table


def _titles(probe: TitleProbe) -> Table:
    table = new_table("known of titles", "titles", "%", "answer, points more", "answer alone", "this alone", "p")
    for name, (value, n) in probe.figures.items():
        test = probe.tests.get(name)
        beside = (f"{test.points:+.1f}", str(test.first_only), str(test.other_only), f"{test.p:.4f}") if test else ()
        table.add_row(name, str(n), f"{100 * value:.1f}", *beside)
    return table


def _times(evaluation: Evaluation) -> Table:
    table = new_table("system", "stage", "median ms", "p95 ms", "words a passage")
    for measured in evaluation.results:
        for number, (stage, timing) in enumerate(timings(measured.run).items()):
            head = (measured.run.system, f"{median_words(measured.run):.0f}") if number == 0 else ("", "")
            table.add_row(head[0], stage, f"{timing.median:.1f}", f"{timing.p95:.1f}", head[1])
    return table


def _cell(score: Score, starred: bool) -> str:
    low, high = score.interval
    return f"{score.mean:.3f}{'*' if starred else ' '} ({low:.3f} {high:.3f})"


def new_table(first: str, *others: str) -> Table:
    """A table with a column of names on the left, and numbers in the others."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right")
    return table
