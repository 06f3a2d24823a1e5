"""Detects near-duplicate articles, such as copies of a wire story, when an article is added: they share one story.

MinHash (Broder 1997) over shingles of three words, with locality-sensitive hashing (Leskovec, Rajaraman and Ullman,
*Mining of Massive Datasets*, chapter 3): 25 bands of 5 out of 128 permutations. A pair with a Jaccard similarity above
two thirds is nearly always found, one below a third seldom.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Any

from indexes.storage.database import Database
from indexes.types.article import Article

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Signature = NDArray[np.uint32]

SAME_STORY = 0.6
"""The estimated Jaccard similarity from which two articles count as copies of each other."""

_PERMUTATIONS, _BANDS, _ROWS = 128, 25, 5
_RUN = 3


def tell(db: Database, article: Article) -> None:
    """Records the article's story: that of the most similar copy in the index, else its own. Call in a transaction."""
    forget(db, article.id)
    signature = _signature(article.text)
    story = _nearest(db, signature) or article.id
    db.execute(
        "INSERT INTO stories VALUES (:id, :story, :signature)",
        id=article.id,
        story=story,
        signature=signature.tobytes(),
    )
    db.execute_many("INSERT INTO bands VALUES (:band, :id)", _rows(signature, article.id))


def forget(db: Database, article_id: str) -> None:
    """Removes what is recorded about the article. Call inside a transaction."""
    signature = _signature_of(db, article_id)
    if signature is not None:
        db.execute_many("DELETE FROM bands WHERE hash = :band AND article_id = :id", _rows(signature, article_id))
        db.execute("DELETE FROM stories WHERE article_id = :id", id=article_id)


def forget_all(db: Database) -> None:
    """Removes what is recorded about all articles. Call inside a transaction."""
    db.execute("DELETE FROM bands")
    db.execute("DELETE FROM stories")


def stories_of(db: Database, article_ids: set[str]) -> dict[str, str]:
    """The story of each article, by article id; copies have the same story. Articles without one are left out."""
    rows = db.rows("SELECT article_id, story FROM stories WHERE article_id IN :ids", ids=sorted(article_ids))
    return {row[0]: row[1] for row in rows}


def copies_of(db: Database, article_id: str) -> list[str]:
    """The other articles with the same or nearly the same text, most similar first."""
    signature = _signature_of(db, article_id)
    alike = _alike(db, signature) if signature is not None else []
    return [other for _, other, _ in alike if other != article_id]


def _nearest(db: Database, signature: Signature) -> str | None:
    return next((story for _, _, story in _alike(db, signature)), None)


def _alike(db: Database, signature: Signature) -> list[tuple[float, str, str]]:
    """Copies of an article with this signature: (similarity, article id, its story), most similar first."""
    rows = db.rows(
        "SELECT DISTINCT s.article_id, s.story, s.signature FROM bands b JOIN stories s USING (article_id) "
        "WHERE b.hash IN :bands",
        bands=_bands(signature),
    )
    found = [(_likeness(signature, _from_bytes(row[2])), row[0], row[1]) for row in rows]
    return sorted((one for one in found if one[0] >= SAME_STORY), reverse=True)


def _signature_of(db: Database, article_id: str) -> Signature | None:
    row = db.row("SELECT signature FROM stories WHERE article_id = :id", id=article_id)
    return _from_bytes(row[0]) if row else None


def _rows(signature: Signature, article_id: str) -> list[dict[str, Any]]:
    return [{"band": band, "id": article_id} for band in _bands(signature)]


def _signature(text: str) -> Signature:
    import numpy as np
    from datasketch import MinHash

    words = re.findall(r"\w+", text.lower())
    runs = {" ".join(words[at : at + _RUN]) for at in range(max(1, len(words) - _RUN + 1))}
    sketch = MinHash(num_perm=_PERMUTATIONS)
    sketch.update_batch([run.encode() for run in runs])
    return np.asarray(sketch.hashvalues, np.uint32)


def _bands(signature: Signature) -> list[int]:
    """A hash for each band of the signature; two signatures share one if they agree in a whole band."""
    return [band << 32 | zlib.crc32(signature[band * _ROWS : (band + 1) * _ROWS].tobytes()) for band in range(_BANDS)]


def _likeness(one: Signature, other: Signature) -> float:
    """An estimate of the Jaccard similarity of the two texts' shingles, 0 to 1."""
    return float((one == other).mean())


def _from_bytes(stored: bytes) -> Signature:
    import numpy as np

    return np.frombuffer(stored, np.uint32)
