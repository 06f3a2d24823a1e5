"""Finds every article that mentions a phrase, is about something, or matches a filter; in no order of relevance.

The keyword index tells which passages have a word; the store, which articles they belong to and what these say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from indexes.search import filter_sql
from indexes.search.analysis import STOP_WORDS, all_stems, has_in_a_row, stems
from indexes.search.term_lookup import TermLookup
from indexes.storage.articles import CURRENT
from indexes.storage.store import Store
from indexes.types.filters import EVERYTHING, Filter

if TYPE_CHECKING:
    from indexes.search.exact import Seqs

_One = TypeVar("_One")
_BATCH = 1000
_LEAD, _OFTEN = 300, 2
Says = Callable[[str, str, str], bool]
"""Whether the article with this id, title and text is among those looked for."""

_WORD = re.compile(r"[^\W_]+")
_BREAK = re.compile(r"[.!?…][\"'”’)\]]*\s|\n\s*\n")
"""What may end a sentence."""


@dataclass(frozen=True)
class ArticleLookup:
    """Looks up articles in their current versions. All ids are given newest first, those of undated articles last.

    Every method that takes a filter raises ImpossibleFilter if no article here has one of its names; days of no
    article are no error. None means that it cannot be told at the moment, as the keyword index is behind the articles
    or being repaired; also for a phrase of stop words alone, which the keyword index does not hold.

    >>> with open_index("newsroom") as index:
    ...     outcomes = list(index.add([new_article("The ferry will close on Friday.", id="ferry")]))
    ...     index.lookup().mentioning("will close")
    ['ferry']
    """

    store: Store
    terms: TermLookup

    def matching(self, where: Filter = EVERYTHING) -> list[str]:
        """The ids of all articles that match ``where``."""
        with self.store.snapshot():
            return filter_sql.ids_where(self.store, filter_sql.names_resolved(self.store, where))

    def mentioning(self, phrase: str, where: Filter = EVERYTHING) -> list[str] | None:
        """The ids of all articles with the words of ``phrase`` next to each other, in this order, in title or text.

        Case, accents, inflection and the marks between words are ignored, but for the end of a sentence: in
        "She thanked Hans. Rell left." nobody mentions Hans Rell. An abbreviation in the phrase ("St. Paul") is not told
        from the end of a sentence where a sentence of thousands of characters was cut just there.
        """
        words, verbatim = all_stems(phrase), _verbatim(phrase)

        def says(article_id: str, title: str, text: str) -> bool:
            if verbatim.search(title) or verbatim.search(text):
                return True
            return has_in_a_row(title, words) or self._has_sentence_with(words, article_id, text)

        return self._found(_indexed(phrase), where, says if len(words) > 1 else None)

    def about(self, topic: str, where: Filter = EVERYTHING) -> list[str] | None:
        """The ids of all articles about ``topic``: those that have all its words but stop words, inflected or not.

        The rarest of them must also stand in the title or the first 300 characters, or twice in the text.
        """
        words = _indexed(topic)
        held = self.terms.occurrences(words) if words else None
        if held is None:
            return None
        rarest = min(words, key=lambda word: (held[word], words.index(word)))
        verbatim = _verbatim(next((word for word in _WORD.findall(topic) if rarest in stems(word)), topic))

        def is_about_it(article_id: str, title: str, text: str) -> bool:
            beginning = f"{title}\n{text[:_LEAD]}"
            if verbatim.search(beginning) or len(verbatim.findall(text)) >= _OFTEN:
                return True
            return rarest in stems(beginning) or stems(text).count(rarest) >= _OFTEN

        return self._found(words, where, is_about_it)

    def newest_first(self, article_ids: Collection[str]) -> list[str]:
        """The same ids, in order."""
        with self.store.snapshot():
            return filter_sql.newest_first(self.store, list(article_ids))

    def authors(self) -> set[str]:
        """The names of all authors."""
        return filter_sql.authors(self.store)

    def _found(self, words: Sequence[str], where: Filter, says: Says | None) -> list[str] | None:
        """The articles that have all of these stems in title or text, and of which ``says``, if given, is true."""
        with self.store.snapshot():
            where = filter_sql.names_resolved(self.store, where)
            seqs = self.terms.passages_with(words, where) if words else None
            if seqs is None:
                return None
            having = self._having(seqs)
            return filter_sql.newest_first(self.store, [*self._saying(having, says)] if says else having)

    def _having(self, seqs: Mapping[str, Seqs]) -> list[str]:
        """The articles that have a passage among those of each stem.

        The passages of an article are numbered without those of others between them, as they are stored in one go.
        """
        import numpy as np

        found = self._articles_of(min(seqs.values(), key=len).tolist())
        first, last = (np.array([row[at] for row in found], np.int64) for at in (1, 2))
        has_all = np.ones(len(found), bool)
        for held in seqs.values():
            has_all &= np.searchsorted(held, last, "right") > np.searchsorted(held, first)
        return [found[at][0] for at in np.flatnonzero(has_all).tolist()]

    def _articles_of(self, seqs: Sequence[int]) -> list[tuple[str, int, int]]:
        """The articles of these passages, each with the ``seq`` of its first and last live passage."""
        found: dict[str, tuple[str, int, int]] = {}
        for batch in _batches(seqs):
            rows = self.store.rows(
                "SELECT article_id, MIN(seq), MAX(seq) FROM passages WHERE +recipe = :recipe AND article_id IN "
                "(SELECT article_id FROM passages WHERE +recipe = :recipe AND seq IN :seqs) GROUP BY article_id",
                recipe=self.terms.recipe,
                seqs=list(batch),
            )
            found |= {row[0]: (row[0], row[1], row[2]) for row in rows}
        return list(found.values())

    def _saying(self, article_ids: Sequence[str], says: Says) -> Iterator[str]:
        for batch in _batches(article_ids):
            rows = self.store.rows(
                f"SELECT v.article_id, v.title, v.text {CURRENT} WHERE v.article_id IN :ids",
                ids=list(batch),
            )
            yield from (row.article_id for row in rows if says(*row))

    def _has_sentence_with(self, words: Sequence[str], article_id: str, text: str) -> bool:
        """Whether a sentence has these stems in a row. The sentences are read only if a full stop is among them."""
        if not has_in_a_row(text, words):
            return False
        if any(has_in_a_row(part, words) for part in _BREAK.split(text)):
            return True
        passages = self.store.passages_of(article_id, self.terms.recipe)
        sentences = (text[one.start : one.end] for passage in passages for one in passage.sentences)
        return any(has_in_a_row(sentence, words) for sentence in sentences)


def _verbatim(phrase: str) -> re.Pattern[str]:
    """Matches the words as they are, with no end of a sentence between them: what it finds needs no analysis."""
    words = r"(?:[^\w.!?…\n]{1,3}|\n)".join(map(re.escape, _WORD.findall(phrase)))
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)


def _indexed(text: str) -> list[str]:
    """The stems of ``text`` that the keyword index holds; none if all its words are stop words."""
    words = {word.casefold() for word in _WORD.findall(text)}
    return list(dict.fromkeys(stems(text))) if words - STOP_WORDS else []


def _batches(of: Sequence[_One]) -> Iterator[Sequence[_One]]:
    return (of[start : start + _BATCH] for start in range(0, len(of), _BATCH))
