"""The passages' vectors as two flat files mapped into memory: exact search over all of them, or over any few.

A copy of what the truth holds, in the order of adding. Only ever appended to, so a reader keeps what it has mapped;
thrown away and written anew when it is not what the truth says. Knows nothing of passages: rows go by their ``seq``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from indexes.store import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from indexes.embedding import Vectors

    Seqs = NDArray[np.int64]

_ROWS, _SEQS = "rows.f32", "seqs.i64"
_SAMPLE = 64
_FEW = 0.25


class VectorFile:
    """The vectors of one recipe, opened for reading: ``rows`` has a row for each of the ascending ``seqs``.

    Passages that were removed since may still be among them; the truth knows which are live.
    """

    def __init__(self, seqs: Seqs, rows: Vectors) -> None:
        self.seqs = seqs
        self.rows = rows

    @property
    def last_seq(self) -> int:
        return int(self.seqs[-1]) if len(self.seqs) else 0

    def nearest(
        self, vector: Vectors, top: int, after: int = 0, among: Seqs | None = None
    ) -> Iterator[tuple[int, float]]:
        """The ``top`` rows nearest to ``vector``, best first, with their cosines.

        Among those after ``after``, or among the ascending ``among`` (those that are not in the file are left out).
        """
        import numpy as np

        if among is None:
            first = int(np.searchsorted(self.seqs, after, side="right"))
            seqs, cosines = self.seqs[first:], self.rows[first:] @ vector
        else:
            seqs, cosines = self._cosines_of(vector, among)
        best = np.argpartition(-cosines, top)[:top] if len(cosines) > top else np.arange(len(cosines))
        best = best[np.argsort(-cosines[best], kind="stable")]
        return zip(seqs[best].tolist(), cosines[best].tolist(), strict=True)

    def cosines(self, vector: Vectors, among: Seqs) -> dict[int, float]:
        seqs, cosines = self._cosines_of(vector, among)
        return dict(zip(seqs.tolist(), cosines.tolist(), strict=True))

    def _cosines_of(self, vector: Vectors, among: Seqs) -> tuple[Seqs, Vectors]:
        import numpy as np

        at = np.searchsorted(self.seqs, among)
        here = np.append(self.seqs, -1)[at] == among
        at, among = at[here], among[here]
        # Gathering rows copies them; for many it is quicker to score all and pick.
        few = len(at) < _FEW * len(self.seqs)
        return among, self.rows[at] @ vector if few else (self.rows @ vector)[at]


def opened(home: Path, store: Store, recipe: int) -> VectorFile:
    """The file as far as it agrees with the truth, with what it lacks read from there."""
    import numpy as np

    kept = _mapped(home, store, recipe)
    missing = list(store.vectors(recipe, kept.last_seq, batch=5000))
    if not missing:
        return kept
    seqs = np.concatenate([kept.seqs, *(seqs for _, seqs, _ in missing)])
    rows = np.concatenate([*([kept.rows] if len(kept.seqs) else []), *(rows for _, _, rows in missing)])
    return VectorFile(seqs, rows)


def bring_up_to_date(home: Path, store: Store, recipe: int, anew: bool = False) -> None:
    """Appends what the file lacks; writes it ``anew`` if asked to or if it is damaged. Under the writer's lock."""
    folder = _folder(home, recipe)
    kept = _empty() if anew else _mapped(home, store, recipe)
    if not len(kept.seqs):
        shutil.rmtree(home / "vectors", ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
    with (folder / _ROWS).open("ab") as rows_file, (folder / _SEQS).open("ab") as seqs_file:
        # A kill may have left half a row behind.
        rows_file.truncate(kept.rows.nbytes)
        seqs_file.truncate(kept.seqs.nbytes)
        for _, seqs, rows in store.vectors(recipe, kept.last_seq):
            rows_file.write(rows.tobytes())
            seqs_file.write(seqs.tobytes())


def problems(home: Path, store: Store, recipe: int) -> list[str]:
    """What is wrong with the file; empty when all is well. One that only lags is well: it is brought up to date."""
    folder = _folder(home, recipe)
    if store.count_passages(recipe) and not len(_mapped(home, store, recipe).seqs):
        return [f"{folder} does not hold the stored vectors"]
    return []


def _mapped(home: Path, store: Store, recipe: int) -> VectorFile:
    """What lies there, whole rows only; nothing where that is not what the truth holds."""
    import numpy as np

    folder, dimension = _folder(home, recipe), store.dimension(recipe)
    try:
        seqs = np.fromfile(folder / _SEQS, np.int64)
        count = min(len(seqs), (folder / _ROWS).stat().st_size // max(1, dimension * 4))
        if not count:
            return _empty()
        rows = np.memmap(folder / _ROWS, np.float32, "r", shape=(count, dimension))
    except (OSError, ValueError):
        return _empty()
    mapped = VectorFile(seqs[:count], np.asarray(rows))
    return mapped if _agrees(mapped, store, recipe) else _empty()


def _agrees(mapped: VectorFile, store: Store, recipe: int) -> bool:
    """Whether the last rows, and some spread over the file, are what the truth holds under their numbers."""
    import numpy as np

    some = np.unique(np.r_[np.linspace(0, len(mapped.seqs) - 1, _SAMPLE, dtype=int), -_SAMPLE:0] % len(mapped.seqs))
    stored = store.vectors_of(recipe, mapped.seqs[some].tolist())
    return all(
        np.array_equal(mapped.rows[at], stored[seq])
        for at, seq in zip(some, mapped.seqs[some].tolist(), strict=True)
        if seq in stored
    ) and bool(np.all(np.diff(mapped.seqs) > 0))


def _empty() -> VectorFile:
    import numpy as np

    return VectorFile(np.empty(0, np.int64), np.empty((0, 0), np.float32))


def _folder(home: Path, recipe: int) -> Path:
    return home / "vectors" / str(recipe)
