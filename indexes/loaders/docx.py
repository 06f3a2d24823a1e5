"""Reads Word files with python-docx. Dates in the document's properties are the file's, not the article's."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from indexes.loaders.documents import MEGABYTE
from indexes.loaders.text import title_in
from indexes.types.article import Article, new_article
from indexes.types.errors import Unreadable

_EXPANSION = 10


def read(file: BinaryIO, max_bytes: int) -> Iterator[Article]:
    _check_size(file, _EXPANSION * max_bytes)
    document = _open(file)
    blocks = [(_text(block), _style(block)) for block in document.iter_inner_content()]
    text = "\n\n".join(words for words, _ in blocks if words.strip())
    styled = next((words.strip() for words, style in blocks if style == "Title" and words.strip()), "")
    author = document.core_properties.author or ""
    yield new_article(
        text,
        title=styled or title_in(text),
        authors=() if author == "python-docx" else (author,),
    )


def _open(file: BinaryIO) -> Any:
    import docx

    try:
        return docx.Document(file)
    except MemoryError:
        raise
    except Exception as error:  # python-docx raises many kinds of errors on broken files
        raise Unreadable(f"it is damaged or not a Word document: {type(error).__name__}") from None


def _check_size(file: BinaryIO, max_bytes: int) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        raise Unreadable("it is damaged or not a Word document") from None
    if size > max_bytes:
        raise Unreadable(f"it unpacks to {size / MEGABYTE:.0f} MB, over the limit of {max_bytes / MEGABYTE:g} MB")


def _text(block: Any) -> str:
    """The text of a paragraph or table; rows become lines, with cells separated by tabs."""
    if hasattr(block, "rows"):
        return "\n".join("\t".join(cell.text.strip() for cell in row.cells) for row in block.rows)
    return str(block.text)


def _style(block: Any) -> str:
    style = getattr(block, "style", None)
    return str(getattr(style, "name", "") or "")
