"""Chroma, held so that it can be thrown away: finished generations, each in a folder of its own.

Chroma does not survive a kill while it writes, and a second process never sees what a first one adds. So a
generation is written beside the one in use, checked, and only then named in the truth; from that moment on
nobody writes to it. Knows nothing of articles: ids and unit vectors go in, ids and cosines come out.
"""

from __future__ import annotations

import shutil
import sqlite3
import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexes.errors import OnRecordError

if TYPE_CHECKING:
    from indexes.embedding import Vectors
    from indexes.vector_file import Seqs

_COLLECTION = "passages"
_DATABASE = "chroma.sqlite3"
_SAMPLE = 64
_SAME = 1e-3
_HNSW = {"space": "cosine", "ef_construction": 100, "ef_search": 100, "max_neighbors": 16, "num_threads": 2}


class GenerationDamaged(OnRecordError):
    """A generation's files are not as they were published. Never shown: exact search serves, and it is rebuilt."""


@dataclass(frozen=True)
class Published:
    """What the truth remembers of the generation in use."""

    number: int
    recipe: int
    count: int
    last_seq: int
    """The last passage it was built up to; later ones are searched exactly until the next generation."""
    files: dict[str, tuple[int, int]]
    """Size and CRC-32 of its finished vector files."""

    @property
    def folder(self) -> str:
        return _folder(self.number)


class Generation:
    """An opened generation, for reading."""

    def __init__(self, home: Path, published: Published) -> None:
        """Opens and checks it.

        Raises:
            GenerationDamaged: a file differs, the count is wrong, or stored vectors do not find themselves.
        """
        self.published = published
        self._folder = home / published.folder
        _check_files(self._folder, published)
        try:
            self._client, self._collection = open_collection(self._folder)
            self._check()
        except GenerationDamaged:
            raise
        except Exception as error:  # Chroma raises what it likes on a damaged folder
            raise GenerationDamaged(f"{self._folder}: {error}") from error

    def _check(self) -> None:
        found = self._collection.count()
        if found != self.published.count:
            raise GenerationDamaged(f"{self._folder} holds {found} vectors, not {self.published.count}")
        sample = self._collection.get(limit=_SAMPLE, offset=max(0, found - _SAMPLE), include=["embeddings"])
        lost = _unfindable(self._collection, sample["ids"], sample["embeddings"])
        if lost:
            raise GenerationDamaged(f"{self._folder}: {lost} of {len(sample['ids'])} vectors do not find themselves")

    def nearest(self, vector: Vectors, top: int) -> list[tuple[str, float]]:
        """Ids and cosines of the ``top`` nearest, best first. Removed passages may be among them.

        Raises:
            GenerationDamaged: Chroma failed.
        """
        if top <= 0:
            return []
        try:
            found = self._collection.query(
                query_embeddings=vector.reshape(1, -1), n_results=min(top, self.published.count), include=["distances"]
            )
        except Exception as error:
            raise GenerationDamaged(f"{self._folder}: {error}") from error
        return [(id, 1.0 - distance) for id, distance in zip(found["ids"][0], found["distances"][0], strict=True)]

    def ids(self) -> set[str]:
        return set(self._collection.get(include=[])["ids"])

    def close(self) -> None:
        self._client.close()


def build(
    home: Path,
    number: int,
    recipe: int,
    base: Published | None,
    stale: Collection[str],
    added: Iterable[tuple[list[str], Seqs, Vectors]],
) -> Published:
    """Writes a new generation: a copy of ``base`` without ``stale``, and ``added``. Not in use until it is published.

    Raises:
        GenerationDamaged: ``base`` is damaged, or what was written does not hold. Call again with no base.
    """
    folder = home / _folder(number)
    shutil.rmtree(folder, ignore_errors=True)  # left by a build that was killed
    if base is None:
        folder.mkdir(parents=True, mode=0o700)
    else:
        _check_files(home / base.folder, base)
        _copy(home / base.folder, folder)
    client, collection = open_collection(folder, create=True)
    try:
        last_seq = _write(collection, base.last_seq if base else 0, stale, added)
        count = collection.count()
        expected = (base.count if base else 0) - len(stale)
    finally:
        client.close()
    if count < expected:
        raise GenerationDamaged(f"{folder} holds {count} vectors after writing, fewer than {expected}")
    published = Published(number, recipe, count, last_seq, _manifest(folder))
    Generation(home, published).close()
    return published


