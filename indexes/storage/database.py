"""The database of an index: its schema, its transactions, and what the index remembers about itself.

Knows nothing of what an article or a passage is beyond their columns.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from indexes.storage.backend import Values

    Found = Row[*tuple[Any, ...]]


class Database:
    """One database. Any thread may read; writes happen inside :meth:`transaction`, under the writer's lock.

    SQL is written in what SQLite and PostgreSQL have in common, with values as ``:name`` and lists as ``IN :name``.
    """

    def __init__(self, path: Path, url: str = "", upgrade: bool = True) -> None:
        """Opens the SQLite file at ``path`` or the PostgreSQL database at ``url``; an empty one becomes an index.

        With ``upgrade`` one of an older On Record is brought to this one's schema.

        Raises:
            IndexDamaged: it is not an index, or one of a newer On Record.
            DatabaseUnusable: it cannot be used for now, or not without an upgrade.
            IndexBusy: it is to be upgraded, and somebody is writing to it.
        """
        from indexes.storage.open import place_at

        self.place = place_at(path, url)
        self._notes = path.parent / "derived.json"
        self._local = threading.local()
        self._prepare(upgrade)

    def _prepare(self, upgrade: bool) -> None:
        from indexes.storage.schema import articles_schema
        from indexes.storage.upgrading import prepare

        prepare(self.place, articles_schema, upgrade)
        if self.place.shared and self.remembered("identity") is None:
            with self.transaction():
                self.remember("identity", token_hex(16))

    def rows(self, sql: str, **values: Any) -> Sequence[Found]:
        with self.snapshot() as db:
            return list(self.place.execute(db, sql, values).all())

    def row(self, sql: str, **values: Any) -> Found | None:
        """The first row, if there is one."""
        return next(iter(self.rows(sql, **values)), None)

    def execute(self, sql: str, **values: Any) -> None:
        """Inside a transaction."""
        self.place.execute(self._local.connection, sql, values)

    def execute_many(self, sql: str, values: Sequence[Values]) -> None:
        """Once for each. Inside a transaction."""
        if values:
            self.place.execute(self._local.connection, sql, values)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All of it or none of it, on disk when it returns. Tells readers that something changed."""
        with self.transaction_aside() as db:
            yield db
            self.execute(
                "INSERT INTO meta VALUES ('revision', '1') "
                "ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(meta.value AS INTEGER) + 1 AS TEXT)"
            )

    @contextmanager
    def transaction_aside(self) -> Iterator[Connection]:
        """The same of what is no part of the articles: readers have nothing to be told, and nobody has to be alone."""
        with self.place.writing() as db, self._on(db):
            yield db

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Reads inside see one state of the index, whatever a writer commits meanwhile."""
        current: Connection | None = getattr(self._local, "connection", None)
        if current is not None:
            yield current
            return
        with self.place.reading() as db, self._on(db):
            yield db

    @contextmanager
    def _on(self, db: Connection) -> Iterator[None]:
        """What this thread reads and writes inside goes over ``db``."""
        before = getattr(self._local, "connection", None)
        self._local.connection = db
        try:
            yield
        finally:
            self._local.connection = before

    def writing_alone(self) -> AbstractContextManager[None]:
        """Holds the only right to write articles.

        Raises:
            IndexBusy: another process, or another thread of this one, holds it; says who and since when.
        """
        return self.place.writing_alone()

    def close(self) -> None:
        self.place.close()

    # What the index remembers about itself

    def revision(self) -> int:
        """A number that grows with every committed write."""
        return int(self.remembered("revision") or 0)

    def remembered(self, key: str) -> Any:
        row = self.row("SELECT value FROM meta WHERE key = :key", key=key)
        return json.loads(row[0]) if row else None

    def remember(self, key: str, value: Any) -> None:
        """Inside a transaction."""
        self.execute(
            "INSERT INTO meta VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            key=key,
            value=json.dumps(value),
        )

    def forget(self, key: str) -> None:
        """Inside a transaction."""
        self.execute("DELETE FROM meta WHERE key = :key", key=key)

    # What it remembers of what this machine derives: in a file's index beside the rest, else in the home folder

    def remembered_here(self, key: str) -> Any:
        return self._here().get(key) if self.place.shared else self.remembered(key)

    def remember_here(self, key: str, value: Any) -> None:
        """Outside of transactions, by whoever alone writes what is derived on this machine."""
        if not self.place.shared:
            with self.transaction():
                self.remember(key, value)
            return
        fresh = self._notes.with_suffix(".new")
        fresh.write_text(json.dumps(self._here() | {key: value}), encoding="utf-8")
        fresh.replace(self._notes)

    def revision_here(self) -> tuple[int, int]:
        """Grows with every committed write, and with whatever was remembered here."""
        return self.revision(), self._notes.stat().st_mtime_ns if self._notes.exists() else 0

    def _here(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self._notes.read_text(encoding="utf-8")))
        except (OSError, ValueError):  # never written, or damaged: what is derived is then made anew
            return {}

    def problems(self) -> list[str]:
        """What is wrong with the database, by its own checks; empty when all is well."""
        return self.place.problems()
