"""Exact search over the passages' vectors, or any subset, in two memory-mapped flat files.

The files are a copy of the store's vectors, in the order added, with checksums. They are append-only, so a reader can
keep its mapping; they are rewritten if damaged or out of step with the store. Does not know about passages: rows are
identified by ``seq``.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from indexes.storage.checksums import crc32_read, discard, replace_json
from indexes.storage.store import Store
from indexes.types.errors import OnRecordError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from indexes.embedding.embedder import Vectors

    Seqs = NDArray[np.int64]

_ROWS, _SEQS, _SUMS = "rows.f32", "seqs.i64", "sums.json"
_SAMPLE = 64
_FEW = 0.25

_Seen = tuple[int, int, int] | None
Stamp = tuple[Path, _Seen, _Seen, _Seen]
"""A value that changes whenever the files do, as far as the file system shows."""


class VectorFileDamaged(OnRecordError):
    """The files differ from what was written. Never shown: the store is used instead, and they are rewritten."""


@dataclass(frozen=True)
class _Sums:
    """How many rows are complete, and the CRC-32 of that part of each file. Anything beyond was left by a kill."""

    count: int = 0
    rows: int = 0
    seqs: int = 0

    def with_more(self, seqs: Seqs, rows: Vectors) -> _Sums:
        return _Sums(
            self.count + len(seqs), zlib.crc32(rows.tobytes(), self.rows), zlib.crc32(seqs.tobytes(), self.seqs)
        )


_NONE = _Sums()


class VectorFile:
    """The vectors of one recipe, opened for reading: a row for each of the ascending ``seqs``.

    Passages removed since may still be among them; the store knows which are live.
    """

    def __init__(
        self,
        seqs: Seqs,
        rows: Vectors,
        tail: tuple[Seqs, Vectors] | None = None,
        stamp: Stamp | None = None,
        damage: str = "",
        sums: _Sums = _NONE,
    ) -> None:
        """``tail``: the rows missing from the files; ``stamp``: the state of the files when read, None if they are not
        used; ``sums``: the checked sums.
        """
        self.mapped = seqs, rows
        self.sums = sums
        self.tail = tail if tail is not None else _nothing()
        self.stamp = stamp
        self.damage = damage

    @cached_property
    def seqs(self) -> Seqs:
        import numpy as np

        return np.concatenate([self.mapped[0], self.tail[0]])

    @property
    def last_seq(self) -> int:
        return int(self.seqs[-1]) if len(self.seqs) else 0

    def nearest(
        self, vector: Vectors, top: int, after: int = 0, among: Seqs | None = None
    ) -> Iterator[tuple[int, float]]:
        """The ``top`` rows nearest to ``vector``, best first, with their cosines.

        Searches those after ``after``, or the ascending ``among``, ignoring those not in the file.
        """
        import numpy as np

        if among is None:
            first = int(np.searchsorted(self.seqs, after, side="right"))
            seqs, cosines = self.seqs[first:], self._cosines_from(vector, first)
        else:
            seqs, cosines = self._cosines_of(vector, among)
        best = np.argpartition(-cosines, top)[:top] if len(cosines) > top else np.arange(len(cosines))
        best = best[np.argsort(-cosines[best], kind="stable")]
        return zip(seqs[best].tolist(), cosines[best].tolist(), strict=True)

    def _cosines_of(self, vector: Vectors, among: Seqs) -> tuple[Seqs, Vectors]:
        import numpy as np

        at = np.searchsorted(self.seqs, among)
        here = at < len(self.seqs)
        here[here] = self.seqs[at[here]] == among[here]
        at, among = at[here], among[here]
        # Gathering rows copies them; for many it is faster to score all and select.
        few = len(at) < _FEW * len(self.seqs)
        return among, self._cosines_at(vector, at) if few else self._cosines_from(vector, 0)[at]

    def _cosines_from(self, vector: Vectors, first: int) -> Vectors:
        import numpy as np

        mapped = len(self.mapped[0])
        rows, tail = self.mapped[1][first:], self.tail[1][max(0, first - mapped) :]
        return np.concatenate([part @ vector for part in (rows, tail) if len(part)] or [_nothing()[1].ravel()])

    def _cosines_at(self, vector: Vectors, at: Seqs) -> Vectors:
        import numpy as np

        mapped = len(self.mapped[0])
        parts = (self.mapped[1], at[at < mapped]), (self.tail[1], at[at >= mapped] - mapped)
        return np.concatenate([rows[of] @ vector for rows, of in parts if len(of)] or [_nothing()[1].ravel()])


def opened(home: Path, store: Store, recipe: int, before: VectorFile | None, distrusted: Stamp | None) -> VectorFile:
    """Opens the files and reads missing rows from the store; all rows, if the files are damaged or ``distrusted``.

    What was read ``before`` is reused if the files have not changed.
    """
    stamp = _stamp(_folder(home, recipe))
    if before is not None and before.stamp == stamp:
        return _with_tail(before, store, recipe)
    try:
        if stamp == distrusted:
            raise VectorFileDamaged(f"{_folder(home, recipe)} does not hold the stored vectors")
        seqs, rows, sums = _mapped(home, store, recipe, _checked(before, stamp))
        mapped = VectorFile(seqs, rows, stamp=stamp, sums=sums)
    except VectorFileDamaged as damage:
        mapped = VectorFile(*_nothing(), stamp=stamp, damage=str(damage))
    return _with_tail(mapped, store, recipe)


def _with_tail(file: VectorFile, store: Store, recipe: int) -> VectorFile:
    import numpy as np

    missing = list(store.vectors(recipe, file.last_seq, batch=5000))
    if not missing:
        return file
    tail = [file.tail] if len(file.tail[0]) else []
    parts = [*tail, *((seqs, rows) for _, seqs, rows in missing)]
    seqs, rows = (np.concatenate(column) for column in zip(*parts, strict=True))
    return VectorFile(*file.mapped, (seqs, rows), file.stamp, file.damage, file.sums)


def _checked(before: VectorFile | None, stamp: Stamp) -> _Sums:
    """The sums already checked, which still hold for the same append-only files."""
    here = before is not None and before.stamp is not None and _inodes(before.stamp) == _inodes(stamp)
    return before.sums if before is not None and here else _NONE


def bring_up_to_date(home: Path, store: Store, recipe: int, anew: bool = False) -> None:
    """Appends missing rows; rewrites the files if ``anew`` or if they are damaged. Requires the writer's lock."""
    folder = _folder(home, recipe)
    seqs, rows, sums = _left(home, store, recipe) if not anew else (*_nothing(), _NONE)
    if not sums.count:
        discard(home / "vectors")
        folder.mkdir(parents=True, mode=0o700)
    with (folder / _ROWS).open("ab") as rows_file, (folder / _SEQS).open("ab") as seqs_file:
        # A kill may have left more, which no reader has mapped, as it is not in the sums.
        rows_file.truncate(rows.nbytes)
        seqs_file.truncate(seqs.nbytes)
        for _, more_seqs, more_rows in store.vectors(recipe, int(seqs[-1]) if len(seqs) else 0):
            rows_file.write(more_rows.tobytes())
            seqs_file.write(more_seqs.tobytes())
            sums = sums.with_more(more_seqs, more_rows)
    if sums.count > len(seqs) or not sums.count:
        replace_json(folder / _SUMS, asdict(sums))


