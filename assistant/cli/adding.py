"""``onrecord add``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.output import SOME_REFUSED, Json, opened_index, progress, say, say_json

if TYPE_CHECKING:
    from indexes import Outcome

_KINDS = ("added", "updated", "unchanged", "refused")


def add(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files, or folders with all below them.", show_default=False)
    ],
    json: Json = False,
) -> None:
    """Add articles: .txt .md .html .pdf .docx .json .jsonl(.gz).

    Adding the same again changes nothing; a changed article becomes a new version. An interrupted run can simply
    be run again. With --json: a line for each article, then a line with the counts.
    """
    from indexes.reading import count_articles, read_paths

    counts: Counter[str] = Counter()
    with opened_index() as (index, settings):
        found = read_paths(paths, settings.max_file_bytes)
        with progress("Adding articles", lambda: count_articles(paths), quiet=json) as advance:
            for outcome in index.add(found):
                counts[outcome.kind] += 1
                _report(outcome, json)
                advance()
        _summarise(counts, json)
    if counts["refused"]:
        raise typer.Exit(SOME_REFUSED)


def _report(outcome: Outcome, json: bool) -> None:
    if json:
        from assistant.rendering import outcome_json

        say_json(outcome_json(outcome))
    elif outcome.kind == "refused":
        say(f"refused    {outcome.where}: {outcome.reason}")
    elif outcome.article is not None:
        version = f" (version {outcome.article.version})" if outcome.kind == "updated" else ""
        say(f"{outcome.kind:<10} {outcome.article.label}{version}")


def _summarise(counts: Counter[str], json: bool) -> None:
    if json:
        say_json({kind: counts[kind] for kind in _KINDS})
    else:
        say(", ".join(f"{counts[kind]} {kind}" for kind in _KINDS))
