"""Makes a backup of a home folder, even while it is being served and written to."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from assistant.backup import archive
from assistant.backup.archive import Manifest
from assistant.backup.databases import KINDS, Kind, NoBackup, State, copy, examine, present


def back_up(home: Path, file: Path) -> Manifest:
    """Backs up the databases in ``home`` to ``file``, checked, readable by its owner only. Returns its manifest.

    Raises:
        NoBackup: there is nothing to back up, a database is damaged, or the file exists or cannot be written.
    """
    kinds = [kind for kind in KINDS if present(home, kind)]
    if not kinds:
        raise NoBackup(f"there is nothing to back up in {home}. Choose another folder: ONRECORD_HOME")
    if file.exists():
        raise NoBackup(f"{file} already exists and is not overwritten. Choose another name.")
    with _folder_beside(file) as folder:
        states = {kind.name: _copied(kind, home, folder) for kind in kinds}
        manifest = Manifest(
            made=datetime.now(UTC).isoformat(timespec="seconds"),
            onrecord=version("onrecord"),
            bytes={name: (folder / name).stat().st_size for name in states},
            schemas={name: state.schema for name, state in states.items()},
            holds={what: count for state in states.values() for what, count in state.holds.items()},
        )
        archive.write(file, manifest, folder)
    return manifest


def _copied(kind: Kind, home: Path, folder: Path) -> State:
    try:
        copy(home / kind.name, folder / kind.name)
    except sqlite3.Error as error:
        raise NoBackup(f"{home / kind.name} could not be copied: {error}. No backup was made.") from error
    state = examine(kind, folder / kind.name)
    if state.problems:
        raise NoBackup(f"{home / kind.name} is damaged: {state.problems[0]}. No backup was made; keep those you have.")
    return state


@contextmanager
def _folder_beside(file: Path) -> Iterator[Path]:
    """A private temporary folder on the same disk as the backup. It needs as much space again as the databases."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=".onrecord-", dir=file.parent))
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise NoBackup(f"nothing can be written to {file.parent}: {reason}. Choose another place.") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
