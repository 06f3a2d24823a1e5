"""The audit log: who did what and when, in entries chained by their hashes, so that a change to any of them shows.

An entry names users by id and things by hash. It contains no question, no name and no words of an article.
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
    """What is logged. The comments say what the entry's ``about`` and ``size`` are."""

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
    """One entry. ``who`` is a user's or key's id, the command line or the server; ``seal`` is a hash over the entry and
    the previous entry's seal."""

    number: int
    at: datetime
    who: str
    what: str
    about: str
    size: int
    seal: str

    def sealed(self, before: str) -> str:
        """The seal of this entry, given the previous entry's seal."""
        fields = {**asdict(self), "at": self.at.isoformat(), "seal": before}
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


@contextmanager
def acting(who: str) -> Iterator[None]:
    """Attributes what is logged inside to ``who``."""
    before = _actor.set(who)
    try:
        yield
    finally:
        _actor.reset(before)


def actor() -> str:
    """Who is acting at the moment: the argument of the innermost :func:`acting`, else the command line."""
    return _actor.get()


class Audit:
    """The audit log of one desk. There is no way to change or remove an entry."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    def note(self, what: Event, of: str = "", size: int = 0, who: str = "") -> None:
        """Adds an entry. :class:`Event` says what ``of`` and ``size`` are; ``who`` defaults to :func:`actor`."""
        with self._database.writing() as db:
            self.note_in(db, what, of, size, who)

    def note_in(
        self, db: Connection, what: Event, of: str = "", size: int = 0, who: str = "", at: datetime | None = None
    ) -> None:
        """Like :meth:`note`, in the transaction of the event: both happen, or neither. ``at`` defaults to now."""
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
        """All entries, oldest first."""
        with self._database.reading() as db:
            return [_entry(row) for row in db.execute(select(audit).order_by(audit.c.number))]

    def problems(self, known: str = "") -> list[str]:
        """Problems with the log; empty if no entry was changed, removed or inserted.

        ``known`` is a seal recorded elsewhere, whose entry must still be there. Without one, a log that was rewritten
        from some entry on looks sound.
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
            found.append(f"the last of {head[0]} entries is missing or was replaced")
        if known and known not in (row.seal for row in rows):
            found.append(f"no entry has the seal {known}")
        return found


def digest(hashes: Iterable[str]) -> str:
    """One hash for several hashes; a single hash is returned unchanged."""
    known = list(hashes)
    return known[0] if len(known) == 1 else hashlib.sha256("\n".join(known).encode()).hexdigest()


def _head(db: Connection) -> tuple[int, str]:
    """The recorded number of entries, and the seal of the last."""
    kept: str | None = db.scalar(select(about.c.value).where(about.c.name == _HEAD))
    if kept is None:
        return 0, _BEGINNING
    number, _, seal = kept.partition(" ")
    return int(number) if number.isdigit() else -1, seal


def _entry(row: Any) -> Entry:
    return Entry(row.number, row.at, row.who, row.what, row.about, row.size, row.seal)
