"""Attribution: whether an article's stated outlet and address are trusted, and who may replace an article.

A page or record can claim anything about itself. An outlet's name and address are trusted if stated by people with the
right to set them, or by the host known under that name; from anyone else they are stored and shown as claims.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from indexes.ingest.sites import domain_of, is_called, letters, site_of
from indexes.types.article import Article, host_of

if TYPE_CHECKING:
    from indexes.storage.articles import Articles

_LONGEST = 80
_TURNS_ROUND = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
"""Characters that could hide or reorder the text after a name."""


@dataclass(frozen=True)
class Sender:
    """Who adds articles. ``name`` is stored with them; it is empty for the command line.

    ``may_edit``: whether they may set outlet and article id. If not, ``way`` tells readers how the article arrived.
    ``outlet`` is the outlet they set, which overrides what the article states.
    """

    name: str = ""
    way: str = ""
    may_edit: bool = True
    outlet: str = ""


COMMAND_LINE = Sender()
FEEDS = Sender("followed feeds", may_edit=False)
"""Following a feed means reading it, not vouching for who it claims to be."""


class Outlets:
    """The outlets of an index and the hosts known to be theirs. Read once, then updated as articles are attributed."""

    def __init__(self, articles: Articles) -> None:
        self._articles = articles
        self._sites: dict[str, set[str]] | None = None
        self._fresh = set[tuple[str, str]]()
        """Names and sites attributed since then, which may not be in the index yet."""

    def attributed(self, article: Article, sender: Sender) -> Article:
        """The article with its sender, and with a note if its outlet and address are only claimed."""
        if sender.outlet:
            article = replace(article, source=sender.outlet)
        note = "" if sender.outlet else self._note(article, sender)
        if not note and article.source:
            self._remember(_key(article.source), site_of(article.host))
        return replace(article, added_by=sender.name, source_note=note)

    def _note(self, article: Article, sender: Sender) -> str:
        if article.fetched_from:
            known = not article.source or self._is_of(article.source, article.fetched_from)
            return "" if known else _in_words(article.source, f"fetched from {article.fetched_from}")
        known = sender.may_edit or not (article.source or article.url)
        return "" if known else _in_words(article.source, sender.way)

    def _is_of(self, name: str, host: str) -> bool:
        """Whether the host is known under this name; or matches it, and no other host is known under it."""
        sites = self._known().get(_key(name), set()) - {""}
        others = {site for site in sites if domain_of(site) != domain_of(host)}
        return site_of(host) in sites or (is_called(host, name) and not others)

    def _remember(self, name: str, site: str) -> None:
        self._fresh.add((name, site))
        if self._sites is not None:
            self._sites.setdefault(name, set()).add(site)

    def _known(self) -> dict[str, set[str]]:
        """The known hosts by name, read on first use: most senders do not need them, and a large index has many."""
        if self._sites is None:
            self._sites = {}
            stored = ((_key(name), site_of(host)) for name, host in self._articles.outlets_and_hosts())
            for name, site in (*stored, *self._fresh):
                self._sites.setdefault(name, set()).add(site)
        return self._sites


def is_own(before: Article, article: Article, sender: Sender) -> bool:
    """Whether ``article`` replaces one by the same sender, or comes from the site the article belongs to."""
    if article.fetched_from:
        site = site_of(article.fetched_from)
        return site in (site_of(before.fetched_from), site_of(host_of(before.url))) or not before.known_host
    return before.added_by == sender.name and not before.fetched_from


def _in_words(source: str, way: str) -> str:
    plain = " ".join(_TURNS_ROUND.sub(" ", source).split())
    name = plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"
    return f"says it is {name}, {way}" if name else way


def _key(name: str) -> str:
    return letters(name) or " ".join(name.casefold().split())
