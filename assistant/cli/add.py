"""``onrecord add``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.output import SOME_REFUSED, Json, opened_both, progress, say, say_json, step_back
from indexes.loaders.formats import FILE_ENDINGS

if TYPE_CHECKING:
    from indexes import Index, Outcome
    from indexes.ingest.files import Read
    from indexes.ingest.pipeline import Hire

_KINDS = ("added", "updated", "unchanged", "refused")


def add(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help=f"Files ({', '.join(FILE_ENDINGS)}), folders (recursively), or URLs of articles and feeds.",
            show_default=False,
        ),
    ],
    ray: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help='Read and embed files on a Ray cluster: HOST:PORT of its head node, or "auto".',
            show_default=False,
        ),
    ] = "",
    outlet: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Outlet of the articles, whatever they claim. Its site keeps that name from then on.",
            show_default=False,
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Add articles from files, folders, web pages and feeds.

    URLs are fetched; for a feed, all articles that it links to.

    Adding the same article again changes nothing; a changed article becomes a new version. If interrupted, run it
    again. With --json: one line per article, then one with the counts.
    """
    from assistant.article_changes import add_articles
    from assistant.factory import open_fetcher
    from indexes.fetch.web import count_sources, read_sources
    from indexes.ingest.outlets import Sender

    step_back()
    counts: Counter[str] = Counter()
    with opened_both() as (index, desk, settings), _hands(ray, index) as (read, hire):
        with progress("Adding articles", lambda: count_sources(sources), quiet=json) as advance:
            for piece in read_sources(sources, open_fetcher(settings), read):
                for outcome in add_articles(index, desk, piece, hire, Sender(outlet=outlet)):
                    counts[outcome.kind] += 1
                    report(outcome, json)
                    advance()
        summarise(counts, json)
    if counts["refused"]:
        raise typer.Exit(SOME_REFUSED)


@contextmanager
def _hands(ray: str, index: Index) -> Iterator[tuple[Read, Hire]]:
    """Those who read files, and those who cut and embed: processes and threads here, or a Ray cluster."""
    from indexes.ingest.pipeline import OneThread
    from indexes.loaders.sandbox.pool import read_documents

    if not ray:
        yield read_documents, OneThread
        return
    from indexes.ingest.ray import joined

    with joined(ray, index.builder().recipe) as cluster:
        yield cluster.read_documents, cluster.makers


def report(outcome: Outcome, json: bool, **more: str) -> None:
    """Says what became of an article; ``more`` are further fields for machines."""
    if json:
        from assistant.output.serialization import outcome_json

        say_json(outcome_json(outcome) | more)
    elif outcome.kind == "refused":
        say(f"refused    {outcome.where}: {outcome.reason}")
    elif outcome.article is not None:
        version = f" (version {outcome.article.version})" if outcome.kind == "updated" else ""
        note = f", {outcome.article.source_note}" if outcome.article.source_note else ""
        say(f"{outcome.kind:<10} {outcome.article.label}{version}{note}")


def summarise(counts: Counter[str], json: bool) -> None:
    """Says how many articles were added, updated, unchanged and refused."""
    if json:
        say_json({kind: counts[kind] for kind in _KINDS})
    else:
        say(", ".join(f"{counts[kind]} {kind}" for kind in _KINDS))
