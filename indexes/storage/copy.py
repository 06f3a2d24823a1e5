"""Copies tables from one database to another, all or none, and compares every row. Knows nothing of their meaning."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, MetaData, Table, delete, insert, select

from indexes.storage.backend import Place
from indexes.storage.upgrading import Schema, prepare
from indexes.types.errors import OnRecordError

_AT_ONCE = 500
_MADE_ON_OPENING = ("meta", "about")
"""Tables that get rows as soon as an empty database is opened."""
_OF_ONE_PLACE = {("meta", "chroma"), ("meta", "identity")}
"""Rows that are not copied, by table and first column."""
_COUNTING = {("meta", "revision")}
"""Rows that may differ."""


class CannotMove(OnRecordError):
    """The target already holds other rows, or does not hold what was written to it. Seen by the operator."""


@dataclass(frozen=True)
class Sum:
    """The number of rows and the sum of their SHA-256 hashes, which does not depend on their order."""

    rows: int
    hashes: int


Sums = Mapping[str, Sum]


def move(source: Place, target: Place, schema: Schema) -> Sums:
    """Copies every row and returns the count and checksum of each table. Does nothing if the target has the same rows.

    Raises:
        CannotMove: the target holds other rows, or not what was written to it.
        IndexBusy: another process is writing to one of the two.
    """
    for place in (source, target):
        prepare(place, schema)
    tables = schema.tables
    with source.writing_alone(), target.writing_alone(), source.reading() as old, target.writing() as new:
        wanted, found = _sums(old, tables), _sums(new, tables)
        if found == wanted:
            return wanted
        if full := ", ".join(name for name, one in found.items() if one.rows and name not in _MADE_ON_OPENING):
            raise CannotMove(f"{target.label} already holds other rows, in {full}. Move to an empty database.")
        for table in tables.sorted_tables:
            new.execute(delete(table))
            _copy(table, old, new)
        if "passages" in tables.tables:
            target.go_on_after(new, source.last_seq(old))
        if _sums(new, tables) != wanted:
            raise CannotMove(f"{target.label} does not hold what was written to it. Nothing was moved; try again.")
        return wanted


def _copy(table: Table, old: Connection, new: Connection) -> None:
    for some in _rows(table, old).partitions():
        if rows := [dict(row._mapping) for row in some if (table.name, row[0]) not in _OF_ONE_PLACE]:
            new.execute(insert(table), rows)


def _sums(db: Connection, tables: MetaData) -> dict[str, Sum]:
    return {table.name: _sum(table, db) for table in tables.sorted_tables}


def _sum(table: Table, db: Connection) -> Sum:
    count = hashes = 0
    for row in _rows(table, db):
        if (table.name, row[0]) not in _OF_ONE_PLACE | _COUNTING:
            count += 1
            hashes += int.from_bytes(hashlib.sha256(repr(tuple(row)).encode()).digest())
    return Sum(count, hashes % 2**256)


def _rows(table: Table, db: Connection) -> Any:
    return db.execute(select(table).execution_options(yield_per=_AT_ONCE))
