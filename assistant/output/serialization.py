"""Articles, outcomes of adding them, and followed feeds as JSON. Answers are in ``answer_models.py``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from assistant.types.citations import Citation
from indexes import Article, Outcome

if TYPE_CHECKING:
    from indexes.fetch.polling import Visited
    from indexes.fetch.subscriptions import FollowedFeed


def article_json(article: Article, versions: Sequence[int]) -> dict[str, Any]:
    """One version of an article without its text (see :func:`text_json`), and the list of its versions."""
    return {
        "id": article.id,
        "version": article.version,
        "versions": list(versions),
        "title": article.title,
        "source": article.source,
        "source_note": article.source_note,
        "published": article.published.isoformat() if article.published else None,
        "url": article.url,
        "authors": list(article.authors),
        "language": article.language,
        "added": article.fetched_at.isoformat(),
        "sha256": article.sha256,
        "characters": len(article.text),
        "page": f"/articles/{quote(article.id, safe='')}?version={article.version}",
    }


def text_json(article: Article, highlight: Citation | None = None) -> dict[str, Any]:
    """An article's text, and the span in it to be highlighted."""
    marked = {"start": highlight.start, "end": highlight.end, "quote": highlight.quote} if highlight else None
    return {"text": article.text, "highlight": marked}


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """What became of one article or file."""
    article = outcome.article
    return {
        "kind": outcome.kind,
        "where": outcome.where,
        "article_id": article.id if article else None,
        "version": article.version if article else None,
        "title": article.title if article else None,
        "source_note": article.source_note if article else None,
        "reason": outcome.reason or None,
    }


def feed_json(feed: FollowedFeed) -> dict[str, Any]:
    """A followed feed and its state."""
    return {
        "url": feed.url,
        "title": feed.title,
        "articles": feed.articles,
        "added": feed.added.isoformat(timespec="seconds"),
        "last_success": feed.last_success and feed.last_success.isoformat(timespec="seconds"),
        "last_failure": feed.last_failure and feed.last_failure.isoformat(timespec="seconds"),
        "failure": feed.failure or None,
    }


def visited_json(visited: Visited) -> dict[str, Any]:
    """The result of checking a feed."""
    kind = "failed" if visited.failure else "visited" if visited.changed else "unchanged"
    return {"kind": kind, "feed": visited.feed.url, "reason": visited.failure or None}