def discard_all_but(home: Path, keep: Collection[int]) -> None:
    """Deletes every generation's folder but those of the numbers in ``keep``."""
    for folder in (home / "chroma").glob("*"):
        if folder.name not in map(str, keep):
            shutil.rmtree(folder, ignore_errors=True)


def _write(
    collection: Any, last_seq: int, stale: Collection[str], added: Iterable[tuple[list[str], Seqs, Vectors]]
) -> int:
    gone = sorted(stale)
    for start in range(0, len(gone), 1000):
        collection.delete(ids=gone[start : start + 1000])
    for ids, seqs, vectors in added:
        collection.add(ids=ids, embeddings=vectors)
        lost = _unfindable(collection, ids[-_SAMPLE:], vectors[-_SAMPLE:])
        if lost:
            raise GenerationDamaged(f"{lost} vectors just written do not find themselves")
        last_seq = int(seqs[-1])
    return last_seq


def open_collection(folder: Path, create: bool = False) -> tuple[Any, Any]:
    """A Chroma client on ``folder`` and its collection of passages, made if it is missing and ``create``."""
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    if create and not client.list_collections():
        # Vectors only, and no embedding function: Chroma must never look for a model of its own.
        return client, client.create_collection(_COLLECTION, embedding_function=None, configuration={"hnsw": _HNSW})
    return client, client.get_collection(_COLLECTION, embedding_function=None)


def _unfindable(collection: Any, ids: list[str], vectors: Vectors) -> int:
    """How many of ``vectors`` are not their own nearest neighbour. A twin with the same vector counts as itself."""
    if not len(ids):
        return 0
    found = collection.query(query_embeddings=vectors, n_results=1, include=["distances"])
    return sum(not distances or abs(distances[0]) > _SAME for distances in found["distances"])


def _check_files(folder: Path, published: Published) -> None:
    for name, (size, checksum) in published.files.items():
        file = folder / name
        if not file.is_file() or file.stat().st_size != size or _crc32(file) != checksum:
            raise GenerationDamaged(f"{file} is not as it was published")
    if not (folder / _DATABASE).is_file():
        raise GenerationDamaged(f"{folder / _DATABASE} is missing")


def _manifest(folder: Path) -> dict[str, tuple[int, int]]:
    """The vector files Chroma has written for good. Until it first does, they are placeholders any reader rewrites."""
    segments = [metadata.parent for metadata in sorted(folder.glob("*/index_metadata.pickle"))]
    files = [file for segment in segments for file in sorted(segment.iterdir())]
    return {str(file.relative_to(folder)): (file.stat().st_size, _crc32(file)) for file in files}


def _crc32(file: Path) -> int:
    """Enough against damage, which is what this guards against, and several times faster than a cryptographic sum."""
    checksum = 0
    with file.open("rb") as opened:
        while block := opened.read(1 << 20):
            checksum = zlib.crc32(block, checksum)
    return checksum


def _copy(source: Path, target: Path) -> None:
    """Copies a generation. Its database goes through SQLite's own backup, as readers may be writing to it."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(_DATABASE + "*"))
    old, new = sqlite3.connect(source / _DATABASE), sqlite3.connect(target / _DATABASE)
    try:
        old.backup(new)
    finally:
        old.close()
        new.close()


def _folder(number: int) -> str:
    return f"chroma/{number}"
