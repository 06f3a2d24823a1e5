"""The desk's database: its schema and its transactions. Knows nothing of what the tables mean."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Executable

from assistant.accounts.errors import DeskDamaged
from assistant.accounts.schema import desk_schema
from indexes.storage.backend import Place
from indexes.storage.open import place_at
from indexes.storage.upgrading import prepare
from indexes.types.errors import DatabaseUnusable, DiskFailed

_log = logging.getLogger(__name__)


class Database:
    """The desk's database, in SQLite or PostgreSQL. Thread-safe."""

    def __init__(self, place: Place) -> None:
        """Creates missing tables and upgrades an older schema.

        Raises:
            DeskDamaged: the database cannot be read, or was written by a newer version of On Record.
            DatabaseUnusable: it cannot be used right now. Every method may raise this.
            IndexBusy: it needs an upgrade, and another process is writing articles.
        """
        self.place = place
        prepare(place, desk_schema)

    def reading(self) -> AbstractContextManager[Connection]:
        """A read transaction: everything read inside comes from one state of the database."""
        return self.place.reading()

    def writing(self) -> AbstractContextManager[Connection]:
        """A write transaction: all or nothing, and on disk when it ends."""
        return self.place.writing()

    @contextmanager
    def erasing(self) -> Iterator[Connection]:
        """Like :meth:`writing`, but also wipes what was deleted inside from the database's files (see :meth:`wipe`).

        If the disk fails while wiping, the rows are still deleted, and :meth:`wipe` has to be called again.
        """
        with self.writing() as db:
            yield db
        self.wipe_or_warn()

    def wipe(self) -> None:
        """Wipes deleted data from the database's files, except for what is being read at the moment.

        Raises:
            DiskFailed: the disk is full or failing; nothing was wiped.
        """
        self.place.wipe_deleted()

    def wipe_or_warn(self) -> None:
        """Like :meth:`wipe`, but logs a warning if the disk fails; the next call tries again."""
        try:
            self.wipe()
        except DiskFailed as error:
            _log.warning("deleted data is still in a file: %s", error)

    def note(self, statement: Executable) -> None:
        """Writes something dispensable, such as when a key was last used. On failure it only logs a warning, so that a
        full disk locks nobody out."""
        try:
            with self.writing() as db:
                db.execute(statement)
        except (DiskFailed, DatabaseUnusable) as error:
            _log.warning("%s", error)

    def close(self) -> None:
        self.place.close()


def database_at(path: Path, url: str = "") -> Database:
    """Opens the PostgreSQL database at ``url`` or, without one, the SQLite file at ``path``.

    Raises:
        DeskDamaged: the file cannot be created, or is not a desk's database.
        DatabaseUnusable: it cannot be used right now.
        DiskFailed, IndexBusy: the disk is full or failing; it needs an upgrade while another process is writing.
    """
    return Database(place_at(path, url, DeskDamaged))
