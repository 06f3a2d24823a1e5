"""Chroma, held so that it can be thrown away: finished generations, each in a folder of its own.

Chroma does not survive a kill while it writes, and a second process never sees what a first one adds. So a
generation is written beside the one in use, checked, sealed, and only then named in the truth; from that moment on
nobody writes to it, Chroma itself included, so that a checksum covers every byte of it. Knows nothing of articles:
unit vectors go in under their ``seq``, and those come out with their cosines.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import struct
import threading
import weakref
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexes.search import ann
from indexes.search.ann import GenerationDamaged
from indexes.search.duplicate_vectors import fill
from indexes.storage.checksums import crc32, discard, panics_as_errors

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors
    from indexes.search.exact import Seqs

_COLLECTION = "passages"
_DATABASE = "chroma.sqlite3"
_SAMPLE = 64
_SAME = 1e-3
MISSED_AT_MOST = 0.1
"""Of a sample. The search is approximate: among many that are nearly alike, a sound one may miss a vector itself."""
HNSW = {"space": "cosine", "ef_construction": 100, "max_neighbors": 32, "num_threads": 2}
"""Twice the neighbours of Chroma's default. How many candidates are looked at is for :func:`candidates`."""
_WHILE_WRITING = {"sync_threshold": 1000, "batch_size": 100}
_TO_FINISH = {"sync_threshold": 2, "batch_size": 2}
"""Chroma writes vectors to their files once so many wait in its log: at last, all of them."""
FEWEST = 2
"""A single vector Chroma keeps nowhere but in its log."""


@dataclass(frozen=True)
class Published(ann.Published):
    """What is remembered of the generation in use, and its files."""

    manifest: dict[str, tuple[int, int]]
    """Size and CRC-32 of every file in its folder."""

    @property
    def folder(self) -> str:
        return _folder(self.number)


class Generation(ann.Opened):
    """An opened generation, for reading."""

    def __init__(self, home: Path, published: Published) -> None:
        """Opens and checks it.

        Raises:
            GenerationDamaged: a file differs, the count is wrong, or stored vectors do not find themselves.
        """
        self.published: Published = published
        self._folder = home / published.folder
        with _told_as_damage(self._folder):
            _check_files(self._folder, published)
            client, self._collection = open_collection(self._folder)
        # Chroma itself keeps every client that nobody closes, with its files. A search may be using this one when the
        # next takes its place, so it is closed when the last has let go of it.
        self._closing = weakref.finalize(self, _close, client)
        self._closing.atexit = False
        try:
            with _told_as_damage(self._folder):
                self._check()
        except GenerationDamaged:
            self.close()
            raise

    def _check(self) -> None:
        found = self._collection.count()
        if found != self.published.count:
            raise GenerationDamaged(f"{self._folder} holds {found} vectors, not {self.published.count}")
        sample = self._collection.get(limit=_SAMPLE, offset=max(0, found - _SAMPLE), include=["embeddings"])
        check_found(self._collection, sample["embeddings"])

    def nearest(self, vector: Vectors, top: int) -> dict[int, float]:
        if top <= 0:
            return {}
        with _told_as_damage(self._folder):
            found = self._collection.query(
                query_embeddings=vector.reshape(1, -1),
                n_results=min(top, self.published.count, ann.MOST),
                include=["distances"],
            )
        ids, distances = found["ids"][0], found["distances"][0]
        return {int(id): 1.0 - distance for id, distance in zip(ids, distances, strict=True)}

    def seqs(self) -> set[int]:
        """All it holds.

        Raises:
            GenerationDamaged: Chroma failed.
        """
        with _told_as_damage(self._folder):
            return set(map(int, self._collection.get(include=[])["ids"]))

    def close(self) -> None:
        self._closing()


def build(
    home: Path,
    number: int,
    recipe: int,
    base: Published | None,
    stale: Collection[int],
    added: Iterable[tuple[list[str], Seqs, Vectors]],
) -> Published:
    """Writes a new generation: a copy of ``base`` without ``stale``, and ``added``. Not in use until it is published.

    Raises:
        GenerationDamaged: ``base`` is damaged, or what was written does not hold. Call again with no base.
    """
    folder = home / _folder(number)
    discard(folder)  # left by a build that was killed
    with _told_as_damage(folder):
        if base is None:
            folder.mkdir(parents=True, mode=0o700)
        else:
            _check_files(home / base.folder, base)
            shutil.copytree(home / base.folder, folder)
            _unseal(folder)
        last_seq, apart = _write(folder, base.last_seq if base else 0, stale, added)
        count = _finish(folder)
        _wipe_unused(folder)
        _seal(folder)
    expected = (base.count if base else 0) - len(stale)
    if count < expected:
        raise GenerationDamaged(f"{folder} holds {count} vectors after writing, fewer than {expected}")
    published = Published(number, recipe, count, last_seq, (*(base.apart if base else ()), *apart), _manifest(folder))
    Generation(home, published).close()
    return published


