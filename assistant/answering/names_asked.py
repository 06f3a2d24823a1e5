"""The names and years that a question asks about, and which of them no article has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.claims.mentions import HONORIFICS, Mentions
from assistant.reader.calibration import beginnings
from assistant.reader.phrases import NO_NAME, TITLES
from assistant.text.wording import listed, lower_first
from assistant.types.answers import NOT_FOUND
from indexes import Article, Index
from indexes.ingest.sites import is_called
from indexes.search.analysis import stems

_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_LOWER = re.compile(r"(?<![\w'’-])[a-zà-ÿ][\w'’-]*")
_CONTRACTED = re.compile(
    r"\w+['’](?:s|re|ll|ve|d|m|t)|(?:do|does|did|is|are|was|were|has|have|had|wo|ca|would|could|should)nt"
    r"|(?:what|who|that|here|there|where|how|let)s|(?:you|they)(?:re|ve|ll)"
)
"""Everyday words, with their apostrophe or without: no article need have them."""

_DERIVED = re.compile(
    r"^(?:re|un|dis|over|out|pre|mis|non|anti)|(?:ings?|ed|ly|ness|tions?|ments?|able|ers?|ists?|ism|ful|less)$"
)
"""What makes words of others, and so no name."""


@dataclass(frozen=True)
class NamesAsked:
    """``nowhere``: the names and years of a question that no article has; ``known``: the other names.

    ``unknown``: words that no article has and that are none of the language: names in lower case, or slips.
    """

    nowhere: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @cached_property
    def _beginnings(self) -> list[frozenset[str]]:
        return [beginnings(name) for name in self.known if not _is_acronym(name)]

    def share_in(self, article: Article) -> float:
        """The share of the known names that ``article`` mentions, by any word of each; 1 if there are none."""
        if not self._beginnings:
            return 1.0
        there = beginnings(f"{article.title} {article.text}")
        return sum(bool(words & there) for words in self._beginnings) / len(self._beginnings)


def names_asked(index: Index, question: str) -> NamesAsked:
    """The names in ``question``, by whether any article has them. All are known while the index cannot tell."""
    names, years = _names(question), _YEAR.findall(question)
    outlets = _are_outlets(index, names)
    names = [name for name in names if name not in outlets]
    words = [word for word in _LOWER.findall(question) if len(word) > 3 and not _CONTRACTED.fullmatch(word)]
    held = index.occurrences({stem for text in (*names, *years, *words) for stem in stems(text)})
    if held is None:
        return NamesAsked((), tuple(names))
    nowhere = [name for name in (*names, *years) if _is_nowhere(name, held)]
    known = [name for name in names if name not in nowhere]
    unheard = [word for word in words if all(held.get(stem) == 0 for stem in stems(word))]
    unknown = [word for word in unheard if not _DERIVED.search(word) and not index.is_plain_word(word)]
    return NamesAsked(*(tuple(dict.fromkeys(found)) for found in (nowhere, known, unknown)))


def _names(question: str) -> list[str]:
    """The names, if capitals tell them: in a headline's style they do not."""
    long = re.findall(r"[^\W\d_]{4,}", question)
    if len(long) > 2 and all(word[0].isupper() for word in long):
        return []
    return [one.name for one in Mentions(lower_first(question)).named]


def _are_outlets(index: Index, names: Sequence[str]) -> set[str]:
    """Those of ``names`` by which an outlet is called: it need not stand in any article."""
    outlets = index.outlets() if names else {}
    return {name for name in names if any(is_outlet(name, outlet) for outlet in outlets)}


def is_outlet(name: str, outlet: str) -> bool:
    """Whether ``outlet``, a name or a host, is called ``name``."""
    return name.casefold() == outlet.casefold().removeprefix("the ") or ("." in outlet and is_called(outlet, name))


def _is_nowhere(name: str, held: dict[str, int]) -> bool:
    telling = [word for word in name.split() if word.rstrip(".").casefold() not in TITLES | HONORIFICS | NO_NAME]
    return any(held.get(stem) == 0 for word in telling for stem in stems(word) if len(stem) > 1)


def _is_acronym(name: str) -> bool:
    """Whether the articles may well spell it out: EU, NYT, U.S."""
    return name.replace(".", "").isupper() and len(name.replace(".", "")) < 6


def said_of(names: NamesAsked) -> str:
    """What can truthfully be said when no answer was found: never more than is known."""
    nowhere = [*names.nowhere, *(f"“{word}”" for word in names.unknown)]
    if nowhere:
        rest = f" Articles mention {listed(names.known, 'and')}." if names.known else ""
        return f"No article mentions {listed(nowhere)}.{rest}"
    if names.known:
        return f"Articles mention {listed(names.known, 'and')}, but I found no sentence that answers this."
    return NOT_FOUND
