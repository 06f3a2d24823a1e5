"""The registry of loaders by format. Runs in the loader process, never where the index is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from indexes.loaders import docx, feeds, html, markdown, pdf, records, text
from indexes.loaders.documents import FEED, LINES, Refusal
from indexes.loaders.feeds import Feed
from indexes.types.article import Article
from indexes.types.errors import Unreadable


@dataclass(frozen=True)
class Asked:
    """What the loader is told about an open file; see :class:`indexes.loaders.documents.Document`."""

    kind: str
    max_bytes: int
    max_records: int | None = None
    url: str = ""
    charset: str = ""


_READERS = {
    ".txt": text.read,
    ".md": markdown.read,
    ".markdown": markdown.read,
    ".html": html.read,
    ".htm": html.read,
    ".pdf": pdf.read,
    ".docx": docx.read,
}
_RECORD_READERS = {
    ".json": records.read_json,
    ".jsonl": records.read_lines,
    ".jsonl.gz": records.read_packed_lines,
}


def read(file: BinaryIO, asked: Asked) -> Iterator[Article | Refusal | Feed]:
    """Reads ``file``. A refusal's ``where`` is the place within it: ``:3``, ``[2]`` or empty for the whole file.

    Raises:
        Unreadable: nothing in it can be read.
    """
    if asked.kind == FEED:
        yield feeds.parse_feed(file, asked.url, asked.charset)
        return
    if asked.kind not in LINES and not os.fstat(file.fileno()).st_size:
        raise Unreadable("the file is empty")
    for item in _items(file, asked):
        readable = isinstance(item, Refusal) or item.text.strip()
        yield item if readable else Refusal("", "there is no text in it")


def _items(file: BinaryIO, asked: Asked) -> Iterator[Article | Refusal]:
    if asked.kind in _RECORD_READERS:
        return _RECORD_READERS[asked.kind](file, asked.max_bytes, asked.max_records)
    return _READERS[asked.kind](file, asked.max_bytes)


def load_libraries() -> None:
    """Imports the loaders' libraries while imports are still unrestricted."""
    import dateparser
    import docx
    import feedparser
    import frontmatter
    import markdown_it
    import pypdf
    import trafilatura

    assert all((dateparser, docx, feedparser, frontmatter, markdown_it, pypdf, trafilatura))
