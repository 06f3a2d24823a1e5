"""A trial of On Record: what is done to it, what was measured, what was to be shown; and the page that keeps them.

The speed trials (benchmarks/) and the fault trials (tests/faults/) are both run and written down by this.
"""

from __future__ import annotations

import argparse
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from benchmarks import machine

MISSED = "**missed**"
BROKEN = "the trial itself"


@dataclass(frozen=True)
class Row:
    """One line of a trial's table. ``holds`` is None where nothing was promised: the figure is only stated.

    ``number`` is the row of the bar it answers to, where there is one: "1", "14-17".
    """

    what: str
    measured: str
    target: str = ""
    holds: bool | None = None
    number: str = ""


Run = Callable[[bool], Iterable[Row | str]]
"""Called with whether to be short; yields rows as they are known, and paragraphs of Markdown to stand below them."""


@dataclass(frozen=True)
class Trial:
    """``name`` picks it on the command line; ``title`` heads its section."""

    name: str
    title: str
    run: Run


def run_from_command_line(doc: str | None, trials: Sequence[Trial], page: Path, module: str) -> int:
    """Runs the named trials (all, if none is named), prints their tables and writes them to ``page``.

    ``--short`` runs a small version of each, and writes nothing. Returns 2 if a trial could not be run,
    1 if a row's target was missed, else 0.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(trial.name for trial in trials))
    parser.add_argument("--short", action="store_true", help="a small version of each, written nowhere")
    given = parser.parse_args()
    unknown = set(given.names) - {trial.name for trial in trials}
    if unknown:
        parser.error(f"no trial is called {', '.join(sorted(unknown))}. There are: {parser._actions[1].help}")
    missed: list[Row] = []
    for trial in trials:
        if not given.names or trial.name in given.names:
            missed += _by_itself(trial, given.short, page, f"python -m {module} {trial.name}")
    print(f"\n{len(missed)} missed" if missed else "\nall held")
    return 2 if any(row.what == BROKEN for row in missed) else 1 if missed else 0


def _by_itself(trial: Trial, short: bool, page: Path, command: str) -> list[Row]:
    """Runs it in a process of its own: what one trial loads, starts and fills is not counted in the next one's figures.

    Returns the rows that were missed.
    """
    with ProcessPoolExecutor(1, get_context("fork")) as pool:
        try:
            return pool.submit(_run, trial, short, page, command).result()
        except BrokenProcessPool as error:
            print(_line(broken := _broken(error)))
            return [broken]


def _run(trial: Trial, short: bool, page: Path, command: str) -> list[Row]:
    """The rows that were missed."""
    print(f"\n== {trial.title}", flush=True)
    run_on = f"{datetime.now(UTC):%d %B %Y}, `{command}`, {machine.in_words()}"
    rows: list[Row] = []
    notes: list[str] = []
    for item in _attempted(trial, short):
        if isinstance(item, Row):
            rows.append(item)
            print(_line(item), flush=True)
        else:
            notes.append(item)
            print(item, flush=True)
        if not short:  # at once: a trial may take an hour, and be interrupted
            write_section(page, trial, f"{run_on}.", rows, notes)
    return [row for row in rows if row.holds is False]


def _attempted(trial: Trial, short: bool) -> Iterator[Row | str]:
    """The trial's rows. One that fails is a missed row, and the other trials go on."""
    try:
        yield from trial.run(short)
    except Exception as error:
        traceback.print_exc()
        yield _broken(error)


def _broken(error: Exception) -> Row:
    return Row(BROKEN, f"failed: {type(error).__name__}: {error}".split("\n")[0], "runs", False)


def write_section(page: Path, trial: Trial, run_on: str, rows: Sequence[Row], notes: Sequence[str]) -> None:
    """Puts the trial's section in place of the one before, or at the end of the page."""
    table = ["| row | what | measured | target | |", "| --- | --- | --- | --- | --- |", *map(_line, rows)]
    parts = [f"<!-- {trial.name} -->\n## {trial.title}", run_on, "\n".join(table), *notes, f"<!-- /{trial.name} -->"]
    section = "\n\n".join(parts)
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    before = re.compile(rf"<!-- {re.escape(trial.name)} -->.*<!-- /{re.escape(trial.name)} -->", re.DOTALL)
    text = before.sub(lambda _: section, text) if before.search(text) else f"{text.rstrip()}\n\n{section}\n".lstrip()
    page.write_text(text, encoding="utf-8")


def _line(row: Row) -> str:
    verdict = {None: "", True: "holds", False: MISSED}[row.holds]
    cells = (row.number, row.what, row.measured, row.target, verdict)
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
