"""Near-identical articles: a wire story and its copies are one story, found when an article is added.

MinHash (Broder 1997) over runs of three words, with locality-sensitive hashing (Leskovec, Rajaraman and Ullman,
*Mining of Massive Datasets*, chapter 3): 25 bands of 5 out of 128 permutations, which nearly always bring up a pair
that shares more than two thirds of its runs and seldom one below a third.
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
"""Estimated share of runs two articles have in common, from which on one counts as a copy of the other."""

_PERMUTATIONS, _BANDS, _ROWS = 128, 25, 5
_RUN = 3


def tell(db: Database, article: Article) -> None:
    """Notes which story an article tells: that of the nearest copy here, else its own. Inside a transaction."""
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
    """Inside a transaction."""
    signature = _signature_of(db, article_id)
    if signature is not None:
        db.execute_many("DELETE FROM bands WHERE hash = :band AND article_id = :id", _rows(signature, article_id))
        db.execute("DELETE FROM stories WHERE article_id = :id", id=article_id)


def forget_all(db: Database) -> None:
    """Inside a transaction."""
    db.execute("DELETE FROM bands")
    db.execute("DELETE FROM stories")


def stories_of(db: Database, article_ids: set[str]) -> dict[str, str]:
    """The story of each article; copies of one story have the same."""
    rows = db.rows("SELECT article_id, story FROM stories WHERE article_id IN :ids", ids=sorted(article_ids))
    return {row[0]: row[1] for row in rows}


def copies_of(db: Database, article_id: str) -> list[str]:
    """The other articles that carry the text of this one, the most alike first."""
    signature = _signature_of(db, article_id)
    alike = _alike(db, signature) if signature is not None else []
    return [other for _, other, _ in alike if other != article_id]


def _nearest(db: Database, signature: Signature) -> str | None:
    return next((story for _, _, story in _alike(db, signature)), None)


def _alike(db: Database, signature: Signature) -> list[tuple[float, str, str]]:
    """Articles that are copies of one with this signature: (likeness, article, its story), the most alike first."""
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
    """A number for each band of the signature; two signatures share one if they agree in a whole band."""
    return [band << 32 | zlib.crc32(signature[band * _ROWS : (band + 1) * _ROWS].tobytes()) for band in range(_BANDS)]


def _likeness(one: Signature, other: Signature) -> float:
    """An estimate of the Jaccard similarity of the two texts' runs of words."""
    return float((one == other).mean())


def _from_bytes(stored: bytes) -> Signature:
    import numpy as np

    return np.frombuffer(stored, np.uint32)