def candidates(count: int) -> int:
    """``ef_search`` for so many vectors: the larger the graph, the more it takes to find 98 of 100 (docs/log.md).

    Chroma's own default is 100; this takes 1 ms a question more at 100,000 vectors, 13 at a million.
    """
    return max(600, count // 250)


def discard_all_but(home: Path, keep: Collection[int]) -> None:
    """Deletes every generation's folder but those of the numbers in ``keep``."""
    for folder in (home / "chroma").glob("*"):
        if folder.name not in map(str, keep):
            discard(folder)


def _write(
    folder: Path, last_seq: int, stale: Collection[int], added: Iterable[tuple[list[str], Seqs, Vectors]]
) -> tuple[int, tuple[int, ...]]:
    gone = [str(seq) for seq in sorted(stale)]
    with _opened(folder, create=True) as collection:

        def put(ids: list[str], vectors: Vectors) -> None:
            collection.add(ids=ids, embeddings=vectors)
            check_found(collection, vectors[-_SAMPLE:])

        collection.modify(configuration={"hnsw": _WHILE_WRITING})
        for start in range(0, len(gone), 1000):
            collection.delete(ids=gone[start : start + 1000])
        last_seq, apart = fill(put, added, last_seq)
        collection.modify(configuration={"hnsw": {**_TO_FINISH, "ef_search": candidates(collection.count())}})
    return last_seq, apart


def _finish(folder: Path) -> int:
    """Has Chroma write what waits in its log, as it does when opened anew and asked. How many vectors it holds."""
    with _opened(folder) as collection:
        check_found(collection, collection.get(limit=1, include=["embeddings"])["embeddings"])
        return int(collection.count())


def _wipe_unused(folder: Path) -> None:
    """Zeroes the room that Chroma's files keep for vectors to come.

    It is written as it stood in memory: with words of articles, and vectors that were removed.
    """
    for header in folder.glob("*/header.bin"):
        _, _, _, count, size = struct.unpack_from("<iQQQQ", header.read_bytes())
        for file, each in ((header.with_name("data_level0.bin"), size), (header.with_name("length.bin"), 4)):
            whole = file.stat().st_size
            os.truncate(file, min(whole, count * each))
            os.truncate(file, whole)


def _seal(folder: Path) -> None:
    """From now on Chroma changes nothing: it notes each opening in a table, and a trigger keeps it from that.

    Rewrites the database, too: nothing of what was removed stays in free pages.
    """
    db = sqlite3.connect(folder / _DATABASE, isolation_level=None)
    try:
        db.execute("CREATE TRIGGER sealed BEFORE INSERT ON acquire_write BEGIN SELECT RAISE(IGNORE); END")
        db.execute("VACUUM")
    finally:
        db.close()


def _unseal(folder: Path) -> None:
    db = sqlite3.connect(folder / _DATABASE, isolation_level=None)
    try:
        db.execute("DROP TRIGGER sealed")
    finally:
        db.close()


@contextmanager
def _opened(folder: Path, create: bool = False) -> Iterator[Any]:
    client, collection = open_collection(folder, create)
    try:
        yield collection
    finally:
        _close(client)


@contextmanager
def _told_as_damage(folder: Path) -> Iterator[None]:
    """Chroma raises what it likes on a damaged folder."""
    try:
        with panics_as_errors():
            yield
    except GenerationDamaged:
        raise
    except Exception as error:
        raise GenerationDamaged(f"{folder}: {error}") from error


def open_collection(folder: Path, create: bool = False) -> tuple[Any, Any]:
    """A Chroma client on ``folder`` and its collection of passages, made if it is missing and ``create``."""
    import chromadb
    from chromadb.config import Settings

    with _opening:
        client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    if create and not client.list_collections():
        # Vectors only, and no embedding function: Chroma must never look for a model of its own.
        return client, client.create_collection(_COLLECTION, embedding_function=None, configuration={"hnsw": HNSW})
    return client, client.get_collection(_COLLECTION, embedding_function=None)


def _close(client: Any) -> None:
    with _opening:
        client.close()


_opening = threading.RLock()
"""Chroma counts who uses a folder, but not in one go: who opens it while another thread closes it has nothing. A thread
that opens one may come to close another, which nobody uses any more."""


def check_found(collection: Any, vectors: Vectors) -> None:
    """Raises GenerationDamaged if vectors are not their own nearest neighbours; twins count as themselves."""
    lost = unfound(collection, vectors) if len(vectors) else []
    if len(lost) > MISSED_AT_MOST * len(vectors):
        raise GenerationDamaged(f"{len(lost)} of {len(vectors)} vectors do not find themselves")


def unfound(collection: Any, vectors: Vectors) -> list[int]:
    """Places of the vectors that are not their own nearest neighbours."""
    found = collection.query(query_embeddings=vectors, n_results=1, include=["distances"])["distances"]
    return [place for place, distances in enumerate(found) if not distances or abs(distances[0]) > _SAME]


def _check_files(folder: Path, published: Published) -> None:
    if _DATABASE not in published.manifest:
        raise GenerationDamaged(f"{folder} was not sealed when it was published")
    for name, (size, checksum) in published.manifest.items():
        file = folder / name
        if not file.is_file() or file.stat().st_size != size or crc32(file) != checksum:
            raise GenerationDamaged(f"{file} is not as it was published")


def _manifest(folder: Path) -> dict[str, tuple[int, int]]:
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    return {str(file.relative_to(folder)): (file.stat().st_size, crc32(file)) for file in files}


def _folder(number: int) -> str:
    return f"chroma/{number}"
