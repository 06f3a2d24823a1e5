"""The corpus to search: article files, a BEIR corpus, or the articles of an existing index."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from indexes import Article, Index, Refusal, read_paths
from indexes.types.article import new_article


class Corpus(Protocol):
    """Articles that can be read repeatedly and identified without being read."""

    def read(self) -> Iterator[Article | Refusal]: ...

    def count(self) -> int:
        """About how many articles there are, for a progress bar."""

    def digest(self) -> str:
        """Hex digest of everything the articles are made from."""


@dataclass(frozen=True)
class Files:
    """Article files and folders, in any format On Record reads."""

    paths: tuple[Path, ...]
    max_bytes: int

    def read(self) -> Iterator[Article | Refusal]:
        return read_paths(self.paths, self.max_bytes)

    def count(self) -> int:
        from indexes.ingest.files import count_articles

        return count_articles(self.paths)

    def digest(self) -> str:
        from indexes.ingest.files import find_files

        return _digest([found for found in find_files(self.paths) if isinstance(found, Path)])


@dataclass(frozen=True)
class BeirCorpus:
    """corpus.jsonl[.gz] of a BEIR dataset: _id, title, text (Thakur et al., NeurIPS 2021)."""

    path: Path

    def read(self) -> Iterator[Article | Refusal]:
        from assistant.evaluation.questions import numbered_records

        for number, row in numbered_records(self.path):
            if isinstance(row, dict) and str(row.get("text") or row.get("title") or "").strip():
                title = str(row.get("title") or "")
                # A row with only a title is an article whose text is its title.
                yield new_article(str(row.get("text") or title), id=str(row.get("_id", "")), title=title)
            else:
                yield Refusal(f"{self.path}:{number}", row if isinstance(row, str) else 'it has no "text"')

    def count(self) -> int:
        from indexes.ingest.files import count_articles

        return count_articles([self.path])

    def digest(self) -> str:
        return _digest([self.path])


@dataclass(frozen=True)
class Kept:
    """The current articles of an index."""

    index: Index

    def read(self) -> Iterator[Article]:
        return map(self.index.store.article, self.index.store.article_ids())

    def count(self) -> int:
        return len(self.index.store.article_ids())

    def digest(self) -> str:
        whole = hashlib.sha256()
        for article in self.read():
            whole.update(f"{article.id} {article.fingerprint}\n".encode())
        return whole.hexdigest()


def _digest(files: list[Path]) -> str:
    """Hashes names and bytes, as an article keeps its file's name."""
    whole = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            whole.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()
