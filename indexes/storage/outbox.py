"""A transactional outbox: changes to the articles, recorded here until a log elsewhere has them.

A change is recorded in the transaction that makes it, so neither exists without the other. Only an article's id and
the hash of its text are stored, never its words. Knows nothing of that log.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_hex
from typing import Literal

from indexes.storage.database import Database
from indexes.types.article import Article

Kind = Literal["added", "replaced", "removed"]
"""``replaced`` marks those of the added articles that replace an article someone else had added."""


@dataclass(frozen=True)
class Job:
    """One run of adding or removing, which may take several transactions: who started it, and a unique id."""

    who: str
    id: str = field(default_factory=lambda: token_hex(8))


@dataclass(frozen=True)
class Change:
    """The changes of one kind made by one transaction of a job. ``number`` grows, and is unique for each kind."""

    number: int
    job: str
    at: datetime
    who: str
    kind: Kind
    ids: tuple[str, ...]
    hashes: tuple[str, ...]

    @property
    def key(self) -> str:
        """A key that is unique among all changes, in any database."""
        return f"{self.job} {self.number} {self.kind}"


def record(database: Database, job: Job, kind: Kind, articles: Iterable[Article]) -> None:
    """Records changes made by the current transaction. Call inside it, at most once for each kind."""
    done = list(articles)
    if not done:
        return
    database.execute(
        "INSERT INTO changes VALUES (:number, :job, :at, :who, :kind, :ids, :hashes)",
        number=database.revision() + 1,  # the revision that this transaction will commit
        job=job.id,
        at=datetime.now(UTC).isoformat(),
        who=job.who,
        kind=kind,
        ids=json.dumps([article.id for article in done]),
        hashes=json.dumps([article.sha256 for article in done]),
    )


def recorded(database: Database) -> list[Change]:
    """The recorded changes that have not been dropped yet, oldest first."""
    rows = database.rows("SELECT number, job, at, who, kind, ids, hashes FROM changes ORDER BY number, kind")
    return [
        Change(number, job, datetime.fromisoformat(at), who, kind, *(tuple(json.loads(told)) for told in (ids, hashes)))
        for number, job, at, who, kind, ids, hashes in rows
    ]


def drop(database: Database, changes: Sequence[Change]) -> None:
    """Removes changes that are now in the log."""
    with database.transaction_aside():
        database.execute_many(
            "DELETE FROM changes WHERE number = :number AND job = :job AND kind = :kind",
            [{"number": change.number, "job": change.job, "kind": change.kind} for change in changes],
        )
