"""The keyword index: BM25 over the passages, in SQLite FTS5, written in the truth's own transaction.

Knows nothing of vectors. Stems with Porter's algorithm and folds accents, both inside FTS5.
"""

from __future__ import annotations

import math
import re
import sqlite3
import unicodedata
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

SCHEMA = """
CREATE VIRTUAL TABLE keywords USING fts5 (title, body, tokenize = 'porter unicode61 remove_diacritics 2');
"""

STOP_WORDS = frozenset(
    "a about above after again against all also am an and any are as at be because been before being below "
    "between both but by can could did do does doing down during each few for from further had has have having he "
    "her here hers herself him himself his how i if in into is it its itself just me more most my myself no nor "
    "not now of off on once only or other our ours ourselves out over own same she should so some such than that "
    "the their theirs them themselves then there these they this those through to too under until up very was we "
    "were what when where which while who whom whose why will with would you your yours yourself yourselves s t".split()
)


def content_words(text: str) -> list[str]:
    """The words of ``text`` that carry meaning, lower-cased, in order; all its words where none does."""
    words = re.findall(r"\w+", text.lower())
    return [word for word in words if word not in STOP_WORDS] or words


def stems(text: str) -> set[str]:
    """The content words of ``text`` as the index keeps them: accents folded, Porter-stemmed."""
    folded = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return set(_stemmer().stemWords(content_words(folded)))


def inverse_document_frequencies(db: sqlite3.Connection, words: Collection[str]) -> dict[str, float]:
    """How rare each stem is among the passages: ln(1 + N / (1 + n)), n of N passages holding it."""
    db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab (main, keywords, row)")
    passages = db.execute("SELECT COUNT(*) FROM passages").fetchone()[0]
    marks = ",".join("?" * len(words))
    holding = dict(db.execute(f"SELECT term, doc FROM temp.vocabulary WHERE term IN ({marks})", tuple(words)))
    return {word: math.log(1 + passages / (1 + holding.get(word, 0))) for word in words}


def add(db: sqlite3.Connection, seq: int, title: str, body: str) -> None:
    db.execute("INSERT INTO keywords (rowid, title, body) VALUES (?, ?, ?)", (seq, title, body))


def remove(db: sqlite3.Connection, seqs: Sequence[int]) -> None:
    db.executemany("DELETE FROM keywords WHERE rowid = ?", [(seq,) for seq in seqs])


def search(db: sqlite3.Connection, question: str, recipe: int, top: int) -> list[tuple[str, float]]:
    """Passage ids with their BM25 scores (higher is better), best first; a passage need not hold every word."""
    words = dict.fromkeys(content_words(question))
    if not words:
        return []
    wanted = " OR ".join(f'"{word}"' for word in words)
    rows = db.execute(
        "SELECT p.id, -bm25(keywords) FROM keywords JOIN passages p ON p.seq = keywords.rowid "
        "WHERE keywords MATCH ? AND p.recipe = ? ORDER BY bm25(keywords), keywords.rowid LIMIT ?",
        (wanted, recipe, top),
    )
    return [(row[0], float(row[1])) for row in rows]


def clear(db: sqlite3.Connection) -> None:
    """An empty index in place of this one, however damaged. Inside a transaction."""
    db.execute("DROP TABLE IF EXISTS keywords")
    db.execute(SCHEMA)


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("porter")


def problems(db: sqlite3.Connection) -> list[str]:
    """What FTS5's own check finds wrong; empty when all is well."""
    try:
        db.execute("INSERT INTO keywords (keywords) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return []
