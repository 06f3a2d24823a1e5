"""Looks up single stems in the keyword index: how many passages have them, which ones, and what is spelt like them."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from indexes.search.keyword_fields import TEXT, conditions, having, schema
from indexes.search.keyword_index import KeywordSearch, Opened
from indexes.types.filters import EVERYTHING, Filter

if TYPE_CHECKING:
    from indexes.search.exact import Seqs


@dataclass(frozen=True)
class TermLookup:
    """Stems (:func:`indexes.search.analysis.stems`) in the passages of one recipe."""

    keywords: KeywordSearch
    recipe: int

    def rarity(self, words: Collection[str]) -> dict[str, float]:
        """Inverse document frequency of stems, BM25's: ln(1 + (N - n + ½) / (n + ½)), n of N passages containing it."""

        def look(opened: Opened) -> dict[str, float]:
            passages = opened.searcher.num_docs
            held = {word: _holding(opened, word) for word in words}
            return {word: math.log(1 + (passages - n + 0.5) / (n + 0.5)) for word, n in held.items()}

        found = self.keywords.read(self.recipe, look)
        return dict.fromkeys(words, 1.0) if found is None else found

    def occurrences(self, words: Collection[str]) -> dict[str, int] | None:
        """How many passages contain each of these stems; None while the index cannot be read."""
        return self.keywords.read(self.recipe, lambda opened: {word: _holding(opened, word) for word in words})

    def spelt_like(self, word: str, edits: int, most: int) -> list[int]:
        """Up to ``most`` passages, by ``seq``, with a stem at most ``edits`` (1 or 2) edits from the stem ``word``."""
        from tantivy import Query

        query = Query.fuzzy_term_query(schema(), TEXT, word, distance=edits)
        return self.keywords.read(self.recipe, lambda opened: _seqs(opened, query, most)) or []

    def passages_with(self, words: Collection[str], where: Filter = EVERYTHING) -> dict[str, Seqs] | None:
        """For each of these stems the ``seq`` of every passage with it, ascending, of articles that match ``where``.

        ``where`` is a resolved filter. Recently removed passages may be among them. None while the index cannot be
        read or lacks passages of the store.
        """
        import numpy as np
        from tantivy import Occur, Query

        def look(opened: Opened) -> dict[str, Seqs] | None:
            if not opened.complete:
                return None
            found: dict[str, Seqs] = {}
            for word in words:
                wanted = [Query.const_score_query(one, 0.0) for one in (having(word), *conditions(where))]
                query = Query.boolean_query([(Occur.Must, one) for one in wanted])
                seqs = _seqs(opened, query, max(1, _holding(opened, word)))
                found[word] = np.sort(np.array(seqs, np.int64))
            return found

        return self.keywords.read(self.recipe, look)


def _holding(opened: Opened, word: str) -> int:
    """How many passages contain a stem. tantivy's own count includes deleted ones until it merges their segment."""
    if opened.whole:
        return int(opened.searcher.doc_freq(TEXT, word))
    return int(opened.searcher.search(having(word), 1, count=True).count)


def _seqs(opened: Opened, query: Any, most: int) -> list[int]:
    found = opened.searcher.search(query, most, count=False).hits
    return list(opened.searcher.fast_field_values("seq", [address for _, address in found]))
