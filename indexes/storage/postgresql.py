"""PostgreSQL: rows in a schema of ours on a server. The only module with SQL specific to PostgreSQL.

The writer's lock is an advisory lock of a connection: the server releases it when the connection ends, however it
ends. The writer commits over that same connection, so a process that lost the lock can no longer write.
"""

from __future__ import annotations

import os
import re
import socket
import sys
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, MetaData, NullPool, create_engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from indexes.storage.backend import QUIET, Dialect, Place
from indexes.types.errors import Damaged, DatabaseUnusable, FeedsBusy, IndexBusy, IndexDamaged, OnRecordError

_SCHEMA = "onrecord"
_OURS = 0x4F6E5265
"""The first half of the keys of our advisory locks; the second is a checksum of the lock's name."""

_PATIENCE = 30
"""Seconds to wait for another writer."""

_SESSION = {
    "search_path": _SCHEMA,
    "lock_timeout": f"{_PATIENCE}s",
    # A machine that vanished is noticed within a minute, and its locks are released.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
_VALUE = re.compile(r"(?<![:\w]):(\w+)")
_LIST = re.compile(r"\bIN :(\w+)")
# SQLSTATE prefixes: no connection, not authorised, no such database, out of resources, shut down, system error,
# lock timeout, read-only, no permission, transaction rolled back.
_FOR_NOW = ("08", "28", "3D", "53", "57", "58", "55P03", "25006", "42501", "40")

_DIALECT = Dialect(
    folded="""replace(replace(lower({} COLLATE "und-x-icu"), 'ß', 'ss'), 'ς', 'σ')""",
    holds="strpos({}, {}) > 0",
    names="json_array_elements_text(CAST({} AS json))",
    joined="string_agg(CAST({} AS TEXT), ',')",
    versions_by_facet="versions v JOIN articles a ON a.id = v.article_id AND a.version = v.version "
    "JOIN passages p ON p.article_id = v.article_id AND {}",
)


_A_MOMENT = 1.0
"""Seconds."""


class Server(Place):
    """A database on a PostgreSQL server. Broken connections are reopened when they are next needed."""

    shared = True
    dialect = _DIALECT

    def __init__(self, url: str, damaged: type[Damaged] = IndexDamaged) -> None:
        """
        Raises:
            DatabaseUnusable: the driver is not installed.
        """
        super().__init__(damaged)
        if find_spec("psycopg") is None:
            raise DatabaseUnusable("PostgreSQL's driver is not installed. Install it: pip install 'onrecord[postgres]'")
        self._url = make_url(url).set(drivername="postgresql+psycopg")
        self.label = _label(self._url)
        self.engine = create_engine(
            self._url,
            connect_args=_arguments(self._url),
            pool_pre_ping=True,
            pool_use_lifo=True,
            max_overflow=15,
            isolation_level="REPEATABLE READ",
            **QUIET,
        )
        self._reader = self.engine.execution_options(postgresql_readonly=True)
        self._writer = self.engine.execution_options(isolation_level="READ COMMITTED")
        self._alone: Connection | None = None
        self._one_by_one = threading.Lock()

    @contextmanager
    def _readers(self) -> Iterator[Connection]:
        with self._reader.begin() as db:
            yield db

    @contextmanager
    def _writers(self) -> Iterator[Connection]:
        with self._one_by_one:
            if self._alone is not None:
                if self._alone.invalidated:  # SQLAlchemy would open another connection, without the lock
                    raise DatabaseUnusable(f"{self.label} has closed this writer's connection. Try again.")
                with self._alone.begin():
                    self._wait_for_others(self._alone)
                    yield self._alone
                return
        with self._writer.begin() as db:
            self._wait_for_others(db)
            yield db

    def _wait_for_others(self, db: Connection) -> None:
        db.exec_driver_sql("SELECT pg_advisory_xact_lock(%s, %s)", _key(f"transaction {self.damaged.__name__}"))

    def _at_fault(self, error: DBAPIError) -> OnRecordError:
        state = getattr(error.orig, "sqlstate", None)
        words = str(error.orig).strip().splitlines()[0].rstrip(".")
        if isinstance(error, OperationalError) or str(state).startswith(_FOR_NOW):
            words = words.rpartition(" failed: ")[2]
            return DatabaseUnusable(
                f"{self.label} cannot be used: {words}. Check the server and ONRECORD_DATABASE_URL."
            )
        return self.damaged(f"{self.label} cannot be used: {words}. {self.damaged.remedy}")

    def phrased(self, sql: str) -> str:
        return _phrased(sql)

    def listed(self, values: Sequence[Any]) -> Sequence[Any]:
        return list(values)

    def make_tables(self, db: Connection, tables: MetaData) -> None:
        """Creates the tables that are missing, and the schema if there is none.

        Raises:
            Damaged: the database's encoding is not UTF-8, so it cannot store every character.
        """
        encoding = db.exec_driver_sql("SHOW server_encoding").scalar()
        if encoding != "UTF8":
            raise self.damaged(
                f"{self.label} is encoded in {encoding}. Create one in UTF8: createdb -E UTF8 -T template0"
            )
        if db.exec_driver_sql("SELECT to_regnamespace(%s)", (_SCHEMA,)).scalar() is None:
            db.exec_driver_sql(f"CREATE SCHEMA {_SCHEMA}")
        super().make_tables(db, tables)

    def last_seq(self, db: Connection) -> int:
        return int(db.exec_driver_sql("SELECT last_value FROM passages_seq_seq").scalar_one())

    def go_on_after(self, db: Connection, seq: int) -> None:
        db.exec_driver_sql("SELECT setval('passages_seq_seq', %s)", (max(1, seq),))

    def wipe_deleted(self) -> None:
        """Does nothing: the server's own vacuum frees deleted rows, and overwrites them when it needs the space."""

    def problems(self) -> list[str]:
        try:
            with self.reading() as db:
                db.exec_driver_sql("SELECT 1")
        except OnRecordError as error:
            return [str(error)]
        return []

    @contextmanager
    def writing_alone(self) -> Iterator[None]:
        with self._holding("writer") as (db, holder):
            if db is None:
                raise IndexBusy(f"the index in {self.label} is being written by {holder}. Try again when it is done.")
            with self._one_by_one:
                self._alone = db
            try:
                yield
            finally:
                with self._one_by_one:
                    self._alone = None

    @contextmanager
    def visiting_alone(self) -> Iterator[None]:
        with self._holding("visitor") as (db, holder):
            if db is None:
                raise FeedsBusy(f"the followed feeds are being checked by {holder}. Try again when it is done.")
            yield

    @contextmanager
    def _holding(self, name: str) -> Iterator[tuple[Connection | None, str]]:
        """A connection that holds the lock, and ""; or None, and who holds it."""
        with self._explaining():
            db = self._lone_connection()
            db.exec_driver_sql("SELECT set_config('application_name', %s, false)", (_myself(),))
            if not _taken(db, name):
                held_by = _holder(db, name)
                db.close()
                db = None
            else:
                held_by = ""
                db.commit()
        try:
            yield db, held_by
        finally:
            if db is not None:
                with suppress(DBAPIError):  # it broke: the server has released the lock
                    db.close()

    def _lone_connection(self) -> Any:
        """A connection outside the pool, which is really closed when it is closed."""
        arguments = _arguments(self._url)
        engine = create_engine(
            self._url, connect_args=arguments, poolclass=NullPool, isolation_level="READ COMMITTED", **QUIET
        )
        return engine.connect()


def _taken(db: Connection, name: str) -> bool:
    """Takes the lock if it becomes free within a moment: the server learns of an ended process with a delay."""
    give_up = time.monotonic() + _A_MOMENT
    while not db.exec_driver_sql("SELECT pg_try_advisory_lock(%s, %s)", _key(name)).scalar():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.05)
    return True


