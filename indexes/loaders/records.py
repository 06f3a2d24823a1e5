"""Reads JSON: one article or a list in .json, one article per line in .jsonl and .jsonl.gz.

Fields: text (required), title, url, source, authors, published, language, id. Others are ignored.
"""

from __future__ import annotations

import gzip
import itertools
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from indexes.loaders.dates import stated_date
from indexes.loaders.documents import MEGABYTE, Refusal, too_many
from indexes.loaders.text import decode
from indexes.types.article import Article, new_article
from indexes.types.errors import Unreadable

_EXPANSION = 100
"""The largest ratio to which a compressed file may expand; articles compress to about a third."""
_SAMPLE = 1 << 20


def article_from(record: Mapping[str, Any]) -> Article:
    """The article a record describes.

    Raises:
        Unreadable: it has no text.
    """
    text = record.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Unreadable('it has no "text"')
    return new_article(
        text,
        id=_plain(record.get("id")),
        title=_plain(record.get("title")),
        url=_plain(record.get("url")),
        source=_plain(record.get("source")),
        authors=_names(record.get("authors", record.get("author"))),
        published=stated_date(record.get("published")),
        language=_plain(record.get("language")),
    )


def read_json(file: BinaryIO, max_bytes: int, max_records: int | None = None) -> Iterator[Article | Refusal]:
    """
    Raises:
        Unreadable: it is not JSON; or, after the first ``max_records``, there are more.
    """
    try:
        content = json.loads(decode(file.read()))
    except (ValueError, RecursionError) as error:
        raise Unreadable(_not_json(error)) from None
    records = content if isinstance(content, list) else [content]
    many = len(records) > 1
    found = (_read(f"[{n}]" if many else "", record) for n, record in enumerate(records))
    yield from _all_or_one_refusal(_at_most(max_records, found))


def read_lines(file: BinaryIO, max_bytes: int, max_records: int | None = None) -> Iterator[Article | Refusal]:
    """Reads line by line, so that a file of any size takes no more memory than its longest article."""
    yield from _all_or_one_refusal(_lines(_Unpacked(file, most_lines=max_records), max_bytes))


def read_packed_lines(file: BinaryIO, max_bytes: int, max_records: int | None = None) -> Iterator[Article | Refusal]:
    """The same for a gzip file, as far as it can be decompressed."""
    most = max(max_bytes, _EXPANSION * os.fstat(file.fileno()).st_size)
    with gzip.GzipFile(fileobj=file) as unpacked:
        yield from _all_or_one_refusal(_lines(_Unpacked(unpacked, most, max_records), max_bytes))


def count_lines(path: Path) -> int:
    """An estimate of the number of non-blank lines, from the file's beginning; 0 if it cannot be read."""
    try:
        with path.open("rb") as file:
            begin, size = file.read(_SAMPLE), os.fstat(file.fileno()).st_size
        taken = len(begin)
        if path.name.lower().endswith(".gz"):
            unpacking = zlib.decompressobj(wbits=31)
            begin = unpacking.decompress(begin, 4 * _SAMPLE)
            taken -= len(unpacking.unconsumed_tail) + len(unpacking.unused_data)
    except (OSError, zlib.error):
        return 0
    return round(sum(1 for line in begin.split(b"\n") if line.strip()) * size / max(1, taken))


@dataclass
class _Unpacked:
    """A file of lines, read up to ``most`` bytes: some files expand to a thousand times their size.

    ``most_lines`` limits the lines read, including blank ones.
    """

    file: BinaryIO | gzip.GzipFile
    most: float = float("inf")
    most_lines: int | None = None

    def line(self, max_bytes: int) -> bytes:
        """The next line, or as much of it as the limit allows."""
        line = self.file.readline(max_bytes)
        self.most -= len(line)
        if self.most < 0:
            raise Unreadable(f"it unpacks to more than {_EXPANSION} times its size")
        return line


def _lines(file: _Unpacked, max_bytes: int) -> Iterator[Article | Refusal]:
    try:
        number = 0
        while line := file.line(max_bytes + 1):
            if number == file.most_lines:
                raise Unreadable(too_many(number))
            number += 1
            where = f":{number}"
            if len(line) > max_bytes and not line.endswith(b"\n"):
                yield Refusal(where, f"over the limit of {max_bytes / MEGABYTE:g} MB for one article")
                _skip_line(file, max_bytes)
            elif not line.isspace():
                yield _read_line(where, line)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        yield Refusal("", f"it is damaged: {str(error).lower()}")


def _at_most(most: int | None, found: Iterator[Article | Refusal]) -> Iterator[Article | Refusal]:
    yield from itertools.islice(found, most)
    if most is not None and next(found, None) is not None:
        raise Unreadable(too_many(most))


def _skip_line(file: _Unpacked, max_bytes: int) -> None:
    while (more := file.line(max_bytes)) and not more.endswith(b"\n"):
        pass


def _read_line(where: str, line: bytes) -> Article | Refusal:
    try:
        return _read(where, json.loads(decode(line)))
    except Unreadable as error:
        return Refusal(where, str(error))
    except (ValueError, RecursionError) as error:
        return Refusal(where, _not_json(error))


def _not_json(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON: {error.msg.lower()}, line {error.lineno}, column {error.colno}"
    deep = isinstance(error, RecursionError)
    return f"it is not JSON that can be read: {'too deeply nested' if deep else 'a number in it is too long'}"


def _read(where: str, record: object) -> Article | Refusal:
    if not isinstance(record, Mapping):
        return Refusal(where, "it is not a JSON object")
    try:
        return article_from(record)
    except Unreadable as error:
        return Refusal(where, str(error))


def _all_or_one_refusal(found: Iterator[Article | Refusal]) -> Iterator[Article | Refusal]:
    """The items as they come; but a file without any article is refused once, not line by line."""
    held: list[Refusal] = []
    for item in found:
        if isinstance(item, Article):
            yield from held
            yield item
            yield from found
            return
        held.append(item)
    if not held:
        yield Refusal("", "there are no articles in it")
    elif len(held) == 1:
        yield held[0]
    else:
        yield Refusal("", f"none of its {len(held)} records is an article; the first one: {held[0].reason}")


def _names(value: object) -> tuple[str, ...]:
    """Names from a list or a single value, each a string or an object with a "name"."""
    several = value if isinstance(value, list | tuple) else [value]
    return tuple(_plain(one.get("name") if isinstance(one, Mapping) else one) for one in several)


def _plain(value: object) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)
