"""The files of a tantivy index, checked without tantivy: it maps them into memory and believes what it reads.

A segment's files are written once. Each ends in a footer with a checksum of what stands before; which file belongs
under which name, and of what kind the index is, ``sums.json`` remembers. Only files that ``meta.json`` names count:
others are rubbish.
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
    """A file of the keyword index is missing or not as it was written. Never shown: the index is made anew."""


_A_MOMENT, _MOMENTS = 0.01, 100
"""For how many seconds, and how often at most, one waits for an index to take another's place: two renames."""


def stamp(folder: Path) -> Stamp:
    """What changes with every commit; None while there is no index."""
    try:
        found = (folder / _META).stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def unchanging(folder: Path, read: Callable[[], T]) -> T:
    """What ``read`` gives; again, if it failed while a writer replaced the files."""
    left = _MOMENTS
    while True:
        before = stamp(folder)
        try:
            return read()
        except Exception:
            between = before is None and replaced(folder).exists()
            if stamp(folder) == before:
                if not between or not left:  # at last: killed there, a writer leaves it so
                    raise
                left -= 1
                time.sleep(_A_MOMENT)


def replaced(folder: Path) -> Path:
    """Where the index that was in ``folder`` is, from when it makes room for another until it is thrown away."""
    return folder.with_name(f"{folder.name}.old")


def check(folder: Path, sound: set[str] | None = None) -> None:
    """Compares every file with its checksum; those in ``sound`` were found right before, and those now found join them.

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
    """Notes which checksum belongs under which name. Killed before, the footers alone are believed."""
    meta, sums = _meta(folder), _sums(folder)
    kept = {name: sums.get(name, _footer(folder / name)[0]) for name in _names(meta)}
    replace_json(folder / _SUMS, {_META: _kind(meta), **kept})


def _meta(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / _META).read_text(encoding="utf-8")))


def _kind(meta: dict[str, Any]) -> int:
    """A checksum of what no commit changes."""
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
    """The checksum that stands in the footer, and how many bytes stand before it.

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
