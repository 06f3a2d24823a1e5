"""What was done to the articles, kept for a log elsewhere until it stands there.

It is written in the transaction that did it: nothing is done that is not here, and nothing is here that was not done.
Of an article its id and the hash of its text are kept, no words. Knows nothing of that log.
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
"""Of what was added, ``replaced`` is what took the place of an article that somebody else had added."""


@dataclass(frozen=True)
class Job:
    """Adding or removing in one go: by whom, and a name of its own, as it may take several transactions."""

    who: str
    id: str = field(default_factory=lambda: token_hex(8))


@dataclass(frozen=True)
class Change:
    """What of one kind a transaction of a job did. ``number`` grows; no other change of the kind here ever has it."""

    number: int
    job: str
    at: datetime
    who: str
    kind: Kind
    ids: tuple[str, ...]
    hashes: tuple[str, ...]

    @property
    def key(self) -> str:
        """What tells it from every other change, in whatever database."""
        return f"{self.job} {self.number} {self.kind}"


def record(database: Database, job: Job, kind: Kind, articles: Iterable[Article]) -> None:
    """Writes down what the transaction does that this is called in, once for each kind."""
    done = list(articles)
    if not done:
        return
    database.execute(
        "INSERT INTO changes VALUES (:number, :job, :at, :who, :kind, :ids, :hashes)",
        number=database.revision() + 1,  # which this transaction will have been
        job=job.id,
        at=datetime.now(UTC).isoformat(),
        who=job.who,
        kind=kind,
        ids=json.dumps([article.id for article in done]),
        hashes=json.dumps([article.sha256 for article in done]),
    )


def recorded(database: Database) -> list[Change]:
    """What was written down and not dropped yet, in the order in which it was done."""
    rows = database.rows("SELECT number, job, at, who, kind, ids, hashes FROM changes ORDER BY number, kind")
    return [
        Change(number, job, datetime.fromisoformat(at), who, kind, *(tuple(json.loads(told)) for told in (ids, hashes)))
        for number, job, at, who, kind, ids, hashes in rows
    ]


def drop(database: Database, changes: Sequence[Change]) -> None:
    """Throws away what stands in the log now."""
    with database.transaction_aside():
        database.execute_many(
            "DELETE FROM changes WHERE number = :number AND job = :job AND kind = :kind",
            [{"number": change.number, "job": change.job, "kind": change.kind} for change in changes],
        )
