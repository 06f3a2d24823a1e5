"""What the two database backends have in common: a SQLite file and a PostgreSQL server, each in its own module.

Knows nothing of what the rows mean.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, MetaData
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoneFree

from indexes.types.errors import Damaged, DatabaseUnusable, IndexDamaged, OnRecordError

Values = Mapping[str, Any]

QUIET: Mapping[str, Any] = {"hide_parameters": True}
"""Engine options: without this, error messages would contain the values being stored, such as questions and names."""


@dataclass(frozen=True)
class Dialect:
    """The few SQL expressions that differ between the two; ``{}`` stands for an expression."""

    folded: str
    """A text with its case folded."""
    holds: str
    """Whether the first text contains the second."""
    names: str
    """The strings of a JSON list, as rows with one column, ``value``."""
    joined: str
    """All values of a group as one text, separated by commas."""
    versions_by_facet: str
    """The join of current versions ``v``, their articles ``a`` and passages ``p``; ``{}`` is a condition on ``p``."""


class Place(ABC):
    """One database. Thread-safe. ``label`` names it in messages and never contains a password."""

    label: str
    shared: bool
    """Whether other machines may write to it."""
    dialect: Dialect
    engine: Engine

    def __init__(self, damaged: type[Damaged] = IndexDamaged) -> None:
        self.damaged = damaged
        """The error to raise if the database itself is damaged."""

    @abstractmethod
    def _readers(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _writers(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _at_fault(self, error: DBAPIError) -> OnRecordError:
        """The error to show for what went wrong in the database."""

    @abstractmethod
    def phrased(self, sql: str) -> str:
        """``sql``, with parameters written ``:name`` and lists ``IN :name``, in the driver's own parameter style."""

    @abstractmethod
    def listed(self, values: Sequence[Any]) -> Any:
        """A list in the form that the driver accepts for ``IN :name``."""

    @abstractmethod
    def last_seq(self, db: Connection) -> int:
        """The highest ``seq`` ever given to a passage."""

    @abstractmethod
    def go_on_after(self, db: Connection, seq: int) -> None:
        """Makes the next passage's ``seq`` higher than this."""

    @abstractmethod
    def wipe_deleted(self) -> None:
        """Wipes deleted data from the database's files as well, as far as we can."""

    @abstractmethod
    def problems(self) -> list[str]:
        """Problems found by the database's own checks; empty if there are none."""

    @abstractmethod
    def writing_alone(self) -> AbstractContextManager[None]:
        """Holds the lock for writing articles, across all machines. It is released if the process dies.

        Raises:
            IndexBusy: another process, or another thread of this one, holds it; the message says who and since when.
        """

    @abstractmethod
    def visiting_alone(self) -> AbstractContextManager[None]:
        """Holds the lock for checking followed feeds, likewise.

        Raises:
            FeedsBusy: another process or thread holds it.
        """

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read transaction: everything read inside it comes from one state of the database.

        Raises:
            OnRecordError: the database cannot be used; the message says why. :meth:`writing` raises the same.
        """
        with self._explaining(), self._readers() as db:
            yield db

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction: all or nothing, and on disk when it ends. Only one runs at a time."""
        with self._explaining(), self._writers() as db:
            yield db

    def upgrading(self) -> AbstractContextManager[Connection]:
        """Like :meth:`writing`, for migrations, which change tables."""
        return self.writing()

    def execute(self, db: Connection, sql: str, values: Values | Sequence[Values]) -> Any:
        """Runs ``sql`` once, or once for each of several sets of values."""
        if isinstance(values, Mapping):
            values = {name: self.listed(value) if isinstance(value, list) else value for name, value in values.items()}
            return db.exec_driver_sql(self.phrased(sql), dict(values))
        return db.exec_driver_sql(self.phrased(sql), list(map(dict, values)))

    def make_tables(self, db: Connection, tables: MetaData) -> None:
        """Creates the tables that are missing."""
        tables.create_all(db)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:  # the caller knows what it means
            raise
        except DBAPIError as error:
            raise self._at_fault(error) from error
        except NoneFree as error:
            raise DatabaseUnusable(f"{self.label} is too busy. Try again in a moment.") from error