def _left(home: Path, store: Store, recipe: int) -> tuple[Seqs, Vectors, _Sums]:
    try:
        return _mapped(home, store, recipe)
    except VectorFileDamaged:
        return (*_nothing(), _NONE)


def problems(home: Path, store: Store, recipe: int) -> list[str]:
    """What is wrong with the files; empty if they are sound, even if out of date."""
    if not store.count_passages(recipe):
        return []
    try:
        _mapped(home, store, recipe)
    except VectorFileDamaged as damage:
        return [str(damage)]
    return []


def _mapped(home: Path, store: Store, recipe: int, checked: _Sums = _NONE) -> tuple[Seqs, Vectors, _Sums]:
    """Maps the complete rows. Rows already ``checked`` are not read again.

    Raises:
        VectorFileDamaged: the files differ from their sums or from the store.
    """
    import numpy as np

    folder, dimension = _folder(home, recipe), store.dimension(recipe)
    try:
        sums = _Sums(**json.loads((folder / _SUMS).read_text(encoding="utf-8")))
        if not sums.count:
            return (*_nothing(), sums)
        # Each is opened once: a writer may replace the files between the check and the reading.
        with (folder / _SEQS).open("rb") as seqs_file, (folder / _ROWS).open("rb") as rows_file:
            seqs_read = seqs_file.read(8 * sums.count)
            sound = any(_continue(rows_file, 4 * dimension, done, sums) for done in dict.fromkeys([checked, _NONE]))
            if zlib.crc32(seqs_read) != sums.seqs or not sound:
                raise VectorFileDamaged(f"{folder} is not as it was left")
            seqs = np.frombuffer(seqs_read, np.int64)
            rows = np.asarray(np.memmap(rows_file, np.float32, "r", shape=(sums.count, dimension)))
    except (OSError, ValueError, TypeError) as error:
        raise VectorFileDamaged(f"{folder} does not hold the stored vectors: {error}") from error
    if not _agree(seqs, rows, store, recipe):
        raise VectorFileDamaged(f"{folder} does not hold the stored vectors")
    return seqs, rows, sums


def _continue(rows_file: BinaryIO, size: int, done: _Sums, sums: _Sums) -> bool:
    """Whether the rows, of ``size`` bytes each, match the sums, given that those ``done`` do."""
    rows_file.seek(size * done.count)
    return crc32_read(rows_file, size * (sums.count - done.count), done.rows) == sums.rows


def _agree(seqs: Seqs, rows: Vectors, store: Store, recipe: int) -> bool:
    """Whether the last rows, and a sample of the others, equal the store's rows of the same ``seq``."""
    import numpy as np

    some = np.unique(np.r_[np.linspace(0, len(seqs) - 1, _SAMPLE, dtype=int), -_SAMPLE:0] % len(seqs))
    stored = store.vectors_of(recipe, seqs[some].tolist())
    return all(
        np.array_equal(rows[at], stored[seq])
        for at, seq in zip(some, seqs[some].tolist(), strict=True)
        if seq in stored
    ) and bool(np.all(np.diff(seqs) > 0))


def _stamp(folder: Path) -> Stamp:
    def seen(name: str) -> _Seen:
        try:
            found = (folder / name).stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    return folder, seen(_ROWS), seen(_SEQS), seen(_SUMS)


def _inodes(stamp: Stamp) -> tuple[Path, list[int | None]]:
    return stamp[0], [seen and seen[0] for seen in stamp[1:3]]


def _nothing() -> tuple[Seqs, Vectors]:
    import numpy as np

    return np.empty(0, np.int64), np.empty((0, 0), np.float32)


def _folder(home: Path, recipe: int) -> Path:
    return home / "vectors" / str(recipe)
