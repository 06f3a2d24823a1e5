"""Files in, articles out. A loader process reads them; adding them to an index happens elsewhere.

A file or record without a readable article becomes a :class:`Refusal`; the others are still read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from indexes.loaders.documents import (
    MEGABYTE,
    NO_FILE,
    Document,
    Refusal,
    ending_of,
    open_document,
)
from indexes.loaders.formats import FILE_ENDINGS, LINES
from indexes.loaders.sandbox.pool import read_documents
from indexes.loaders.sandbox.protocol import Item
from indexes.types.article import Article

Read = Callable[[Iterable[Document | Refusal]], Iterator[Item]]
"""Reads open files outside the process that holds the index, and yields their items in order."""

__all__ = [
    "FILE_ENDINGS",
    "MEGABYTE",
    "Read",
    "Refusal",
    "count_articles",
    "find_files",
    "read_file",
    "read_paths",
]


def read_paths(
    paths: Iterable[str | Path], max_bytes: int = 20 * MEGABYTE, read: Read = read_documents
) -> Iterator[Article | Refusal]:
    """Reads files, and folders recursively in order of names. Starts at once and reads ahead.

    ``max_bytes`` is the limit for one article in its file, decompressed. ``read`` reads the open files.
    """
    documents = (
        found if isinstance(found, Refusal) else open_document(found, max_bytes)
        for found in find_files(map(Path, paths))
    )
    return _articles(read(documents))


def read_file(
    path: Path, max_bytes: int = 20 * MEGABYTE, max_records: int | None = None
) -> Iterator[Article | Refusal]:
    """The articles in one file: one, or for .jsonl and .json any number, up to ``max_records``."""
    return _articles(read_documents([open_document(path, max_bytes, max_records)]))


def _articles(items: Iterator[Item]) -> Iterator[Article | Refusal]:
    return (item for item in items if isinstance(item, Article | Refusal))


def find_files(paths: Iterable[Path]) -> Iterator[Path | Refusal]:
    """The files to read. In folders, hidden files and README files, which describe the folder, are skipped silently.

    A symbolic link in a folder is followed only to a file within that folder.
    """
    for path in paths:
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError):
            yield Refusal(str(path), "there is no such file or folder")
            continue
        if not stat.S_ISDIR(mode):
            yield path if stat.S_ISREG(mode) else Refusal(str(path), NO_FILE)
            continue
        empty = True
        for found in _inside(path, path.resolve()):
            empty = False
            yield found
        if empty:
            yield Refusal(str(path), "there are no files in this folder")


def _inside(folder: Path, top: Path) -> Iterator[Path | Refusal]:
    """The contents of a folder, recursively, in order of their names."""
    levels: list[Iterator[os.DirEntry[str] | Refusal]] = [iter(_listed(folder))]
    while levels:
        entry = next(levels[-1], None)
        if entry is None:
            levels.pop()
        elif isinstance(entry, Refusal):
            yield entry
        elif entry.is_dir(follow_symlinks=False):
            levels.append(iter(_listed(Path(entry.path))))
        elif Path(entry.name).stem.upper() != "README":
            yield _file(Path(entry.path), entry, top)


def _listed(folder: Path) -> Sequence[os.DirEntry[str] | Refusal]:
    try:
        with os.scandir(folder) as entries:
            shown = [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        return [Refusal(str(folder), f"the folder cannot be read: {(error.strerror or str(error)).lower()}")]
    return sorted(shown, key=lambda entry: entry.name)


def _file(path: Path, entry: os.DirEntry[str], top: Path) -> Path | Refusal:
    if not entry.is_symlink():
        return path if entry.is_file() else Refusal(str(path), NO_FILE)
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: a loop of links, before Python 3.13
        return Refusal(str(path), "it is a broken link")
    if not target.is_file() or not target.is_relative_to(top):
        return Refusal(str(path), "it links to something other than a file in this folder. Add the target itself")
    return path


def count_articles(paths: Iterable[Path]) -> int:
    """An estimate of the number of articles: files, and lines where a file holds one article per line."""
    from indexes.loaders.records import count_lines

    files = [found for found in find_files(paths) if isinstance(found, Path)]
    return sum(count_lines(file) if ending_of(file) in LINES else 1 for file in files)