def _label(url: URL) -> str:
    where = f"{url.host or 'this machine'}" + (f":{url.port}" if url.port else "")
    return f"the PostgreSQL database {url.database or url.username or ''!r} on {where}"


def _arguments(url: URL) -> dict[str, Any]:
    """Arguments of every connection: session settings and timeouts."""
    asked = str(url.query.get("options", ""))
    ours = " ".join(f"-c {name}={value}" for name, value in _SESSION.items())
    return {
        "options": f"{asked} {ours}".strip(),
        "connect_timeout": 10,
        "client_encoding": "utf8",
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
    }


def _key(name: str) -> tuple[int, int]:
    return _OURS, zlib.crc32(f"{_SCHEMA} {name}".encode()) - 2**31


@cache
def _phrased(sql: str) -> str:
    return _VALUE.sub(r"%(\1)s", _LIST.sub(r"= ANY(:\1)", sql.replace("%", "%%")))


def _myself() -> str:
    """How this process names itself as a lock's holder. The server stores at most 63 characters."""
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])[:24]
    return f"process {os.getpid()} on {socket.gethostname()[:20]} ({command})"


def _holder(db: Connection, name: str) -> str:
    first, second = _key(name)
    found = db.exec_driver_sql(
        "SELECT a.application_name, to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') "
        "FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted "
        "AND l.classid = %s AND l.objid = %s AND l.database = (SELECT oid FROM pg_database "
        "WHERE datname = current_database())",
        (first, second % 2**32),
    ).first()
    if found is None:
        return "another process"
    who, since = found
    return f"{who or 'another process'}" + (f", since {since} UTC" if since else "")
