"""``onrecord add``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.output import SOME_REFUSED, Json, opened_both, progress, say, say_json, step_back

if TYPE_CHECKING:
    from indexes import Outcome

_KINDS = ("added", "updated", "unchanged", "refused")


def add(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Files, folders with all below them, or web addresses of articles and feeds.",
            show_default=False,
        ),
    ],
    json: Json = False,
) -> None:
    """Add articles: .txt .md .html .pdf .docx .json .jsonl(.gz), https://….

    Web addresses are fetched, of a feed all the articles that it links to.

    Adding the same again changes nothing; a changed article becomes a new version. An interrupted run can simply
    be run again. With --json: a line for each article, then a line with the counts.
    """
    from assistant.changing import noted
    from assistant.settings import open_fetcher
    from indexes.reading.web import count_sources, read_sources

    step_back()
    counts: Counter[str] = Counter()
    with opened_both() as (index, desk, settings):
        with progress("Adding articles", lambda: count_sources(sources), quiet=json) as advance:
            for piece in read_sources(sources, open_fetcher(settings)):
                for outcome in noted(desk, index.add(piece)):
                    counts[outcome.kind] += 1
                    report(outcome, json)
                    advance()
        summarise(counts, json)
    if counts["refused"]:
        raise typer.Exit(SOME_REFUSED)


def report(outcome: Outcome, json: bool, **more: str) -> None:
    """Says what became of an article; ``more`` are further fields for machines."""
    if json:
        from assistant.rendering import outcome_json

        say_json(outcome_json(outcome) | more)
    elif outcome.kind == "refused":
        say(f"refused    {outcome.where}: {outcome.reason}")
    elif outcome.article is not None:
        version = f" (version {outcome.article.version})" if outcome.kind == "updated" else ""
        say(f"{outcome.kind:<10} {outcome.article.label}{version}")


def summarise(counts: Counter[str], json: bool) -> None:
    """Says how many articles were added, updated, unchanged and refused."""
    if json:
        say_json({kind: counts[kind] for kind in _KINDS})
    else:
        say(", ".join(f"{counts[kind]} {kind}" for kind in _KINDS))
