"""The protocol between On Record and the loader process: length-prefixed JSON, which cannot carry code.

Replies are validated as untrusted input, since a hostile file may have taken over that process.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from indexes.loaders.documents import Refusal
from indexes.loaders.feeds import Entry, Feed
from indexes.types.article import Article, normalise

LENGTH = struct.Struct(">I")
Item = Article | Refusal | Feed
"""An item found in a document. A refusal's ``where`` is the place within it."""

_TEXTS = ("id", "text", "title", "url", "source", "language")


class ProtocolError(Exception):
    """The reply is not one that an intact loader process would send."""


def packed(message: object) -> bytes:
    return framed(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"))


def framed(body: bytes) -> bytes:
    return LENGTH.pack(len(body)) + body


def unpacked(body: bytes) -> dict[str, Any]:
    """The message in ``body``.

    Raises:
        Garbled: it is not a valid message.
    """
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise ProtocolError from None
    if not isinstance(message, dict):
        raise ProtocolError
    return message


def item_json(item: Item) -> dict[str, Any]:
    if isinstance(item, Article):
        texts = {name: getattr(item, name) for name in _TEXTS}
        return {**texts, "authors": item.authors, "published": _day_json(item.published)}
    if isinstance(item, Refusal):
        return {"refused": item.reason, "at": item.where}
    entries = [asdict(entry) | {"published": _day_json(entry.published)} for entry in item.entries]
    return {"feed": item.title, "entries": entries}


def item_from(sent: Any) -> Item:
    """The inverse of :func:`item_json`.

    Raises:
        Garbled: it is not an item that a loader would produce.
    """
    if not isinstance(sent, dict):
        raise ProtocolError
    if "refused" in sent:
        return Refusal(_text(sent, "at"), _text(sent, "refused"))
    if "feed" in sent:
        return Feed(_text(sent, "feed"), tuple(map(_entry, _list(sent, "entries"))))
    return _article(sent)


def _article(sent: Mapping[str, Any]) -> Article:
    texts = {name: _text(sent, name) for name in _TEXTS}
    if not texts["id"] or any(normalise(text) != text for text in texts.values()):
        raise ProtocolError
    return Article(**texts, authors=_names(sent), published=_day(sent))  # type: ignore[arg-type]


def _entry(sent: Any) -> Entry:
    if not isinstance(sent, dict):
        raise ProtocolError
    return Entry(_text(sent, "link"), _text(sent, "title"), _names(sent), _day(sent))


def _text(sent: Mapping[str, Any], name: str) -> str:
    value = sent.get(name)
    if not isinstance(value, str):
        raise ProtocolError
    return value


def _list(sent: Mapping[str, Any], name: str) -> list[Any]:
    value = sent.get(name)
    if not isinstance(value, list):
        raise ProtocolError
    return value


def _names(sent: Mapping[str, Any]) -> tuple[str, ...]:
    names = _list(sent, "authors")
    if not all(isinstance(name, str) for name in names):
        raise ProtocolError
    return tuple(names)


def _day(sent: Mapping[str, Any]) -> date | None:
    value = sent.get("published")
    try:
        return None if value is None else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ProtocolError from None


def _day_json(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
