"""One writer at a time: a lock on the index's folder, which names its holder."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from indexes.storage.checksums import replace_json
from indexes.storage.disk_errors import failures_told
from indexes.types.errors import IndexBusy

_NAME = "writer.json"
_PATIENCE = 2.0
"""Seconds within which a process that takes the lock names itself, or releases it."""


@contextmanager
def writing(home: Path) -> Iterator[None]:
    """Holds the lock for writing to ``home``. The operating system releases it if the process dies.

    Raises:
        IndexBusy: another process, or another thread of this one, holds it; the message says who and since when.
        DiskFailed: something inside could not be written because the disk is full or failing.
    """
    with failures_told(home):
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(home / "writer.lock", timeout=0, thread_local=False)
        _acquire(lock, home)
        try:
            replace_json(home / _NAME, {"pid": os.getpid(), "born": _born(os.getpid()), "who": _myself()})
            yield
        finally:
            (home / _NAME).unlink(missing_ok=True)  # before the lock is released: the name is always the holder's
            lock.release()


def holder(home: Path) -> str:
    """Who is writing, for messages; empty if nobody is, or if the holder has not named itself yet."""
    try:
        kept = json.loads((home / _NAME).read_text(encoding="utf-8"))
        return str(kept["who"]) if _born(int(kept["pid"])) == kept["born"] else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _acquire(lock: FileLock, home: Path) -> None:
    """Takes the lock, or raises an error that says who has it. A name left by a killed process is ignored."""
    give_up = time.monotonic() + _PATIENCE
    while True:
        try:
            lock.acquire()
            return
        except Timeout:
            who = holder(home)
        if who or time.monotonic() > give_up:
            raise IndexBusy(
                f"the index in {home} is being written by {who or 'another process'}. Try again when it is done."
            )
        time.sleep(0.005)


def _born(pid: int) -> str:
    """When the process started, in the kernel's clock ticks; empty if it does not exist. Process ids are reused, in
    containers at every start; an id with a start time is not. Without /proc, only whether it is alive is known.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "lives" if not Path("/proc/self/stat").exists() and _lives(pid) else ""


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is alive, but belongs to another user
        return True
    return True


def _myself() -> str:
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
    return f"process {os.getpid()} ({command}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC)"
