"""RSS and Atom, by feedparser. It is given bytes that were fetched, never an address: it would fetch by itself."""

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
    """What a feed says of one article: its address, and what it is called, by whom and from when."""

    link: str
    title: str = ""
    authors: tuple[str, ...] = ()
    published: date | None = None


@dataclass(frozen=True)
class Feed:
    """A feed as it was when it was fetched, its entries in its own order, at most MOST_ENTRIES of them."""

    title: str
    entries: tuple[Entry, ...]


def looks_like_a_feed(body: bytes) -> bool:
    """Whether a feed begins in these bytes, and not a page that may show one."""
    root, page = _ROOT.search(body[:4096]), _PAGE.search(body[:4096])
    return root is not None and (page is None or root.start() < page.start())


def parse_feed(body: BinaryIO, url: str, charset: str) -> Feed:
    """The feed in ``body``, fetched from ``url``. Runs in the process that reads.

    Raises:
        Unreadable: it is none.
    """
    import feedparser

    stated = f"; charset={charset}" if charset else ""
    headers = {"content-location": url, "content-type": f"application/xml{stated}"}
    try:
        # A stream: bytes would first be tried as the name of a file.
        parsed = feedparser.parse(body, response_headers=headers)
    except MemoryError:
        raise
    except Exception as error:  # feedparser raises many kinds on broken feeds
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
    """One author as the feed writes it: feedparser cuts names after mail addresses of long domains."""
    several = [str(author.get("name") or "") for author in found.get("authors", ())]
    return several if len(several) > 1 else [str(found.get("author") or "")]


def _name(stated: str) -> str:
    """The name in "mail@paper.example (Jo Roe)"; a bare mail address is none."""
    return re.sub(r"\S*@\S*", "", stated).strip(" ()<>")
