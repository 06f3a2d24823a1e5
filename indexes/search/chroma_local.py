"""Local Chroma as immutable, disposable generations, each in its own folder.

Chroma may be damaged by a kill while it writes, and a second process never sees what the first one adds. So a
generation is written beside the one in use, checked, sealed, and only then recorded in the store. From then on nobody
writes to it, not even Chroma, so a checksum covers every byte. Does not know about articles: unit vectors go in under
their ``seq``, and ``seq`` and cosine come out.
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
"""The share of a sample that may be missed. Search is approximate: among near-duplicates, even a sound graph misses."""
HNSW = {"space": "cosine", "ef_construction": 100, "max_neighbors": 32, "num_threads": 2}
"""Neighbours per node: twice Chroma's default. :func:`candidates` sets how many candidates are examined."""
_WHILE_WRITING = {"sync_threshold": 1000, "batch_size": 100}
_TO_FINISH = {"sync_threshold": 2, "batch_size": 2}
"""Chroma writes vectors to its files once this many wait in its log. In the end, all are written."""
FEWEST = 2
"""A single vector stays in Chroma's log and never reaches its files."""


@dataclass(frozen=True)
class Published(ann.Published):
    """The record of the generation in use, and its files."""

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
            GenerationDamaged: a file differs, the count is wrong, or a sample does not find itself.
        """
        self.published: Published = published
        self._folder = home / published.folder
        with _told_as_damage(self._folder):
            _check_files(self._folder, published)
            client, self._collection = open_collection(self._folder)
        # Chroma keeps every client that is not closed, with its files. A search may still be using this one when the
        # next replaces it, so it is closed when the last reference is gone.
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
        """The ``seq`` of every vector in it.

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
    """Writes a new generation: a copy of ``base`` without ``stale``, plus ``added``. Not used until published.

    Raises:
        GenerationDamaged: ``base`` is damaged, or what was written fails its check. Call again without a base.
    """
    folder = home / _folder(number)
    discard(folder)  # left over from a build that was killed
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
    """``ef_search`` for ``count`` vectors: a larger graph needs more to find 98 of 100 (docs/log.md).

    Chroma's default is 100; this costs 1 ms more per question at 100,000 vectors, and 13 ms at a million.
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
    """Makes Chroma write what waits in its log, by reopening and querying it. Returns its number of vectors."""
    with _opened(folder) as collection:
        check_found(collection, collection.get(limit=1, include=["embeddings"])["embeddings"])
        return int(collection.count())


def _wipe_unused(folder: Path) -> None:
    """Zeroes the space that Chroma's files reserve for future vectors.

    Chroma writes that space as it was in memory, which may include article text and removed vectors.
    """
    for header in folder.glob("*/header.bin"):
        _, _, _, count, size = struct.unpack_from("<iQQQQ", header.read_bytes())
        for file, each in ((header.with_name("data_level0.bin"), size), (header.with_name("length.bin"), 4)):
            whole = file.stat().st_size
            os.truncate(file, min(whole, count * each))
            os.truncate(file, whole)


def _seal(folder: Path) -> None:
    """Makes the generation immutable: Chroma records each opening in a table, which a trigger prevents.

    Also rewrites the database, so that no removed data stays in free pages.
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
    """Turns any error into GenerationDamaged: on a damaged folder Chroma may raise anything."""
    try:
        with panics_as_errors():
            yield
    except GenerationDamaged:
        raise
    except Exception as error:
        raise GenerationDamaged(f"{folder}: {error}") from error


def open_collection(folder: Path, create: bool = False) -> tuple[Any, Any]:
    """A Chroma client on ``folder`` and its collection of passages, created if missing and ``create`` is set."""
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
"""Chroma's reference counting of folders is not atomic: opening one while another thread closes it yields a closed
client. Reentrant, as opening one may trigger the closing of another that is no longer used."""


def check_found(collection: Any, vectors: Vectors) -> None:
    """Raises GenerationDamaged if vectors are not their own nearest neighbours; duplicates count as themselves."""
    lost = unfound(collection, vectors) if len(vectors) else []
    if len(lost) > MISSED_AT_MOST * len(vectors):
        raise GenerationDamaged(f"{len(lost)} of {len(vectors)} vectors do not find themselves")


def unfound(collection: Any, vectors: Vectors) -> list[int]:
    """Indices of the vectors that are not their own nearest neighbours."""
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
