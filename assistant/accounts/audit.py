"""The audit log: who did what and when, in entries that hang on each other, so that a change to any of them shows.

An entry names users by their id and things by a hash: no question, no name and no words of an article stand in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from assistant.accounts.database import Database
from assistant.accounts.schema import about, audit

COMMAND_LINE, SERVER = "command line", "server"
_BEGINNING = "0" * 64
_HEAD = "audit"

_actor: ContextVar[str] = ContextVar("actor", default=COMMAND_LINE)


class Event(StrEnum):
    """What is noted; beside it what an entry's ``about`` and ``size`` are."""

    STARTED = "server started"  # hash of the settings, how many differ from their default
    LOGIN = "login"
    LOGIN_FAILED = "login failed"
    LOGOUT = "logout"
    ADDED = "articles added"  # hash of the text (of several: of their hashes), how many
    REPLACED = "articles of others replaced"  # likewise, of the new texts
    REMOVED = "articles removed"  # likewise
    SENT = "sent to language model"  # hash and bytes of what was sent
    EXPORTED = "feedback exported"  # how many
    USER_ADDED = "user added"  # the user's id
    USER_REMOVED = "user removed"
    USER_CHANGED = "user changed"
    KEY_ADDED = "key added"  # how the key begins
    KEY_REVOKED = "key revoked"
    REFUSED = "requests refused"  # why, how many within a minute


@dataclass(frozen=True)
class Entry:
    """``who`` is a user's or key's id, the command line or the server. ``seal``: of it and of the one before."""

    number: int
    at: datetime
    who: str
    what: str
    about: str
    size: int
    seal: str

    def sealed(self, before: str) -> str:
        """The seal that this entry has after one with the seal ``before``."""
        fields = {**asdict(self), "at": self.at.isoformat(), "seal": before}
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


@contextmanager
def acting(who: str) -> Iterator[None]:
    """What is noted inside was done by ``who``."""
    before = _actor.set(who)
    try:
        yield
    finally:
        _actor.reset(before)


def actor() -> str:
    """Who does what is done now."""
    return _actor.get()


class Audit:
    """The log of one desk. There is no way to change or remove an entry."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    def note(self, what: Event, of: str = "", size: int = 0, who: str = "") -> None:
        """Adds an entry, on what the event says ``of`` and ``size`` are; ``who``, if it is not whoever acts."""
        with self._database.writing() as db:
            self.note_in(db, what, of, size, who)

    def note_in(
        self, db: Connection, what: Event, of: str = "", size: int = 0, who: str = "", at: datetime | None = None
    ) -> None:
        """As :meth:`note`, in the transaction of what is noted: both happen, or neither. ``at``, if it was not now."""
        number, before = _head(db)
        entry = Entry(number + 1, at or self._now(), who or actor(), what.value, of, size, "")
        seal = entry.sealed(before)
        db.execute(insert(audit).values({**asdict(entry), "seal": seal}))
        head = {"value": f"{entry.number} {seal}"}
        if number:
            db.execute(update(about).where(about.c.name == _HEAD).values(head))
        else:
            db.execute(insert(about).values({"name": _HEAD, **head}))

    def entries(self) -> list[Entry]:
        """Oldest first."""
        with self._database.reading() as db:
            return [_entry(row) for row in db.execute(select(audit).order_by(audit.c.number))]

    def problems(self, known: str = "") -> list[str]:
        """What is wrong with the log; empty when nothing was changed, taken out or put in.

        ``known`` is a seal that was noted down elsewhere: its entry has to be there still. Without one, a log that was
        written anew from some entry on looks sound.
        """
        with self._database.reading() as db:
            rows, head = db.execute(select(audit).order_by(audit.c.number)).all(), _head(db)
        found, before, number = list[str](), _BEGINNING, 0
        for row in rows:
            entry, number = _entry(row), number + 1
            if entry.number != number:
                return [*found, f"entry {number} is missing"]
            if entry.sealed(before) != entry.seal:
                found.append(f"entry {number} is not as it was written")
            before = entry.seal
        if head != (number, before):
            found.append(f"the last of {head[0]} entries is missing or is another")
        if known and known not in (row.seal for row in rows):
            found.append(f"no entry has the seal {known}")
        return found


def digest(hashes: Iterable[str]) -> str:
    """One hash for several; a single one stands for itself."""
    known = list(hashes)
    return known[0] if len(known) == 1 else hashlib.sha256("\n".join(known).encode()).hexdigest()


def _head(db: Connection) -> tuple[int, str]:
    """How many entries there are, and the last one's seal."""
    kept: str | None = db.scalar(select(about.c.value).where(about.c.name == _HEAD))
    if kept is None:
        return 0, _BEGINNING
    number, _, seal = kept.partition(" ")
    return int(number) if number.isdigit() else -1, seal


def _entry(row: Any) -> Entry:
    return Entry(row.number, row.at, row.who, row.what, row.about, row.size, row.seal)
