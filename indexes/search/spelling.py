"""Finds the word of the articles that a misspelt one was meant to be.

tantivy finds passages with a stem a few edits away; as it scores them all alike, rapidfuzz ranks the words in them.
"""

from __future__ import annotations

import re
from collections import Counter

from rapidfuzz.distance import DamerauLevenshtein

from indexes.search.analysis import stems
from indexes.search.term_lookup import TermLookup
from indexes.storage.store import Store

_PASSAGES = 100
"""How many passages with a word spelt alike are looked at."""

_LONG = 7
"""From this many letters on, a word may be two edits away."""

_WORD = re.compile(r"[^\W\d_][\w’'-]*[^\W\d_]")


def nearest_word(word: str, question: str, store: Store, terms: TermLookup) -> str:
    """The word nearest to ``word``, as the articles write it.

    Of equally near ones, that which stands most often beside the other words of ``question``.
    """
    asked = set(stems(question))
    (stem, *_) = stems(word) or [word]
    for edits in (1, 2) if len(stem) >= _LONG else (1,):
        seqs = terms.spelt_like(stem, edits, _PASSAGES)
        passages = store.passages(seqs, terms.recipe)
        articles = store.articles({(one.article_id, one.version) for one in passages.values()})
        texts = [articles[one.article_id, one.version].text[one.start : one.end] for one in passages.values()]
        texts += {article.title for article in articles.values()}
        found = Counter[str]()
        for text in texts:
            beside = 1 + len(asked & set(stems(text)))
            for alike in _WORD.findall(text):
                if _may_be(stem, word, alike, edits):
                    found[alike] += beside**2
        if found:
            best = min(found, key=lambda alike: (_distance(word, alike), -found[alike], alike))
            return re.sub(r"['’]s$", "", best)
    return ""


def _may_be(stem: str, word: str, alike: str, edits: int) -> bool:
    if _distance(word, alike) > edits + (len(word) >= _LONG):
        return False
    close = any(DamerauLevenshtein.distance(stem, other, score_cutoff=edits) <= edits for other in stems(alike))
    return close and (alike[0].casefold() == word[0].casefold() or edits == 1)


def _distance(word: str, alike: str) -> int:
    return int(DamerauLevenshtein.distance(word.casefold(), re.sub(r"['’]s$", "", alike.casefold())))
