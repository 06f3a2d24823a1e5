"""The desk's database: its schema, and transactions. Knows nothing of what the tables mean."""

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
    """One database, in whatever place. Any thread may use it."""

    def __init__(self, place: Place) -> None:
        """Makes the tables when they are missing, and brings those of an older On Record to this one's schema.

        Raises:
            DeskDamaged: the database cannot be read, or a newer On Record wrote it.
            DatabaseUnusable: it cannot be used for now. So with each method.
            IndexBusy: it is to be upgraded, and somebody is writing articles.
        """
        self.place = place
        prepare(place, desk_schema)

    def reading(self) -> AbstractContextManager[Connection]:
        """Reads inside see one state of the database."""
        return self.place.reading()

    def writing(self) -> AbstractContextManager[Connection]:
        """All of it or none of it, on disk when it returns."""
        return self.place.writing()

    @contextmanager
    def erasing(self) -> Iterator[Connection]:
        """As :meth:`writing`; what was deleted inside is in no file of the database's afterwards (see :meth:`wipe`).

        It is deleted even where the disk fails right then; :meth:`wipe` has to be called again.
        """
        with self.writing() as db:
            yield db
        self.wipe_or_warn()

    def wipe(self) -> None:
        """Takes what was deleted out of the database's files, but for what somebody is reading at the moment.

        Raises:
            DiskFailed: nothing of it could be taken out for now.
        """
        self.place.wipe_deleted()

    def wipe_or_warn(self) -> None:
        """As :meth:`wipe`; where the disk fails it is left to the next time."""
        try:
            self.wipe()
        except DiskFailed as error:
            _log.warning("what was deleted is still in a file: %s", error)

    def note(self, statement: Executable) -> None:
        """Writes down what may as well be missing, such as when a key was last used: a full disk locks nobody out."""
        try:
            with self.writing() as db:
                db.execute(statement)
        except (DiskFailed, DatabaseUnusable) as error:
            _log.warning("%s", error)

    def close(self) -> None:
        self.place.close()


def database_at(path: Path, url: str = "") -> Database:
    """The PostgreSQL database at ``url``; without one, that in this SQLite file.

    Raises:
        DeskDamaged: no file can be kept there, or it is no desk's.
        DatabaseUnusable: it cannot be used for now.
    """
    return Database(place_at(path, url, DeskDamaged))
