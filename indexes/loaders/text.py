"""Reads plain text: the first line is the title if it looks like one. Also decodes bytes for the other loaders."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from indexes.types.article import Article, new_article, normalise
from indexes.types.errors import Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read(file: BinaryIO, max_bytes: int) -> Iterator[Article]:
    text = decode(file.read())
    yield new_article(text, title=title_in(text))


def decode(data: bytes, declared: str = "") -> str:
    """Decodes ``data`` by its byte order mark, else as ``declared``, else as UTF-8. Never guesses.

    Raises:
        Unreadable: it is not text in that encoding. A wrong guess would put wrong letters into a quotation.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), declared or "utf-8")
    if encoding == "utf-8" and b"\0" in data[:4096]:
        raise Unreadable("it holds binary data, not text")
    try:
        return data.decode(encoding)
    except LookupError:
        raise Unreadable(f"it says it is in {encoding!r}, an unknown encoding. Save it as UTF-8") from None
    except UnicodeDecodeError as error:
        name = error.encoding.upper()
        raise Unreadable(f"byte {error.start + 1} is not {name} text. Save the file as UTF-8") from None
    except UnicodeError:
        raise Unreadable(f"it is not text in {encoding!r}, as it says. Save it as UTF-8") from None


def title_in(text: str) -> str:
    """The first line, if it looks like a headline: short, with more text below, and not a sentence with a full stop."""
    lines = [line.strip() for line in normalise(text).split("\n") if line.strip()]
    if len(lines) < 2 or len(lines[0]) > 160 or len(lines[0].split()) > 25:
        return ""
    ends_like_a_sentence = re.search(r"[.,;:][\"'”’)]*$", lines[0]) and not lines[0].endswith(("U.S.", "..."))
    runs_on = lines[1][:1].islower()
    return "" if ends_like_a_sentence or runs_on else lines[0]
