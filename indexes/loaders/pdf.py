"""Reads PDF with pypdf. Dates in the metadata are the file's, not the article's, and are not used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from indexes.loaders.text import title_in
from indexes.types.article import Article, new_article
from indexes.types.errors import Unreadable


def read(file: BinaryIO, max_bytes: int) -> Iterator[Article]:
    pages, stated_title, stated_author = _extract(file)
    text = "\n\n".join(filter(None, map(str.strip, _without_furniture(pages))))
    if not text:
        raise Unreadable("there is no text in it; if it is a scan, run it through OCR first")
    text = _lead_with_title(_joined_lines(text), stated_title)
    yield new_article(text, title=stated_title or title_in(text), authors=(stated_author,))


def _extract(file: BinaryIO) -> tuple[list[str], str, str]:
    import logging

    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(file)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("it is encrypted with a password")
        pages = [page.extract_text() for page in reader.pages]
        return pages, *_stated(reader.metadata, pages)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # pypdf raises many kinds of errors on broken files
        detail = " ".join(str(error).split())[:120]
        raise Unreadable(f"it is damaged or not a PDF: {detail or type(error).__name__}") from None


def _stated(metadata: Any, pages: list[str]) -> tuple[str, str]:
    """Title and author from the metadata. A title that is not on the first page is ignored: software put it there."""
    title, author = (str(getattr(metadata, name, None) or "").strip() for name in ("title", "author"))
    first_page = "".join(pages[0].split()).lower() if pages else ""
    on_page = bool(title) and "".join(title.split()).lower() in first_page
    return (title if on_page else ""), ("" if author.lower() in ("anonymous", "unknown") else author)


def _without_furniture(pages: list[str]) -> Iterator[str]:
    """The pages without running headers and footers: first or last lines that end in the page's number."""
    for number, page in enumerate(pages, start=1):
        lines = page.strip().split("\n")
        numbered = re.compile(rf"^.{{0,80}}\b(?:page )?{number}(?: of {len(pages)})?$", re.IGNORECASE)
        for at in (0, -1):
            if len(lines) > 2 and numbered.match(lines[at].strip()) and not lines[at].strip().endswith("."):
                lines.pop(at)
        yield "\n".join(lines)


def _joined_lines(text: str) -> str:
    """Joins words hyphenated at line breaks if the text also has them unbroken; drops soft hyphens."""
    text = text.replace("\u00ad\n", "").replace("\u00ad", "")
    whole = set(re.findall(r"\w+", text.lower()))

    def mended(match: re.Match[str]) -> str:
        joined = match[1] + match[2]
        return joined if joined.lower() in whole else f"{match[1]}-{match[2]}"

    return re.sub(r"(\w+)-\n(\w+)", mended, text)


def _lead_with_title(text: str, title: str) -> str:
    """Puts a headline that is broken over lines, at the top of the text, back on one line."""
    if not title:
        return text
    broken = re.compile(r"\s+".join(map(re.escape, title.split())), re.IGNORECASE)
    match = broken.search(text[: len(title) + 500])
    return text if match is None else text[: match.start()] + match[0].replace("\n", " ") + text[match.end() :]
