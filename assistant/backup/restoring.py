"""Puts a backup in place of a home folder's databases: all of them or, whenever it is interrupted, none.

The databases are unpacked and checked in ``restoring/`` inside the home. Renaming that to ``restored/`` is the moment
from which they count; then they only have to be moved, which whoever opens the home next does if need be.
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
    """Makes the databases in ``home`` those in ``file``. The indexes beside them are to be made anew.

    Raises:
        WrongBackup: the file is no backup, is damaged, or is of a newer On Record.
        NotRestored: ``home`` holds something already and it is not to be replaced, or somebody has it open.
        IndexBusy: somebody is writing to it.
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
    """Finishes a restoration that was killed when it already counted. To be called before a home is opened."""
    if (home / _COUNTS).is_dir():
        with writing(home):
            _move(home)


def _refuse_newer(backup: Archive) -> None:
    kinds = {kind.name: kind for kind in KINDS}
    for name, schema in backup.manifest.schemas.items():
        if name not in kinds or not kinds[name].knows(schema):
            raise archive.newer(backup.file, backup.manifest.onrecord)


def _refuse_others(backup: Archive) -> None:
    """One with other files than databases of ours, whatever its manifest says of them, or without any."""
    held, known = set(backup.manifest.bytes), {kind.name for kind in KINDS}
    if strange := sorted(held - known) or sorted(held ^ set(backup.manifest.schemas)):
        raise WrongBackup(f"{backup.file} holds what no backup should ({', '.join(strange)}). Nothing was restored.")
    if not held:
        raise WrongBackup(f"{backup.file} holds no database. Nothing was restored; use another backup.")


@contextmanager
def _to_itself(home: Path, replace: bool) -> Iterator[None]:
    """While inside, nobody else has any of the home's databases open."""
    there = [home / kind.name for kind in KINDS if present(home, kind)]
    if there and not replace:
        raise NotRestored(
            f"{home} is not empty, it holds {', '.join(path.name for path in there)}. Restore into another folder "
            "(ONRECORD_HOME), or have them replaced: onrecord restore --replace"
        )
    with ExitStack() as held:
        for path in there:
            if not held.enter_context(alone_with(path)):
                raise NotRestored(f"{path} is in use. Stop whoever uses it (onrecord serve), then restore again.")
        yield


def _stage(backup: Archive, home: Path) -> None:
    """Unpacks and checks the databases, and has them count."""
    begun = home / _BEGUN
    shutil.rmtree(begun, ignore_errors=True)  # left by one that was killed
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
    """One of the databases; one that the backup does not hold becomes an empty file, which is a new database."""
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
    """Moves the databases that count to where they belong. May be done again however often it was interrupted."""
    if not (home / _COUNTS).is_dir():
        return
    for derived in _DERIVED:
        shutil.rmtree(home / derived, ignore_errors=True)
    for kind in KINDS:
        fresh = home / _COUNTS / kind.name
        if fresh.exists():
            for ending in LEFTOVERS:  # they belong to the database that goes
                (home / (kind.name + ending)).unlink(missing_ok=True)
            os.replace(fresh, home / kind.name)
    archive.sync_folder(home)
    os.rmdir(home / _COUNTS)
