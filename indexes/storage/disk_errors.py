"""Recognises errors caused by a full or failing disk, and says in one line what could not be written and what to do.

SQLite, tantivy and Chroma each report it differently, some only in the text of the message.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexes.types.errors import DiskFailed

_FULL = ("database or disk is full", *(os.strerror(code).lower() for code in (errno.ENOSPC, errno.EDQUOT)))
_BROKEN = (
    "disk i/o error",
    "unable to open database file",
    "failed to apply logs",  # from Chroma, which gives no reason
    "index writer was killed",  # from tantivy, likewise
    *(os.strerror(code).lower() for code in (errno.EIO, errno.EROFS, errno.EFBIG)),
)
_KEPT = "Everything reported as done is saved"


@contextmanager
def failures_told(place: Path) -> Iterator[None]:
    """Raises :class:`DiskFailed` if something inside fails because ``place``, a file or folder, cannot be written."""
    try:
        yield
    except DiskFailed:
        raise
    except Exception as error:
        failure = disk_failure(error, place)
        if failure is None:
            raise
        raise failure from error


def disk_failure(error: BaseException, place: Path) -> DiskFailed | None:
    """The error to show for ``error``, which happened while writing to ``place``; None if it was not the disk."""
    reason = _reason(error)
    return DiskFailed(f"{_named(error) or place} could not be written: {reason}") if reason else None


def _reason(error: BaseException) -> str:
    """Why, and what to do; empty if it was not the disk."""
    seen: BaseException | None = error
    while seen is not None:
        said = str(seen).lower()
        if any(words in said for words in _FULL):
            return f"the disk is full. {_KEPT}; make room, then repeat the rest."
        for words in _BROKEN:
            if words in said:
                return f"{words}. {_KEPT}; check the disk and its permissions, then repeat the rest."
        seen = seen.__cause__ or seen.__context__
    return ""


def _named(error: BaseException) -> str:
    """The file, if the operating system names it; else empty."""
    return os.fsdecode(error.filename) if isinstance(error, OSError) and isinstance(error.filename, str | bytes) else ""
