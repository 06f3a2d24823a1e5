"""Parses RSS and Atom with feedparser. It is given fetched bytes, never a URL, which it would fetch itself."""

from __future__ import annotations

import html
import itertools
import re
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from indexes.loaders.dates import stated_date
from indexes.types.errors import Unreadable

MOST_ENTRIES = 500
_ROOT = re.compile(rb"<(?:rss|feed|(?:\w+:)?RDF)[\s>]", re.IGNORECASE)
_PAGE = re.compile(rb"<(?:html|body|!doctype\s+html)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """A feed's entry for one article: its URL, title, authors and date."""

    link: str
    title: str = ""
    authors: tuple[str, ...] = ()
    published: date | None = None


@dataclass(frozen=True)
class Feed:
    """A feed as fetched, with its entries in its own order, at most MOST_ENTRIES."""

    title: str
    entries: tuple[Entry, ...]


def looks_like_a_feed(body: bytes) -> bool:
    """Whether these bytes begin a feed, rather than a page that may show one."""
    root, page = _ROOT.search(body[:4096]), _PAGE.search(body[:4096])
    return root is not None and (page is None or root.start() < page.start())


def parse_feed(body: BinaryIO, url: str, charset: str) -> Feed:
    """Parses the feed in ``body``, fetched from ``url``. Runs in the loader process.

    Raises:
        Unreadable: it is not a feed.
    """
    import feedparser

    stated = f"; charset={charset}" if charset else ""
    headers = {"content-location": url, "content-type": f"application/xml{stated}"}
    try:
        # As a stream: feedparser would try bytes as a file name first.
        parsed = feedparser.parse(body, response_headers=headers)
    except MemoryError:
        raise
    except Exception as error:  # feedparser raises many kinds of errors on broken feeds
        raise Unreadable(f"it is damaged or not a feed: {type(error).__name__}") from None
    if not parsed.version and not parsed.entries:
        raise Unreadable("it is not an RSS or Atom feed. Give the address of the feed itself, not of a page about it")
    entries = filter(lambda entry: entry.link, map(_entry, parsed.entries))
    once = {entry.link: entry for entry in entries}
    return Feed(_plain(parsed.feed, "title"), tuple(itertools.islice(once.values(), MOST_ENTRIES)))


def _entry(found: Any) -> Entry:
    return Entry(
        str(found.get("link") or "").replace(" ", "%20"),
        _plain(found, "title"),
        tuple(filter(None, map(_name, _authors(found)))),
        stated_date(found.get("published")) if "published" in found else None,
    )


def _plain(found: Any, name: str) -> str:
    """A field without markup, on one line."""
    value = str(found.get(name) or "")
    if found.get(f"{name}_detail", {}).get("type") != "text/plain":
        value = html.unescape(re.sub(r"<[^>]*>", "", value))
    return " ".join(value.split())


def _authors(found: Any) -> list[str]:
    """The authors. A single one is kept as written, as feedparser truncates names after some mail addresses."""
    several = [str(author.get("name") or "") for author in found.get("authors", ())]
    return several if len(several) > 1 else [str(found.get("author") or "")]


def _name(stated: str) -> str:
    """The name in "mail@paper.example (Jo Roe)"; empty for a bare mail address."""
    return re.sub(r"\S*@\S*", "", stated).strip(" ()<>")
