"""SQLite's write-ahead log: what was deleted or overwritten stands in it until it is emptied. Knows no tables."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_PATIENCE = 1
"""Seconds to wait for those who read an earlier state, or write."""


def emptied(database: Path) -> bool:
    """Empties the log of the SQLite file ``database``; False if it could not be done yet, since somebody is reading."""
    log = database.with_name(database.name + "-wal")
    if not log.is_file() or not log.stat().st_size:
        return True
    with closing(sqlite3.connect(database, timeout=_PATIENCE)) as db:
        busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
