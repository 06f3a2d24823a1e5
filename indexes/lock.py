"""One writer at a time: a lock on the index's folder that names who holds it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from indexes.disk import failures_told
from indexes.errors import IndexBusy


@contextmanager
def writing(home: Path) -> Iterator[None]:
    """Holds the only right to write to ``home``. The operating system frees it if the process dies.

    Raises:
        IndexBusy: another process, or another thread of this one, holds it; says who and since when.
        DiskFailed: something inside could not be written, because the disk is full or fails.
    """
    try:
        with failures_told(home):
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            with FileLock(home / "writer.lock", timeout=0, thread_local=False):
                (home / "writer.txt").write_text(_myself(), encoding="utf-8")
                yield
    except Timeout:
        raise IndexBusy(
            f"the index in {home} is being written by {holder(home) or 'another process'}. Try again when it is done."
        ) from None


def holder(home: Path) -> str:
    """Who took the lock last, for messages; empty if nobody ever did."""
    try:
        return (home / "writer.txt").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _myself() -> str:
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
    return f"process {os.getpid()} ({command}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC)"
