"""Near-identical articles: a wire story and its copies are one story, found when an article is added.

MinHash (Broder 1997) over runs of three words, with locality-sensitive hashing (Leskovec, Rajaraman and Ullman,
*Mining of Massive Datasets*, chapter 3): 25 bands of 5 out of 128 permutations, which nearly always bring up a pair
that shares more than two thirds of its runs and seldom one below a third.
"""

from __future__ import annotations

import re
import sqlite3
import zlib
from typing import TYPE_CHECKING

from indexes.article import Article

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Signature = NDArray[np.uint32]

SAME_STORY = 0.6
"""Estimated share of runs two articles have in common, from which on one counts as a copy of the other."""

_PERMUTATIONS, _BANDS, _ROWS = 128, 25, 5
_RUN = 3


def tell(db: sqlite3.Connection, article: Article) -> None:
    """Notes which story an article tells: that of the nearest copy here, else its own. Inside a transaction."""
    forget(db, article.id)
    signature = _signature(article.text)
    story = _nearest(db, signature) or article.id
    db.execute("INSERT INTO stories VALUES (?, ?, ?)", (article.id, story, signature.tobytes()))
    db.executemany("INSERT INTO bands VALUES (?, ?)", [(band, article.id) for band in _bands(signature)])


def forget(db: sqlite3.Connection, article_id: str) -> None:
    """Inside a transaction."""
    row = db.execute("SELECT signature FROM stories WHERE article_id = ?", (article_id,)).fetchone()
    if row:
        bands = _bands(_from_bytes(row[0]))
        db.executemany("DELETE FROM bands WHERE hash = ? AND article_id = ?", [(band, article_id) for band in bands])
        db.execute("DELETE FROM stories WHERE article_id = ?", (article_id,))


def forget_all(db: sqlite3.Connection) -> None:
    """Inside a transaction."""
    db.execute("DELETE FROM bands")
    db.execute("DELETE FROM stories")


def stories_of(db: sqlite3.Connection, article_ids: set[str]) -> dict[str, str]:
    """The story of each article; copies of one story have the same."""
    marks = ",".join("?" * len(article_ids))
    return dict(db.execute(f"SELECT article_id, story FROM stories WHERE article_id IN ({marks})", tuple(article_ids)))


def copies_of(db: sqlite3.Connection, article_id: str) -> list[str]:
    """The other articles that carry the text of this one, the most alike first."""
    row = db.execute("SELECT signature FROM stories WHERE article_id = ?", (article_id,)).fetchone()
    alike = _alike(db, _from_bytes(row[0])) if row else []
    return [other for _, other, _ in alike if other != article_id]


def _nearest(db: sqlite3.Connection, signature: Signature) -> str | None:
    return next((story for _, _, story in _alike(db, signature)), None)


def _alike(db: sqlite3.Connection, signature: Signature) -> list[tuple[float, str, str]]:
    """Articles that are copies of one with this signature: (likeness, article, its story), the most alike first."""
    bands = _bands(signature)
    marks = ",".join("?" * len(bands))
    rows = db.execute(
        f"SELECT DISTINCT s.article_id, s.story, s.signature FROM bands b JOIN stories s USING (article_id) "
        f"WHERE b.hash IN ({marks})",
        bands,
    )
    found = [(_likeness(signature, _from_bytes(row[2])), row[0], row[1]) for row in rows]
    return sorted((one for one in found if one[0] >= SAME_STORY), reverse=True)


def _signature(text: str) -> Signature:
    import numpy as np
    from datasketch import MinHash

    words = re.findall(r"\w+", text.lower())
    runs = {" ".join(words[at : at + _RUN]) for at in range(max(1, len(words) - _RUN + 1))}
    sketch = MinHash(num_perm=_PERMUTATIONS)
    sketch.update_batch([run.encode() for run in runs])
    return np.asarray(sketch.hashvalues, np.uint32)


def _bands(signature: Signature) -> list[int]:
    """A number for each band of the signature; two signatures share one if they agree in a whole band."""
    return [band << 32 | zlib.crc32(signature[band * _ROWS : (band + 1) * _ROWS].tobytes()) for band in range(_BANDS)]


def _likeness(one: Signature, other: Signature) -> float:
    """An estimate of the Jaccard similarity of the two texts' runs of words."""
    return float((one == other).mean())


def _from_bytes(stored: bytes) -> Signature:
    import numpy as np

    return np.frombuffer(stored, np.uint32)
