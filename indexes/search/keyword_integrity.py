"""Checks the files of a tantivy index without tantivy, which maps them into memory and trusts them.

A segment's files are written once. Each ends in a footer with a checksum of the rest; ``sums.json`` records which
checksum belongs to which name, and the kind of index. Only files named in ``meta.json`` count; others are leftovers.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from indexes.storage.checksums import crc32, replace_json
from indexes.types.errors import OnRecordError

_SUMS = "sums.json"
_META = "meta.json"
_KINDS = ("fast", "fieldnorm", "idx", "pos", "store", "term")
_MAGIC = 1337
_FOOTER_AT_MOST = 1000

Stamp = tuple[int, int, int] | None
T = TypeVar("T")


class SegmentsDamaged(OnRecordError):
    """A file of the keyword index is missing or not as it was written. Never shown: the index is rebuilt."""


_A_MOMENT, _MOMENTS = 0.01, 100
"""How long, in seconds, and how often to wait for one index to replace another, which takes two renames."""


def stamp(folder: Path) -> Stamp:
    """A value that changes with every commit; None if there is no index."""
    try:
        found = (folder / _META).stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def unchanging(folder: Path, read: Callable[[], T]) -> T:
    """The result of ``read``, retried if it failed while a writer was replacing the files."""
    left = _MOMENTS
    while True:
        before = stamp(folder)
        try:
            return read()
        except Exception:
            between = before is None and replaced(folder).exists()
            if stamp(folder) == before:
                if not between or not left:  # finally: a writer killed at that point leaves it so
                    raise
                left -= 1
                time.sleep(_A_MOMENT)


def replaced(folder: Path) -> Path:
    """Where the old index of ``folder`` is, between being replaced and being deleted."""
    return folder.with_name(f"{folder.name}.old")


def check(folder: Path, sound: set[str] | None = None) -> None:
    """Compares every file with its checksum, except those in ``sound``, to which those found correct are added.

    Raises:
        SegmentsDamaged: one of them is missing or differs.
    """
    sound = set() if sound is None else sound
    try:
        meta, sums = _meta(folder), _sums(folder)
        if sums.get(_META, _kind(meta)) != _kind(meta):
            raise SegmentsDamaged(f"{folder / _META} is not as it was written")
        for name in _names(meta):
            if name not in sound:
                _check(folder / name, sums.get(name))
                sound.add(name)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SegmentsDamaged(f"{folder} is damaged: {error}") from error


def remember(folder: Path) -> None:
    """Records which checksum belongs to which name. After a kill before this, only the footers are checked."""
    meta, sums = _meta(folder), _sums(folder)
    kept = {name: sums.get(name, _footer(folder / name)[0]) for name in _names(meta)}
    replace_json(folder / _SUMS, {_META: _kind(meta), **kept})


def _meta(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / _META).read_text(encoding="utf-8")))


def _kind(meta: dict[str, Any]) -> int:
    """A checksum of what commits never change."""
    return zlib.crc32(json.dumps([meta["index_settings"], meta["schema"]]).encode())


def _sums(folder: Path) -> dict[str, int]:
    file = folder / _SUMS
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}


def _names(meta: dict[str, Any]) -> Iterator[str]:
    for segment in meta["segments"]:
        id = segment["segment_id"].replace("-", "")
        yield from (f"{id}.{kind}" for kind in _KINDS)
        if segment["deletes"]:
            yield f"{id}.{segment['deletes']['opstamp']}.del"


def _check(file: Path, remembered: int | None) -> None:
    checksum, size = _footer(file)
    if remembered not in (None, checksum) or crc32(file, size) != checksum:
        raise SegmentsDamaged(f"{file} is not as it was written")


def _footer(file: Path) -> tuple[int, int]:
    """The checksum in the footer, and the number of bytes before the footer.

    The footer: a JSON object, its length, and a magic number, both as 32-bit integers.
    """
    size = file.stat().st_size
    with file.open("rb") as opened:
        opened.seek(max(0, size - _FOOTER_AT_MOST))
        end = opened.read()
    length, magic = int.from_bytes(end[-8:-4], "little"), int.from_bytes(end[-4:], "little")
    if magic != _MAGIC or not 0 < length <= len(end) - 8:
        raise SegmentsDamaged(f"{file} has no end")
    return int(json.loads(end[-8 - length : -8])["crc"]), size - 8 - length
