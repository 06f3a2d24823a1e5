"""SQLite: rows in a file. The only module with SQL specific to SQLite."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import DBAPIError

from indexes.storage.backend import QUIET, Dialect, Place
from indexes.storage.disk_errors import disk_failure, failures_told
from indexes.storage.writer_lock import writing
from indexes.types.article import host_of
from indexes.types.errors import Damaged, DatabaseUnusable, FeedsBusy, IndexDamaged, OnRecordError

_WRITES = "onrecord_writes"
"""Execution option of connections that will write: they wait for each other when they begin, not at the first write."""

_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON")

_PATIENCE = 30
"""Seconds to wait for another writer."""

_LIST = re.compile(r"\bIN :(\w+)")
_FOR_NOW = ("READONLY", "BUSY", "LOCKED", "PERM", "NOMEM")

# CROSS JOIN makes SQLite keep this join order: matching articles first, each step answered from an index alone.
_DIALECT = Dialect(
    folded="casefold({})",
    holds="instr({}, {})",
    names="json_each({})",
    joined="group_concat({})",
    versions_by_facet="versions v INDEXED BY versions_by_facet "
    "CROSS JOIN articles a ON a.id = v.article_id AND a.version = v.version "
    "CROSS JOIN passages p ON p.article_id = v.article_id AND {}",
)


class File(Place):
    """A SQLite file. If missing, it is created, readable by its owner only."""

    shared = False
    dialect = _DIALECT

    def __init__(self, path: Path, damaged: type[Damaged] = IndexDamaged) -> None:
        """
        Raises:
            OnRecordError: the file cannot be created: :class:`DiskFailed`, or an error of the type ``damaged``.
        """
        super().__init__(damaged)
        self.path, self.label = path, str(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _make(path)
        except OSError as error:
            raise disk_failure(error, path) or damaged(
                f"{path} cannot be created: {os.strerror(error.errno or 0).lower()}. "
                "Choose another folder: ONRECORD_HOME"
            ) from error
        arguments = {"timeout": _PATIENCE, "check_same_thread": False}
        url = URL.create("sqlite", database=str(path))
        self.engine = create_engine(url, connect_args=arguments, max_overflow=-1, pool_use_lifo=True, **QUIET)
        event.listen(self.engine, "connect", _prepare)
        event.listen(self.engine, "begin", _begin)
        self._writer = self.engine.execution_options(**{_WRITES: True})

    def _readers(self) -> AbstractContextManager[Connection]:
        return self.engine.begin()

    def _writers(self) -> AbstractContextManager[Connection]:
        return self._writer.begin()

    @contextmanager
    def upgrading(self) -> Iterator[Connection]:
        """Switches foreign keys off, so that recreating a table deletes no rows that refer to it; checks them after.

        Raises:
            Damaged: the migrations would leave rows that refer to nothing; they are rolled back.
        """
        with self._explaining(), self._writer.connect() as db:
            settings: Any = db.connection.dbapi_connection  # SQLite ignores this pragma inside a transaction
            settings.execute("PRAGMA foreign_keys = OFF")
            try:
                with db.begin():
                    before = _orphans(db)
                    yield db
                    if _orphans(db) > before:
                        raise self.damaged(
                            f"{self.label} could not be upgraded: rows would be lost. Nothing was changed."
                        )
            finally:
                settings.execute("PRAGMA foreign_keys = ON")

    def _at_fault(self, error: DBAPIError) -> OnRecordError:
        failure = disk_failure(error.orig, self.path) if error.orig else None
        if failure is not None:
            return failure
        kind = getattr(error.orig, "sqlite_errorname", "")
        if any(kind.startswith(f"SQLITE_{name}") for name in _FOR_NOW):
            return DatabaseUnusable(f"{self.path} cannot be used right now: {error.orig}. Nothing stored is lost.")
        return self.damaged(f"{self.path} cannot be used: {error.orig}. {self.damaged.remedy}")

    def phrased(self, sql: str) -> str:
        return _phrased(sql)

    def listed(self, values: Sequence[Any]) -> str:
        return json.dumps(values)

    def last_seq(self, db: Connection) -> int:
        return int(db.exec_driver_sql("SELECT max(seq) FROM sqlite_sequence WHERE name = 'passages'").scalar() or 0)

    def go_on_after(self, db: Connection, seq: int) -> None:
        db.exec_driver_sql("UPDATE sqlite_sequence SET seq = ? WHERE name = 'passages'", (seq,))

    def wipe_deleted(self) -> None:
        """Empties the write-ahead log, which may still hold deleted data. If a reader prevents it, the next call does.

        Raises:
            DiskFailed: the data is deleted, but still in the file.
        """
        log = self.path.with_name(self.path.name + "-wal")
        if not log.is_file() or not log.stat().st_size:
            return
        connection = self.engine.raw_connection()
        try:
            with failures_told(self.path):
                connection.cursor().execute("PRAGMA busy_timeout = 1000").fetchall()
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            connection.cursor().execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000}").fetchall()
            connection.close()

    def problems(self) -> list[str]:
        with self.engine.connect() as db:
            try:
                found = list(db.exec_driver_sql("PRAGMA integrity_check").scalars())
                orphans = db.exec_driver_sql("PRAGMA foreign_key_check").all()
            except DBAPIError as error:
                return [str(error.orig)]
        return [line for line in found if line != "ok"] + [f"orphan row in {row[0]}" for row in orphans]

    def writing_alone(self) -> AbstractContextManager[None]:
        return writing(self.path.parent)

    @contextmanager
    def visiting_alone(self) -> Iterator[None]:
        try:
            with FileLock(self.path.parent / "feeds.lock", timeout=0, thread_local=False):
                yield
        except Timeout:
            raise FeedsBusy(
                "the followed feeds are being checked by another process or page. Try again when it is done."
            ) from None


def _make(path: Path) -> None:
    """Creates an empty file if there is none. An existing one must not be opened: closing it, anywhere in this process,
    releases all locks that SQLite holds on it in this process (https://sqlite.org/howtocorrupt.html, 2.2). Another
    process could then delete, when it ends, the write-ahead log that this one is still writing to.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _orphans(db: Connection) -> int:
    return len(db.exec_driver_sql("PRAGMA foreign_key_check").all())


@cache
def _phrased(sql: str) -> str:
    return _LIST.sub(r"IN (SELECT value FROM json_each(:\1))", sql)


def _prepare(connection: Any, _: object) -> None:
    connection.isolation_level = None  # sqlite3 must not begin transactions itself: _begin does
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("casefold", 1, str.casefold, deterministic=True)
    connection.create_function("host_of", 1, host_of, deterministic=True)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
