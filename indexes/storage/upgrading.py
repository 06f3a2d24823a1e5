"""Schema migrations: a schema moves forward by named steps, ``0001_…`` first, each an Alembic migration.

Alembic is loaded only if a step has to be taken, not for a new database. Knows nothing of what tables mean.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, delete, insert, inspect, select

from indexes.storage.backend import Place
from indexes.types.errors import DatabaseUnusable, IndexBusy

_PATIENCE = 30
"""Seconds to wait for another process that is writing or upgrading."""
_LONGEST_NAME = 32
_ONE_AT_A_TIME = threading.Lock()
"""All threads of a process share Alembic's ``op``."""
_UNKNOWN = "without a name"


@dataclass(frozen=True)
class Schema:
    """The schema of one kind of database: its current tables, and the folder of the migrations that led to them."""

    name: str
    tables: MetaData
    folder: Path
    unrecorded: Mapping[str, tuple[str, str]]
    """For databases from before there was a version table: each step's telltale table and column, last step first."""

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The names of all steps, in order."""
        return tuple(sorted(file.stem for file in self.folder.glob("[0-9]*.py")))

    @property
    def newest(self) -> str:
        return self.steps[-1]

    @cached_property
    def version_table(self) -> Table:
        """One for each kind of database, as they share a schema in PostgreSQL."""
        number = Column("version_num", String(_LONGEST_NAME), primary_key=True)
        return Table(f"alembic_version_{self.name}", MetaData(), number)

    def step_of(self, db: Connection) -> str:
        """The step that the database is at; empty if it has no tables."""
        return self.recorded_in(db) or self._unrecorded_in(db)

    def recorded_in(self, db: Connection) -> str:
        """The step recorded in the version table; empty if there is no such table."""
        if not inspect(db).has_table(self.version_table.name):
            return ""
        return str(db.scalar(select(self.version_table)) or "")

    def record(self, db: Connection) -> None:
        """Records that the database is at the newest step."""
        self.version_table.create(db, checkfirst=True)
        db.execute(delete(self.version_table))
        db.execute(insert(self.version_table).values(version_num=self.newest))

    def _unrecorded_in(self, db: Connection) -> str:
        found = inspect(db)
        for step, (table, column) in self.unrecorded.items():
            if found.has_table(table) and column in {one["name"] for one in found.get_columns(table)}:
                return step
        return _UNKNOWN if any(map(found.has_table, self.tables.tables)) else ""


def prepare(place: Place, schema: Schema, upgrade: bool = True) -> None:
    """Creates the tables in an empty database and, with ``upgrade``, migrates an older one to the newest step.

    An upgrade is one transaction. It waits up to 30 seconds for another process that is writing or upgrading.

    Raises:
        Damaged: the database is at an unknown step, usually of a newer version of On Record.
        DatabaseUnusable: it is at an older step, and ``upgrade`` is not set.
        IndexBusy: another process is still writing to it.
    """
    with place.reading() as db:
        recorded = schema.recorded_in(db)
        found = recorded or schema.step_of(db)
    if recorded == schema.newest or (found == schema.newest and not upgrade):
        return
    if found in ("", schema.newest):  # no existing table is changed
        _bring_up(place, schema)
    elif found not in schema.steps:
        raise place.damaged(
            f"{place.label} was written by another version of On Record (schema {found}). Update On Record."
        )
    elif not upgrade:
        raise DatabaseUnusable(
            f"{place.label} was written by an older version of On Record (schema {found}). Back it up, then upgrade "
            "it: onrecord upgrade"
        )
    else:
        _bring_up_alone(place, schema)


def step_of(place: Place, schema: Schema) -> str:
    """The step that the database is at; empty if it has no tables."""
    with place.reading() as db:
        return schema.step_of(db)


def _bring_up_alone(place: Place, schema: Schema) -> None:
    """Upgrades under the writer's lock, unless another process does so first."""
    give_up = time.monotonic() + _PATIENCE
    while True:
        try:
            with place.writing_alone():
                _bring_up(place, schema)
            return
        except IndexBusy:
            with place.reading() as db:
                if schema.recorded_in(db) == schema.newest:
                    return
            if time.monotonic() > give_up:
                raise
        time.sleep(0.1)


def _bring_up(place: Place, schema: Schema) -> None:
    with place.upgrading() as db:
        found = schema.step_of(db)  # once more, now that nobody else can write
        if not found:
            place.make_tables(db, schema.tables)
        elif found != schema.newest:
            _take_steps(db, schema, found)
        schema.record(db)


def _take_steps(db: Connection, schema: Schema, found: str) -> None:
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    steps = ScriptDirectory(schema.folder, version_locations=[schema.folder])
    ahead = list(steps.iterate_revisions(schema.newest, found))
    with _ONE_AT_A_TIME, Operations.context(MigrationContext.configure(db)):
        for step in reversed(ahead):
            step.module.upgrade()
