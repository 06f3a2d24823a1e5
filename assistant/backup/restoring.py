"""Replaces a home folder's databases with those in a backup: all of them or, if it is interrupted, none.

The databases are unpacked and checked in ``restoring/`` inside the home folder. Renaming that to ``restored/`` commits
the restore. Then they only have to be moved; if that is interrupted, the next process to open the home finishes it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from assistant.backup import archive
from assistant.backup.archive import Archive, Manifest
from assistant.backup.databases import KINDS, LEFTOVERS, Kind, NotRestored, WrongBackup, alone_with, examine, present
from indexes.storage.writer_lock import writing

_BEGUN, _COUNTS = "restoring", "restored"
_DERIVED = ("keywords", "vectors", "chroma")


def restore(home: Path, file: Path, replace: bool = False) -> Manifest:
    """Replaces the databases in ``home`` with those in ``file``. The indexes beside them are deleted, to be rebuilt.

    Raises:
        WrongBackup: the file is not a backup, is damaged, or was made by a newer version of On Record.
        NotRestored: ``home`` is not empty and ``replace`` is not set, it is in use, or it cannot be written.
        IndexBusy: another process is writing to it.
    """
    with archive.opened(file) as backup:
        _refuse_newer(backup)
        _refuse_others(backup)
        with writing(home):
            _move(home)
            with _to_itself(home, replace):
                _stage(backup, home)
                _move(home)
        return backup.manifest


def finish(home: Path) -> None:
    """Finishes a restore that was interrupted after it was committed. Call before opening a home folder."""
    if (home / _COUNTS).is_dir():
        with writing(home):
            _move(home)


def _refuse_newer(backup: Archive) -> None:
    kinds = {kind.name: kind for kind in KINDS}
    for name, schema in backup.manifest.schemas.items():
        if name not in kinds or not kinds[name].knows(schema):
            raise archive.newer(backup.file, backup.manifest.onrecord)


def _refuse_others(backup: Archive) -> None:
    """Refuses a backup that holds no database, or other files than our databases, even if its manifest lists them."""
    held, known = set(backup.manifest.bytes), {kind.name for kind in KINDS}
    if strange := sorted(held - known) or sorted(held ^ set(backup.manifest.schemas)):
        raise WrongBackup(f"{backup.file} has unexpected contents ({', '.join(strange)}). Nothing was restored.")
    if not held:
        raise WrongBackup(f"{backup.file} holds no database. Nothing was restored; use another backup.")


@contextmanager
def _to_itself(home: Path, replace: bool) -> Iterator[None]:
    """Makes sure that nobody else has any of the home's databases open inside the block."""
    there = [home / kind.name for kind in KINDS if present(home, kind)]
    if there and not replace:
        raise NotRestored(
            f"{home} is not empty, it holds {', '.join(path.name for path in there)}. Restore into another folder "
            "(ONRECORD_HOME), or have them replaced: onrecord restore --replace"
        )
    with ExitStack() as held:
        for path in there:
            if not held.enter_context(alone_with(path)):
                raise NotRestored(f"{path} is in use. Stop the process using it (onrecord serve), then restore again.")
        yield


def _stage(backup: Archive, home: Path) -> None:
    """Unpacks and checks the databases, and commits the restore."""
    begun = home / _BEGUN
    shutil.rmtree(begun, ignore_errors=True)  # left over from a restore that was killed
    try:
        begun.mkdir(mode=0o700)
        for kind in KINDS:
            _unpack(backup, kind, begun / kind.name)
        archive.sync_folder(begun)
        os.rename(begun, home / _COUNTS)
        archive.sync_folder(home)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise NotRestored(f"nothing was restored: {home} cannot be written: {reason}. Make room there.") from error
    finally:
        shutil.rmtree(begun, ignore_errors=True)


def _unpack(backup: Archive, kind: Kind, target: Path) -> None:
    """Unpacks one database. One that is not in the backup becomes an empty file, which counts as a new database."""
    with open(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
        if kind.name in backup.manifest.bytes:
            backup.unpack(kind.name, out)
        out.flush()
        os.fsync(out.fileno())
    if kind.name in backup.manifest.bytes:
        state = examine(kind, target)
        if state.problems:
            raise WrongBackup(f"{backup.file} is damaged: {kind.name}: {state.problems[0]}. Use another one.")


def _move(home: Path) -> None:
    """Moves the committed databases to where they belong. If interrupted, it can be repeated any number of times."""
    if not (home / _COUNTS).is_dir():
        return
    for derived in _DERIVED:
        shutil.rmtree(home / derived, ignore_errors=True)
    for kind in KINDS:
        fresh = home / _COUNTS / kind.name
        if fresh.exists():
            for ending in LEFTOVERS:  # they belong to the database being replaced
                (home / (kind.name + ending)).unlink(missing_ok=True)
            os.replace(fresh, home / kind.name)
    archive.sync_folder(home)
    os.rmdir(home / _COUNTS)
