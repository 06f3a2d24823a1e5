"""The databases of a home folder that cannot be rebuilt from anything else, and how one is copied and checked.

They are SQLite files. The indexes beside them are not here: they are made anew from ``onrecord.db``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import StaticPool, create_engine
from sqlalchemy.exc import DBAPIError

from assistant.accounts.errors import DeskDamaged
from assistant.accounts.schema import AUDIT_TRIGGERS, desk_schema
from indexes.storage.backend import Place
from indexes.storage.open import place_at
from indexes.storage.schema import articles_schema, feeds_schema
from indexes.storage.upgrading import Schema
from indexes.types.errors import Damaged, FeedsDamaged, IndexDamaged, OnRecordError


class NoBackup(OnRecordError):
    """A backup that could not be made, or would have held something damaged. No file is left."""


class WrongBackup(OnRecordError):
    """A file that is no backup, is damaged, or was made by a newer On Record. Nothing was touched."""


class NotRestored(OnRecordError):
    """A backup that may not be restored there. Nothing was touched."""


class NotInFiles(OnRecordError):
    """A newsroom whose database has its own ways to back it up. Seen by the operator."""


ARTICLES, DESK, FEEDS = "onrecord.db", "desk.db", "feeds.db"
LEFTOVERS = ("-wal", "-shm", "-journal")
"""Endings of the files that SQLite keeps beside a database in use."""

_PATIENCE = 30


@dataclass(frozen=True)
class Kind:
    """One of the databases: its file, its schema, and what to count in it."""

    name: str
    schema: Schema
    damaged: type[Damaged]
    numbers: tuple[int, ...]
    """What the schema was called in the manifest of a backup before its steps had names."""
    holds: Mapping[str, str]

    def place(self, home: Path, url: str = "") -> Place:
        """Where it is kept: in the home folder, or in the PostgreSQL database at ``url``. To be closed."""
        return place_at(home / self.name, url, self.damaged)

    def knows(self, schema: str | int) -> bool:
        """Whether a database with that schema can be read, if need be after an upgrade."""
        return schema in self.schema.steps or schema in self.numbers


KINDS = (
    Kind(DESK, desk_schema, DeskDamaged, (1,), {"users": "users", "keys": "keys", "conversations": "conversations"}),
    Kind(FEEDS, feeds_schema, FeedsDamaged, (0,), {"feeds": "feeds"}),
    Kind(
        ARTICLES,
        articles_schema,
        IndexDamaged,
        (2, 3),
        {"articles": "articles", "versions": "versions", "passages": "passages"},
    ),
)
"""In the order in which they are copied: conversations and feeds refer to articles, so those come last. An article
that anything in the backup refers to is then in it, however much is added meanwhile."""


def present(home: Path, kind: Kind) -> bool:
    """Whether ``home`` has such a database. An empty file is none yet."""
    path = home / kind.name
    return path.is_file() and path.stat().st_size > 0


@dataclass(frozen=True)
class State:
    """What a database was found to be: its schema, its rows by what they are, and what is wrong with it."""

    schema: str
    holds: dict[str, int]
    problems: list[str]


def copy(source: Path, target: Path) -> None:
    """One moment of a database that others may be writing to, in a file of its own that needs no other.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    with _open(source) as live, closing(sqlite3.connect(target)) as fresh:
        live.backup(fresh)  # by SQLite itself, in one step: it holds nobody up
        fresh.execute("PRAGMA journal_mode = DELETE")


def examine(kind: Kind, path: Path) -> State:
    """Checks every page, index and reference of a database that nobody else has open."""
    try:
        with _open(path) as db:
            found = [row[0] for row in db.execute("PRAGMA integrity_check")]
            problems = [line for line in found if line != "ok"]
            problems += [f"orphan row in {row[0]}" for row in db.execute("PRAGMA foreign_key_check")]
            moving = db.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchall()
            strange = [name for name, sql in moving if AUDIT_TRIGGERS.get(name) != sql]
            problems += [f"{name} was not made by On Record" for name in strange]
            holds = {what: _count(db, table) for what, table in kind.holds.items()}
            return State(_step_of(kind, db), holds, problems)
    except (sqlite3.Error, DBAPIError) as error:
        return State("", {}, [str(error)])


@contextmanager
def alone_with(path: Path) -> Iterator[bool]:
    """Keeps everyone else out of a database; whether that was possible. One that is damaged beyond that is nobody's."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as db:
        try:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.execute("PRAGMA journal_mode = DELETE").fetchall()  # refused while anyone has the file open
            db.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            yield "locked" not in str(error)
            return
        except sqlite3.DatabaseError:
            pass
        yield True


def _step_of(kind: Kind, db: sqlite3.Connection) -> str:
    with create_engine("sqlite://", creator=lambda: db, poolclass=StaticPool).connect() as connection:
        return kind.schema.step_of(connection)


def _count(db: sqlite3.Connection, table: str) -> int:
    return int(db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    """Opens a database that exists; makes none."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=_PATIENCE)) as db:
        yield db
