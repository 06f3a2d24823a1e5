"""Finds the loader for a document and runs it. In the loader process, never where the index is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, BinaryIO

from indexes.loaders import feeds
from indexes.loaders.documents import Refusal
from indexes.loaders.feeds import Feed
from indexes.loaders.formats import FEED, LIBRARIES, LINES, LOADERS, RECORDS
from indexes.types.article import Article
from indexes.types.errors import Unreadable

_Read = Callable[..., Iterator[Article | Refusal]]


@dataclass(frozen=True)
class Asked:
    """What the loader is told about an open file; see :class:`indexes.loaders.documents.Document`."""

    kind: str
    max_bytes: int
    max_records: int | None = None
    url: str = ""
    charset: str = ""


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
    more = (asked.max_records,) if asked.kind in RECORDS else ()
    for item in loader(asked.kind)(file, asked.max_bytes, *more):
        readable = isinstance(item, Refusal) or item.text.strip()
        yield item if readable else Refusal("", "there is no text in it")


def loader(kind: str) -> _Read:
    """The function that reads files of this kind."""
    module, _, name = LOADERS[kind].partition(".")
    found: Any = getattr(import_module(f"indexes.loaders.{module}"), name)
    return found  # type: ignore[no-any-return]


def load_libraries() -> None:
    """Imports loaders and their libraries while imports are still unrestricted."""
    for kind in LOADERS:
        loader(kind)
    for library in LIBRARIES:
        import_module(library)
