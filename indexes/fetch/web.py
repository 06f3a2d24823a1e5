"""Web addresses in, articles out: fetched content is read like a file of its kind.

A page can claim anything about itself, so the address it was fetched from decides which article it is.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urljoin

from indexes.fetch.http import Fetched, Fetcher
from indexes.fetch.urls import is_url, read_address
from indexes.ingest.files import Read, Refusal, count_articles, read_paths
from indexes.ingest.sites import site_of
from indexes.loaders.documents import kept_document
from indexes.loaders.feeds import Entry, Feed, looks_like_a_feed
from indexes.loaders.formats import FEED
from indexes.loaders.html import as_browsers_read
from indexes.loaders.sandbox.pool import read_documents
from indexes.types.article import Article, host_of, new_article
from indexes.types.errors import NotFetched, Unreadable

_Item = TypeVar("_Item")


AT_ONCE = 20
"""Articles fetched before they are added: the most work that a kill can lose."""


def read_sources(
    sources: Iterable[str], fetcher: Fetcher, read: Read = read_documents
) -> Iterator[Iterable[Article | Refusal]]:
    """Reads files, folders and web addresses, in order; from a feed, the articles it links to.

    Yields them in batches, to be added one at a time. A batch from the web is fetched before it is yielded, so that
    nobody waits for a slow server in order to write. ``read`` reads files, not web content.
    """
    for on_the_web, some in itertools.groupby(sources, is_url):
        if on_the_web:
            yield from in_pieces(item for url in some for item in read_url(url, fetcher))
        else:
            yield read_paths(map(Path, some), fetcher.max_bytes, read)


def in_pieces(found: Iterable[_Item], at_once: int = AT_ONCE) -> Iterator[list[_Item]]:
    """The items in batches of ``at_once``."""
    remaining = iter(found)
    while some := list(itertools.islice(remaining, at_once)):
        yield some


def count_sources(sources: Iterable[str]) -> int:
    """An estimate of the number of articles in the sources; a web address counts as one."""
    return sum(1 if is_url(source) else count_articles([Path(source)]) for source in sources)


def read_url(url: str, fetcher: Fetcher) -> Iterator[Article | Refusal]:
    """The article at ``url``, or those linked from it if it is a feed."""
    try:
        fetched = fetcher.fetch(url)
        entries = read_feed(fetched).entries if is_feed(fetched) else None
    except NotFetched as error:
        yield Refusal(url, error.reason)
    except Unreadable as error:
        yield Refusal(url, str(error))
    else:
        if entries is None:
            yield article_on(fetched, url, fetcher.max_bytes)
        else:
            yield from (read_entry(entry, fetcher) for entry in entries)


def read_entry(entry: Entry, fetcher: Fetcher) -> Article | Refusal:
    """The article that a feed's entry links to; the entry supplies metadata that its page lacks."""
    try:
        fetched = fetcher.fetch(entry.link)
    except NotFetched as error:
        return Refusal(entry.link, error.reason)
    if is_feed(fetched):
        return Refusal(entry.link, "it is a feed, not an article")
    found = article_on(fetched, entry.link, fetcher.max_bytes)
    if isinstance(found, Refusal):
        return found
    return replace(
        found,
        title=found.title or entry.title,
        authors=found.authors or entry.authors,
        published=found.published or entry.published,
    )


def read_feed(fetched: Fetched) -> Feed:
    """Parses a fetched feed.

    Raises:
        Unreadable: it is not a feed.
    """
    body = kept_document(fetched.body, FEED, len(fetched.body), fetched.url, fetched.charset)
    (found,) = read_documents([body])
    if not isinstance(found, Feed):
        raise Unreadable(found.reason if isinstance(found, Refusal) else "it is an article, not a feed")
    return found


def is_feed(fetched: Fetched) -> bool:
    """Whether to read it as a feed: some servers send feeds as web pages, and web pages as XML."""
    return looks_like_a_feed(fetched.body) and fetched.ending in (FEED, ".html", ".txt")


def article_on(fetched: Fetched, asked: str, max_bytes: int) -> Article | Refusal:
    """The article fetched from the requested URL, ``asked``. Ids it states are ignored, as they could be another's."""
    ending = ".html" if fetched.ending == FEED else fetched.ending
    (found,) = read_documents([kept_document(_as_utf8(fetched, ending), ending, max_bytes)])
    if not isinstance(found, Article):
        return Refusal(asked, found.reason if isinstance(found, Refusal) else "it is a feed, not an article")
    article = new_article(
        found.text,
        title=found.title,
        url=_own_url(fetched.url, found.url),
        source=found.source,
        authors=found.authors,
        published=found.published,
        language=found.language,
        origin=asked,
    )
    return replace(article, fetched_from=host_of(fetched.url))


def _as_utf8(fetched: Fetched, ending: str) -> bytes:
    """A text re-encoded as UTF-8 if the response names another encoding; valid UTF-8 is left as it is."""
    body = fetched.body
    if ending not in (".html", ".txt", ".md") or not fetched.charset:
        return body
    try:
        body.decode()
    except UnicodeDecodeError:
        try:
            return body.decode(as_browsers_read(fetched.charset)).encode()
        except (LookupError, UnicodeError):
            return body
    return body


def _own_url(fetched: str, stated: str) -> str:
    """The canonical URL that the page states, if on the same site; else the URL it was fetched from."""
    try:
        canonical = read_address(urljoin(fetched, stated))
    except (ValueError, NotFetched):
        return fetched
    own = site_of(host_of(canonical.url)) == site_of(host_of(fetched)) and canonical.target != "/"
    return canonical.url if own else fetched
