"""The database of an index: its schema, its transactions, and the index's own metadata.

Knows nothing of articles or passages beyond their columns.
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

    The SQL is what SQLite and PostgreSQL have in common, with parameters written ``:name`` and lists ``IN :name``.
    """

    def __init__(self, path: Path, url: str = "", upgrade: bool = True) -> None:
        """Opens the PostgreSQL database at ``url`` or, without one, the SQLite file at ``path``.

        The tables are created if the database is empty. With ``upgrade``, an older schema is upgraded.

        Raises:
            IndexDamaged: it is not an index, or was written by a newer version of On Record.
            DatabaseUnusable: it cannot be used right now, or needs an upgrade first.
            IndexBusy: it needs an upgrade, and another process is writing to it.
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
        """All rows, from the current snapshot or transaction of this thread if there is one."""
        with self.snapshot() as db:
            return list(self.place.execute(db, sql, values).all())

    def row(self, sql: str, **values: Any) -> Found | None:
        """The first row, or None."""
        return next(iter(self.rows(sql, **values)), None)

    def execute(self, sql: str, **values: Any) -> None:
        """Runs ``sql`` once. Call inside a transaction."""
        self.place.execute(self._local.connection, sql, values)

    def execute_many(self, sql: str, values: Sequence[Values]) -> None:
        """Runs ``sql`` once for each set of values. Call inside a transaction."""
        if values:
            self.place.execute(self._local.connection, sql, values)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A write transaction: all or nothing, and on disk when it ends. Increases the revision, so readers notice."""
        with self.transaction_aside() as db:
            yield db
            self.execute(
                "INSERT INTO meta VALUES ('revision', '1') "
                "ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(meta.value AS INTEGER) + 1 AS TEXT)"
            )

    @contextmanager
    def transaction_aside(self) -> Iterator[Connection]:
        """A write transaction for data that is not part of the articles: no new revision, no writer's lock needed."""
        with self.place.writing() as db, self._on(db):
            yield db

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Everything read inside comes from one state of the index, whatever a writer commits in the meantime."""
        current: Connection | None = getattr(self._local, "connection", None)
        if current is not None:
            yield current
            return
        with self.place.reading() as db, self._on(db):
            yield db

    @contextmanager
    def _on(self, db: Connection) -> Iterator[None]:
        """Makes this thread use ``db`` for everything inside."""
        before = getattr(self._local, "connection", None)
        self._local.connection = db
        try:
            yield
        finally:
            self._local.connection = before

    def writing_alone(self) -> AbstractContextManager[None]:
        """Holds the lock for writing articles.

        Raises:
            IndexBusy: another process, or another thread of this one, holds it; the message says who and since when.
        """
        return self.place.writing_alone()

    def close(self) -> None:
        self.place.close()

    # The index's own metadata

    def revision(self) -> int:
        """A number that grows with every committed write."""
        return int(self.remembered("revision") or 0)

    def remembered(self, key: str) -> Any:
        """The value stored under ``key``, or None."""
        row = self.row("SELECT value FROM meta WHERE key = :key", key=key)
        return json.loads(row[0]) if row else None

    def remember(self, key: str, value: Any) -> None:
        """Stores ``value``, which must be JSON. Call inside a transaction."""
        self.execute(
            "INSERT INTO meta VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            key=key,
            value=json.dumps(value),
        )

    def forget(self, key: str) -> None:
        """Removes the value. Call inside a transaction."""
        self.execute("DELETE FROM meta WHERE key = :key", key=key)

    # Metadata of the indexes derived on this machine: with SQLite in the same table, with PostgreSQL in derived.json

    def remembered_here(self, key: str) -> Any:
        """The value that this machine stored under ``key``, or None."""
        return self._here().get(key) if self.place.shared else self.remembered(key)

    def remember_here(self, key: str, value: Any) -> None:
        """Stores ``value``. Call outside transactions, holding the lock for this machine's derived indexes."""
        if not self.place.shared:
            with self.transaction():
                self.remember(key, value)
            return
        fresh = self._notes.with_suffix(".new")
        fresh.write_text(json.dumps(self._here() | {key: value}), encoding="utf-8")
        fresh.replace(self._notes)

    def revision_here(self) -> tuple[int, int]:
        """A pair that grows with every committed write, and with every value stored by :meth:`remember_here`."""
        return self.revision(), self._notes.stat().st_mtime_ns if self._notes.exists() else 0

    def _here(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self._notes.read_text(encoding="utf-8")))
        except (OSError, ValueError):  # never written, or damaged: the derived indexes are then rebuilt
            return {}

    def problems(self) -> list[str]:
        """Problems found by the database's own checks; empty if there are none."""
        return self.place.problems()
