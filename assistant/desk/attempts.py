"""Attempts to log in, counted by name and by address, so that guessing becomes slow. Knows nothing of passwords.

What is typed as a name may be a password: names and addresses are kept only as hashes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from assistant.desk.database import Database
from assistant.desk.errors import TooManyAttempts
from assistant.desk.tables import attempts
from assistant.desk.tokens import hashed

FORGOTTEN = timedelta(days=1)
"""After this time without an attempt, the ones that failed no longer count."""

_REMEMBERED = timedelta(days=30)
_NAME, _ADDRESS, _KNOWN = "name", "address", "known"


@dataclass(frozen=True)
class Pace:
    """So many failures are free; then the wait doubles from one second up to ``longest`` seconds."""

    free: int
    longest: int

    def wait(self, failures: int) -> int:
        """Seconds to wait after the last of so many failures."""
        over = failures - self.free
        return 0 if over < 0 else min(2 ** min(over, 30), self.longest)


# Whoever guesses at a name from many addresses must not lock its owner out: a name never waits long, and not at all
# at an address where its owner logged in before.
PACES = {_NAME: Pace(free=5, longest=60), _ADDRESS: Pace(free=20, longest=900)}


class Attempts:
    """Attempts count as failed from their beginning, so that many at once gain nothing."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    def begin(self, name: str, address: str) -> None:
        """Counts an attempt.

        Raises:
            TooManyAttempts: it came too soon; it was not counted.
        """
        with self._database.writing() as db:
            counted = [(_ADDRESS, place_of(address))]
            if not self._is_known(db, name, address):
                counted.append((_NAME, _person(name)))
            wait = max(self._wait(db, kind, key) for kind, key in counted)
            if wait > 0:
                raise TooManyAttempts(wait)
            for kind, key in counted:
                self._count(db, kind, key)

    def succeeded(self, name: str, address: str) -> None:
        """The attempt was no failure. The name starts afresh; the address only gets this one back."""
        with self._database.writing() as db:
            db.execute(delete(attempts).where(_row(_NAME, _person(name))))
            mine = and_(_row(_ADDRESS, place_of(address)), attempts.c.failures > 0)
            db.execute(update(attempts).where(mine).values(failures=attempts.c.failures - 1))
            self._count(db, _KNOWN, _person(name) + place_of(address))

    def forget_name(self, name: str) -> None:
        """The operator gave this name another password."""
        with self._database.writing() as db:
            db.execute(delete(attempts).where(_row(_NAME, _person(name))))

    def sweep(self, db: Connection) -> None:
        """Deletes what no longer counts."""
        old = and_(attempts.c.kind != _KNOWN, attempts.c.last < self._now() - FORGOTTEN)
        db.execute(delete(attempts).where(or_(old, attempts.c.last < self._now() - _REMEMBERED)))

    def _is_known(self, db: Connection, name: str, address: str) -> bool:
        last = db.scalar(select(attempts.c.last).where(_row(_KNOWN, _person(name) + place_of(address))))
        return last is not None and last > self._now() - _REMEMBERED

    def _wait(self, db: Connection, kind: str, key: str) -> int:
        found = db.execute(select(attempts.c.failures, attempts.c.last).where(_row(kind, key))).first()
        if found is None or found.last < self._now() - FORGOTTEN:
            return 0
        ends = found.last + timedelta(seconds=PACES[kind].wait(found.failures))
        return -int((self._now() - ends) // timedelta(seconds=1)) if ends > self._now() else 0

    def _count(self, db: Connection, kind: str, key: str) -> None:
        now = self._now()
        db.execute(delete(attempts).where(_row(kind, key), attempts.c.last < now - FORGOTTEN))
        again = update(attempts).where(_row(kind, key)).values(failures=attempts.c.failures + 1, last=now)
        if db.execute(again).rowcount == 0:
            db.execute(insert(attempts).values(kind=kind, hash=hashed(key), failures=1, last=now))


def _row(kind: str, key: str) -> ColumnElement[bool]:
    return and_(attempts.c.kind == kind, attempts.c.hash == hashed(key))


def _person(name: str) -> str:
    return name.strip().casefold()


def place_of(address: str) -> str:
    """What counts as one place: one IPv4 address, or the /64 network of an IPv6 address: that much one customer has."""
    try:
        found = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return f" {address}"
    found = getattr(found, "ipv4_mapped", None) or found
    return f" {ipaddress.ip_network((found, 64 if found.version == 6 else 32), strict=False)}"
