"""Where rows are kept: a SQLite file, or a PostgreSQL server. What the two share; each has a module of its own.

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
"""Of engines: else an error would tell what was to be kept, such as questions and names."""


@dataclass(frozen=True)
class Dialect:
    """The few phrases of SQL that the two have different words for; ``{}`` stands for an expression."""

    folded: str
    """A text without the difference between capitals and small letters."""
    holds: str
    """Whether the first text holds the second."""
    names: str
    """The strings of a JSON list, as rows with one column, ``value``."""
    joined: str
    """All values of a group in one text, between commas."""
    versions_by_facet: str
    """The join of current versions ``v``, their articles ``a`` and passages ``p``; the condition on ``p`` goes in."""


class Place(ABC):
    """One database. Any thread may use it; ``label`` names it in messages and holds no password."""

    label: str
    shared: bool
    """Whether other machines may write to it."""
    dialect: Dialect
    engine: Engine

    def __init__(self, damaged: type[Damaged] = IndexDamaged) -> None:
        self.damaged = damaged
        """What to raise where the database itself is not as it should be."""

    @abstractmethod
    def _readers(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _writers(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _at_fault(self, error: DBAPIError) -> OnRecordError:
        """What went wrong with the database, in words."""

    @abstractmethod
    def phrased(self, sql: str) -> str:
        """``sql``, with values as ``:name`` and lists of them as ``IN :name``, in the driver's own way of writing."""

    @abstractmethod
    def listed(self, values: Sequence[Any]) -> Any:
        """A list as the driver takes it for ``IN :name``."""

    @abstractmethod
    def last_seq(self, db: Connection) -> int:
        """The highest ``seq`` that a passage ever had."""

    @abstractmethod
    def go_on_after(self, db: Connection, seq: int) -> None:
        """Gives the next passage a higher ``seq`` than this."""

    @abstractmethod
    def wipe_deleted(self) -> None:
        """Takes what was deleted out of the database's files too, as far as it is in our hands."""

    @abstractmethod
    def problems(self) -> list[str]:
        """What is wrong with the database, by its own checks; empty when all is well."""

    @abstractmethod
    def writing_alone(self) -> AbstractContextManager[None]:
        """Holds the only right to write articles here, on whatever machine. Freed if the process dies.

        Raises:
            IndexBusy: another process, or another thread of this one, holds it; says who and since when.
        """

    @abstractmethod
    def visiting_alone(self) -> AbstractContextManager[None]:
        """Holds the only right to visit followed feeds, likewise.

        Raises:
            FeedsBusy: another is at it.
        """

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Reads inside see one state of the database.

        Raises:
            OnRecordError: the database cannot be used, and why. So with :meth:`writing`.
        """
        with self._explaining(), self._readers() as db:
            yield db

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """All of it or none of it, on disk when it returns. One at a time."""
        with self._explaining(), self._writers() as db:
            yield db

    def upgrading(self) -> AbstractContextManager[Connection]:
        """As :meth:`writing`, for steps that change tables."""
        return self.writing()

    def execute(self, db: Connection, sql: str, values: Values | Sequence[Values]) -> Any:
        """Runs ``sql`` once, or for each of several sets of values."""
        if isinstance(values, Mapping):
            values = {name: self.listed(value) if isinstance(value, list) else value for name, value in values.items()}
            return db.exec_driver_sql(self.phrased(sql), dict(values))
        return db.exec_driver_sql(self.phrased(sql), list(map(dict, values)))

    def make_tables(self, db: Connection, tables: MetaData) -> None:
        """Makes those of the tables that are missing."""
        tables.create_all(db)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:  # whoever wrote it knows what it means
            raise
        except DBAPIError as error:
            raise self._at_fault(error) from error
        except NoneFree as error:
            raise DatabaseUnusable(f"{self.label} is too busy. Try again in a moment.") from error
