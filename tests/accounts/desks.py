"""A desk with a clock that is set by hand and passwords that are cheap to hash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from argon2 import PasswordHasher

from assistant.accounts.credentials import Passwords
from assistant.accounts.database import database_at
from assistant.accounts.sessions import SessionLife
from assistant.desk import LIFE, Desk
from assistant.types.answers import Answered, CitedSentence, NotFound
from assistant.types.citations import cite
from assistant.types.turns import Turn
from indexes.storage.outbox import Change
from indexes.types.article import new_article

PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
FERRY = new_article(
    "The ferry stops on 14 October. Its hull needs new steel.",
    id="ferry",
    title="Ferry to stop",
    source="Quay Chronicle",
    published=date(2026, 10, 2),
)


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = field(default_factory=lambda: datetime(2026, 11, 23, 9, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


def open_desk(
    folder: Path,
    clock: Clock,
    auth: str = "users",
    life: SessionLife = LIFE,
    keep_days: int = 0,
    hasher: PasswordHasher = CHEAP,
    url: str = "",
) -> Desk:
    passwords = Passwords(hasher)
    return Desk(
        database_at(folder / "desk.db", url), auth=auth, life=life, keep_days=keep_days, passwords=passwords, now=clock
    )


def answered(question: str = "When does the ferry stop?", short: str = "14 October") -> Turn:
    sentence = CitedSentence("The ferry stops on 14 October.", (cite(FERRY, 0, 30),))
    return Turn(question, question, Answered(question, (sentence,), short))


def not_found(question: str) -> Turn:
    return Turn(question, question, NotFound(question, ()))


def files_of(folder: Path) -> bytes:
    """Everything that stands in the desk's files."""
    return b"".join(file.read_bytes() for file in sorted(folder.glob("desk.db*")))


def removed(*ids: str) -> Callable[[], list[Change]]:
    """What the articles' database has recorded of a job that removed these articles."""
    return lambda: [Change(1, f"job {ids}", datetime(2026, 11, 23, tzinfo=UTC), "user x", "removed", ids, ids)]
