"""SQLite: how a desk is kept in a file. The only place with SQL that is SQLite's own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import DDL, URL, Connection, Engine, create_engine, event

from assistant.desk.tables import audit

WRITES = "onrecord_writes"
"""Execution option of connections that will write: they wait for each other at the start, not in the middle."""

_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON")


_PATIENCE = 30
"""Seconds to wait for another writer."""


def engine_at(path: Path) -> Engine:
    """An engine over the file, which is made, for its owner alone, when it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    # Without hide_parameters an error would tell what was to be kept: questions, names.
    engine = create_engine(
        URL.create("sqlite", database=str(path)), connect_args={"timeout": _PATIENCE}, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def wipe_deleted(engine: Engine) -> None:
    """Takes what was deleted out of the write-ahead log too. While someone reads, the next call does it."""
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        for pragma in ("busy_timeout = 1000", "wal_checkpoint(TRUNCATE)", f"busy_timeout = {_PATIENCE * 1000}"):
            connection.cursor().execute(f"PRAGMA {pragma}").fetchall()
    finally:
        connection.close()


for _change in ("UPDATE", "DELETE"):  # the audit log is only ever added to, whatever else goes wrong in here
    _refused = f"BEFORE {_change} ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END"
    _trigger: Any = DDL(f"CREATE TRIGGER audit_{_change} {_refused}")  # type: ignore[no-untyped-call]
    event.listen(audit, "after_create", _trigger.execute_if(dialect="sqlite"))


def _prepare(connection: Any, _: object) -> None:
    connection.isolation_level = None  # sqlite3 itself shall begin nothing: _begin does
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
