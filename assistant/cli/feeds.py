"""``onrecord watch``: feeds that are followed, and the articles that are new in them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.add import report, summarise
from assistant.cli.output import SOME_REFUSED, Json, complain, errors_in_a_line, opened_both, say, say_json

if TYPE_CHECKING:
    from assistant.desk import Desk
    from assistant.settings import Settings
    from indexes import Article, Index, Outcome, Refusal
    from indexes.fetch.polling import Visited
    from indexes.fetch.subscriptions import FollowedFeed, FollowedFeeds

watch = typer.Typer(
    name="watch",
    help="Follow RSS and Atom feeds and add their new articles.",
    no_args_is_help=True,
)
_Address = Annotated[str, typer.Argument(metavar="URL", help="The feed's URL.", show_default=False)]


@watch.command()
def add(url: _Address, json: Json = False) -> None:
    """Follow a feed. It is read once to check that it is one; `watch run` adds its articles."""
    with errors_in_a_line():
        from assistant.factory import open_fetcher
        from assistant.settings import load_settings
        from indexes.fetch.polling import follow

        settings = load_settings()
        feed, new = follow(url, _followed(settings), open_fetcher(settings))
        if json:
            kind = "followed" if new else "unchanged"
            say_json({"kind": kind, "url": url, "title": feed.title, "entries": len(feed.entries)})
        else:
            say(f"{'following' if new else 'unchanged':<10} {feed.title or url} ({len(feed.entries)} entries)")


@watch.command("list")
def list_(json: Json = False) -> None:
    """List the followed feeds and their status."""
    with errors_in_a_line():
        from assistant.output.serialization import feed_json
        from assistant.settings import load_settings

        for feed in _followed(load_settings(), upgrade=False).all():
            if json:
                say_json(feed_json(feed))
            else:
                say(_feed_line(feed))


@watch.command()
def remove(url: _Address, json: Json = False) -> None:
    """Stop following a feed. Its articles stay."""
    with errors_in_a_line():
        from assistant.settings import load_settings

        feed = _followed(load_settings()).remove(url)
        if json:
            say_json({"kind": "removed", "url": feed.url, "title": feed.title})
        else:
            say(f"removed    {feed.title or feed.url}")


@watch.command()
def run(
    once: Annotated[bool, typer.Option("--once", help="Check each feed once, then stop.")] = False,
    every: Annotated[int, typer.Option(min=1, metavar="MINUTES", help="Minutes between checks.")] = 30,
    json: Json = False,
) -> None:
    """Add new articles from the followed feeds, repeatedly until stopped with Ctrl-C.

    Each article of a feed is fetched once; one that fails is tried on three visits. With --json: one line per article,
    one per feed, then one with the counts. Not needed with onrecord serve, which checks the feeds itself (setting
    watch_minutes).
    """
    with opened_both() as (index, desk, settings):
        while not once:
            _round_or_not(index, desk, settings, json)
            time.sleep(60 * every)
        if not _round(index, desk, settings, json):
            raise typer.Exit(SOME_REFUSED)


def _round_or_not(index: Index, desk: Desk, settings: Settings, json: bool) -> None:
    """Visits every feed, or what is left of them the next time, where another process is in the way."""
    from indexes.types.errors import IndexBusy

    try:
        _round(index, desk, settings, json)
    except IndexBusy as error:
        complain(f"onrecord: {error}")


def _round(index: Index, desk: Desk, settings: Settings, json: bool) -> bool:
    """Visits every feed; whether nothing was refused and no feed failed."""
    from assistant.article_changes import add_articles
    from assistant.factory import open_fetcher
    from indexes.fetch.polling import Visited, everything, visit_all

    def add(found: Iterable[Article | Refusal]) -> Iterator[Outcome]:
        return add_articles(index, desk, found)

    counts: Counter[str] = Counter()
    for feed, told in visit_all(everything, _followed(settings), open_fetcher(settings), add):
        if isinstance(told, Visited):
            counts["failed"] += bool(told.failure)
            _report_visit(told, json)
        else:
            counts[told.kind] += 1
            report(told, json, feed=feed.url)
    summarise(counts, json)
    return not counts["refused"] and not counts["failed"]


def _report_visit(visited: Visited, json: bool) -> None:
    if json:
        from assistant.output.serialization import visited_json

        say_json(visited_json(visited))
    elif visited.failure:
        say(f"failed     {visited.feed.url}: {visited.failure}")


def _followed(settings: Settings, upgrade: bool = True) -> FollowedFeeds:
    from assistant.factory import open_feeds

    return open_feeds(settings, upgrade)


def _feed_line(feed: FollowedFeed) -> str:
    line = f"{feed.url}  {feed.title or '-'}, {feed.articles} articles, "
    line += f"last read {feed.last_success:%Y-%m-%d %H:%M} UTC" if feed.last_success else "not read yet"
    if feed.last_failure:
        line += f", failed {feed.last_failure:%Y-%m-%d %H:%M} UTC: {feed.failure}"
    return line
