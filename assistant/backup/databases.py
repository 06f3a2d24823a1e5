"""The databases of a home folder, which cannot be rebuilt from anything else, and how to copy and check them.

They are SQLite files. The indexes beside them are not included: they are rebuilt from ``onrecord.db``.
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
    """The backup could not be made, or would have contained something damaged. No file is left behind."""


class WrongBackup(OnRecordError):
    """The file is not a backup, is damaged, or was made by a newer version of On Record. Nothing was changed."""


class NotRestored(OnRecordError):
    """The backup cannot be restored to this folder. Nothing was changed."""


class NotInFiles(OnRecordError):
    """The newsroom is in PostgreSQL, which has its own backup tools. Seen by the operator."""


ARTICLES, DESK, FEEDS = "onrecord.db", "desk.db", "feeds.db"
LEFTOVERS = ("-wal", "-shm", "-journal")
"""Suffixes of the files that SQLite keeps beside a database in use."""

_PATIENCE = 30


@dataclass(frozen=True)
class Kind:
    """One of the databases: its file name, its schema, and which tables to count."""

    name: str
    schema: Schema
    damaged: type[Damaged]
    numbers: tuple[int, ...]
    """The schema's numbers in the manifests of old backups, from before steps had names."""
    holds: Mapping[str, str]

    def place(self, home: Path, url: str = "") -> Place:
        """The database: in the home folder, or the PostgreSQL database at ``url``. The caller closes it."""
        return place_at(home / self.name, url, self.damaged)

    def knows(self, schema: str | int) -> bool:
        """Whether a database with that schema can be read, after an upgrade if necessary."""
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
"""In the order in which they are copied. Conversations and feeds refer to articles, so articles come last: any article
that the backup refers to is then in it, even if articles are added in the meantime."""


def present(home: Path, kind: Kind) -> bool:
    """Whether ``home`` has this database. An empty file does not count."""
    path = home / kind.name
    return path.is_file() and path.stat().st_size > 0


@dataclass(frozen=True)
class State:
    """The result of examining a database: its schema, the number of rows of each kind, and what is wrong with it."""

    schema: str
    holds: dict[str, int]
    problems: list[str]


def copy(source: Path, target: Path) -> None:
    """Copies a consistent snapshot of a database, which may be in use, to a single file.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    with _open(source) as live, closing(sqlite3.connect(target)) as fresh:
        live.backup(fresh)  # SQLite's own backup, in one step: it blocks nobody
        fresh.execute("PRAGMA journal_mode = DELETE")


def examine(kind: Kind, path: Path) -> State:
    """Checks every page, index and reference of a database that nobody else has open, and for foreign triggers."""
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
    """Locks everyone else out of a database; yields whether that worked. One too damaged to lock counts as locked."""
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
    """Opens an existing database; never creates one."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=_PATIENCE)) as db:
        yield db
