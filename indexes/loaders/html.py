"""Reads web pages: trafilatura extracts the article's text and metadata."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import BinaryIO

from indexes.loaders.dates import stated_date
from indexes.loaders.text import decode
from indexes.types.article import Article, new_article
from indexes.types.errors import Unreadable

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_MODIFIED = re.compile(
    r"<meta[^>]{0,300}modified[^>]{0,300}>|\"dateModified\"\s*:\s*\"[^\"]{0,60}\"\s*,?", re.IGNORECASE
)
_TAG = re.compile(r"<(?:html|body|article|p|div|head|title|h1|main|section)\b", re.IGNORECASE)


def read(file: BinaryIO, max_bytes: int) -> Iterator[Article]:
    yield article_in(decode_page(file.read()))


def decode_page(data: bytes) -> str:
    """Decodes a page as browsers do: by byte order mark, then by its declaration; UTF-8 if it is valid UTF-8.

    Raises:
        Unreadable: it is not text, or not in the encoding it declares.
    """
    try:
        return decode(data)
    except Unreadable:
        declared = _CHARSET.search(data[:4096])
        if declared is None or b"\0" in data[:4096]:
            raise
        return decode(data, as_browsers_read(declared[1].decode("ascii").lower()))


def as_browsers_read(charset: str) -> str:
    return "cp1252" if charset in ("iso-8859-1", "latin1", "ascii", "us-ascii") else charset


def article_in(page: str) -> Article:
    """The article on an HTML page.

    Raises:
        Unreadable: there is no article.
    """
    from trafilatura import bare_extraction

    if not _TAG.search(page):
        raise Unreadable("it is not an HTML page")
    found = bare_extraction(
        _MODIFIED.sub("", page),  # the modification date is not the publication date
        with_metadata=True,
        include_comments=False,
        include_tables=True,
        # Only dates in the metadata: the extensive search picks any date in the text.
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    if found is None or not (found.text or "").strip():
        raise Unreadable("no article was found on the page")
    return new_article(
        found.text,
        title=found.title or "",
        url=found.url or "",
        source=found.sitename or "",
        authors=tuple(name.strip() for name in (found.author or "").split(";")),
        published=_date_as_stated(stated_date(found.date), page),
        language=_language(page),
    )


def _date_as_stated(found: date | None, page: str) -> date | None:
    """``found``, if the page writes it unambiguously; "03/04/2026" could be March or April."""
    if found is None:
        return None
    day, year = rf"0?{found.day}(?:st|nd|rd|th)?\.?", str(found.year)
    written = (
        rf"{found:%Y}(?P<mark>[-/.]?){found:%m}(?P=mark){found:%d}",
        rf"\b{day}\s+[^\W\d_]{{3,}}\.?,?\s+{year}",
        rf"[^\W\d_]{{3,}}\.?\s+{day},?\s+{year}",
    )
    return found if any(re.search(form, page) for form in written) else None


def _language(page: str) -> str:
    stated = re.search(r"<html[^>]{0,300}?\blang\s*=\s*[\"']?([A-Za-z]{2,3})", page)
    return stated[1] if stated else ""
