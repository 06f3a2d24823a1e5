"""Files in, articles out. Knows every format we read, and nothing of what becomes of an article.

A file, or a record of one, that holds no article we can read becomes a :class:`Refusal`; the rest goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from indexes.article import Article
from indexes.errors import Unreadable

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Refusal:
    """Something that was not read: where, and why in one line."""

    where: str
    reason: str

    def __post_init__(self) -> None:
        # A file's name may hold line ends; what is said of it stays one line.
        for name in ("where", "reason"):
            object.__setattr__(self, name, " ".join(getattr(self, name).split()))


def read_paths(paths: Iterable[Path], max_bytes: int = 20 * MEGABYTE) -> Iterator[Article | Refusal]:
    """Reads files, and folders with all below them, in the order of their names.

    ``max_bytes`` bounds one article as it stands in its file, decompressed.
    """
    for found in find_files(paths):
        if isinstance(found, Refusal):
            yield found
        else:
            yield from read_file(found, max_bytes)


def read_file(path: Path, max_bytes: int = 20 * MEGABYTE) -> Iterator[Article | Refusal]:
    """The articles of one file: one, or for .jsonl and .json any number."""
    ending = ending_of(path)
    try:
        reader = _reader(ending)
        if ending in _LINES:
            yield from _named(path, reader(path, max_bytes))
            return
        size = path.stat().st_size
        if size > max_bytes:
            raise Unreadable(
                f"{size / MEGABYTE:.1f} MB is over the limit of {max_bytes / MEGABYTE:g} MB for one article "
                "(setting max_file_mb)"
            )
        if size == 0:
            raise Unreadable("the file is empty")
        yield from _named(path, reader(path, max_bytes))
    except Unreadable as error:
        yield Refusal(str(path), str(error))
    except OSError as error:
        yield Refusal(str(path), (error.strerror or str(error)).lower())


def find_files(paths: Iterable[Path]) -> Iterator[Path | Refusal]:
    """The files to read. In a folder, hidden files and README files (they describe it) are passed over in silence."""
    for path in paths:
        if path.is_dir():
            inside = [p for p in sorted(path.rglob("*")) if p.is_file() and not _passed_over(p, path)]
            yield from inside or (Refusal(str(path), "there are no files in this folder"),)
        elif path.exists():
            yield path
        else:
            yield Refusal(str(path), "there is no such file or folder")


def count_articles(paths: Iterable[Path]) -> int:
    """About how many articles the paths hold: files, and lines where a file holds an article a line."""
    from indexes.reading.records import count_lines

    files = [found for found in find_files(paths) if isinstance(found, Path)]
    return sum(count_lines(file) if ending_of(file) in _LINES else 1 for file in files)


def ending_of(path: Path) -> str:
    """The part of the name that tells the format, ``.jsonl.gz`` included, in lower case."""
    name = path.name.lower()
    return next((ending for ending in FILE_ENDINGS if name.endswith(ending)), path.suffix.lower())


_LINES = (".jsonl", ".jsonl.gz")
FILE_ENDINGS = (".txt", ".md", ".markdown", ".html", ".htm", ".pdf", ".docx", ".json", *_LINES)

Reader = Callable[[Path, int], Iterator[Article | Refusal]]


def _reader(ending: str) -> Reader:
    """The reader for a file's ending. Each module loads its library only when it is needed."""
    from indexes.reading import docx, html, markdown, pdf, records, text

    readers: dict[str, Reader] = {
        ".txt": text.read,
        ".md": markdown.read,
        ".markdown": markdown.read,
        ".html": html.read,
        ".htm": html.read,
        ".pdf": pdf.read,
        ".docx": docx.read,
        ".json": records.read_json,
        ".jsonl": records.read_lines,
        ".jsonl.gz": records.read_lines,
    }
    if ending not in readers:
        raise Unreadable(f"not a kind of file On Record reads ({', '.join(FILE_ENDINGS)})")
    return readers[ending]


def _named(path: Path, found: Iterator[Article | Refusal]) -> Iterator[Article | Refusal]:
    """Adds to each article where it came from, and refuses those without text."""
    origin = str(path.resolve())
    for item in found:
        if isinstance(item, Refusal):
            yield item
        elif not item.text.strip():
            yield Refusal(str(path), "there is no text in it")
        else:
            yield replace(item, origin=origin)


def _passed_over(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    return any(part.startswith(".") for part in parts) or path.stem.upper() == "README"
