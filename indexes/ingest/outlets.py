"""Whose word an article's outlet and address are, and who may put another version in an article's place.

A page or a record can say of itself what it likes. An outlet's name and an address are taken as said from people with
the right to say so, and from the host that is known by that name; from anybody else they are kept and shown as what
somebody says.
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
"""Characters that could hide or turn round the words after a name."""


@dataclass(frozen=True)
class Sender:
    """Who adds articles: ``name`` is kept with them, and is empty for the command line.

    ``may_edit``: they may say which outlet and article it is. Of those who may not, ``way`` tells readers how the
    article came. ``outlet`` is the one that they say it is of, whatever is stated in it.
    """

    name: str = ""
    way: str = ""
    may_edit: bool = True
    outlet: str = ""


COMMAND_LINE = Sender()
FEEDS = Sender("followed feeds", may_edit=False)
"""Who follows a feed says that it be read, and not that it is who it says it is."""


class Outlets:
    """The outlets of one index by the hosts that are known to be theirs, as it was when this was made."""

    def __init__(self, articles: Articles) -> None:
        self._articles = articles
        self._sites: dict[str, set[str]] | None = None
        self._fresh = set[tuple[str, str]]()
        """Names and sites of what was attributed since, which may not be in the index yet."""

    def attributed(self, article: Article, sender: Sender) -> Article:
        """The article with who added it, and a note where its outlet and address are only what somebody says."""
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
        """Whether the host is known by this name; or is called so, and no other is known by it."""
        sites = self._known().get(_key(name), set()) - {""}
        others = {site for site in sites if domain_of(site) != domain_of(host)}
        return site_of(host) in sites or (is_called(host, name) and not others)

    def _remember(self, name: str, site: str) -> None:
        self._fresh.add((name, site))
        if self._sites is not None:
            self._sites.setdefault(name, set()).add(site)

    def _known(self) -> dict[str, set[str]]:
        """Read when first asked for: most who add may say what they like, and a large index has many."""
        if self._sites is None:
            self._sites = {}
            stored = ((_key(name), site_of(host)) for name, host in self._articles.outlets_and_hosts())
            for name, site in (*stored, *self._fresh):
                self._sites.setdefault(name, set()).add(site)
        return self._sites


def is_own(before: Article, article: Article, sender: Sender) -> bool:
    """Whether ``article`` follows what its sender added before, or comes from the site whose article it is."""
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
