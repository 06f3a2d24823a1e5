"""The desk's database: its schema version, and transactions. Knows nothing of what the tables mean."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import DBAPIError

from assistant.desk.errors import DeskDamaged
from assistant.desk.sqlite import WRITES, engine_at, wipe_deleted
from assistant.desk.tables import about, metadata

SCHEMA_VERSION = 1


class Database:
    """One database, by whatever engine. Any thread may use it."""

    def __init__(self, engine: Engine) -> None:
        """Makes the tables when they are missing.

        Raises:
            DeskDamaged: the database cannot be read, or another version of On Record wrote it.
        """
        self._engine = engine
        self._writer = engine.execution_options(**{WRITES: True})
        try:
            self._prepare()
        except DBAPIError as error:
            raise DeskDamaged(
                f"{engine.url.database} cannot be used as the desk's database: {error.orig}. Restore it from a backup."
            ) from error

    def _prepare(self) -> None:
        with self.writing() as db:
            metadata.create_all(db)
            found = db.scalar(select(about.c.value).where(about.c.name == "schema"))
            if found is None:
                db.execute(insert(about).values(name="schema", value=str(SCHEMA_VERSION)))
        if found not in (None, str(SCHEMA_VERSION)):
            raise DeskDamaged(
                f"{self._engine.url.database} was written by another version of On Record (schema {found}). Update it."
            )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Reads inside see one state of the database."""
        with self._engine.connect() as db:
            yield db

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """All of it or none of it, on disk when it returns."""
        with self._writer.begin() as db:
            yield db

    @contextmanager
    def erasing(self) -> Iterator[Connection]:
        """As :meth:`writing`; what was deleted inside is in no file of the database's afterwards (see :meth:`wipe`)."""
        with self.writing() as db:
            yield db
        self.wipe()

    def wipe(self) -> None:
        """Takes what was deleted out of the database's files, but for what somebody is reading at the moment."""
        wipe_deleted(self._engine)

    def close(self) -> None:
        self._engine.dispose()


def database_at(path: Path) -> Database:
    """The database in this SQLite file.

    Raises:
        DeskDamaged: no file can be kept there, or it is no desk's.
    """
    try:
        engine = engine_at(path)
    except OSError as error:
        raise DeskDamaged(
            f"no desk can be kept in {path.parent}: {os.strerror(error.errno or 0).lower()}. "
            "Choose another folder: ONRECORD_HOME"
        ) from error
    return Database(engine)
