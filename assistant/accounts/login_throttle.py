"""Login throttling: failed attempts are counted, so that guessing becomes slow. Knows nothing of passwords.

People sometimes type a password into the name field, so names and addresses are stored only as hashes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from assistant.accounts.credentials import hashed
from assistant.accounts.database import Database
from assistant.accounts.errors import LoginRefused, TooManyAttempts
from assistant.accounts.schema import attempts
from assistant.accounts.sessions import Sessions
from assistant.accounts.users import User, Users, folded_name

FORGOTTEN = timedelta(days=1)
"""After this time without an attempt, failed ones no longer count."""

_REMEMBERED = timedelta(days=30)
_CLOCKS_DIFFER = timedelta(minutes=1)
"""How far apart the clocks of two servers that share a database may be. A time further in the future was recorded
before a clock was set back, and is ignored."""

_NAME, _ADDRESS, _PAIR, _SESSION, _KNOWN = "name", "address", "name at address", "session", "known"


@dataclass(frozen=True)
class Backoff:
    """Exponential backoff: from failure number ``free`` on, the wait doubles from ``first`` to ``longest`` seconds."""

    free: int
    first: int
    longest: int

    def wait(self, failures: int) -> int:
        """Seconds to wait after the last of that many failures."""
        over = failures - self.free
        return 0 if over < 0 else min(self.first * 2 ** min(over, 30), self.longest)


# At most ten passwords can be tried for one name from one place within a quarter of an hour. Someone guessing from many
# addresses must not lock the name's owner out, so the wait for a name alone is never long.
_SLOW = Backoff(free=5, first=15, longest=900)
PACES = {
    _NAME: Backoff(free=5, first=1, longest=60),
    _ADDRESS: Backoff(free=20, first=1, longest=900),
    _PAIR: _SLOW,
    _SESSION: _SLOW,
}


@dataclass(frozen=True)
class Attempt:
    """An attempt to log in as ``name`` from ``address``. ``session`` is the token of that user's session, or empty."""

    name: str
    address: str
    session: str = ""

    @property
    def person(self) -> str:
        return folded_name(self.name)

    @property
    def place(self) -> str:
        return place_of(self.address)


class Attempts:
    """Counts attempts. Each counts as failed from its start, so making many at once gains nothing.

    Users whose browser has had a session of theirs, or who have logged in from an address before, are not slowed down
    there by what others do at the same address, or with the same name elsewhere.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    def begin(self, attempt: Attempt) -> None:
        """Counts an attempt.

        Raises:
            TooManyAttempts: it came too soon. It is not counted.
        """
        with self._database.writing() as db:
            counted = self._counted(db, attempt)
            wait = max(self._wait(db, kind, hash) for kind, hash in counted)
            if wait > 0:
                raise TooManyAttempts(wait)
            for kind, hash in counted:
                self._count(db, kind, hash)

    def succeeded(self, attempt: Attempt) -> None:
        """Records a success: forgets earlier failures of this name here; of the address's, only this attempt."""
        with self._database.writing() as db:
            counted = self._counted(db, attempt)
            for kind, hash in counted:
                if kind == _ADDRESS:
                    mine = and_(_row(kind, hash), attempts.c.failures > 0)
                    db.execute(update(attempts).where(mine).values(failures=attempts.c.failures - 1))
                else:
                    db.execute(delete(attempts).where(_row(kind, hash)))
            self._count(db, _KNOWN, _known(attempt))

    def is_known(self, attempt: Attempt) -> bool:
        """Whether this user has logged in from this address before, or the browser has had a session of theirs."""
        with self._database.reading() as db:
            return bool(attempt.session) or self._was_here(db, attempt)

    def forget_name(self, name: str) -> None:
        """Forgets the failures of a name, because the operator has set a new password."""
        person = Attempt(name, "").person
        with self._database.writing() as db:
            pairs = and_(attempts.c.kind == _PAIR, attempts.c.hash.startswith(_half(person)))
            db.execute(delete(attempts).where(or_(_row(_NAME, hashed(person)), pairs)))

    def sweep(self, db: Connection) -> None:
        """Deletes attempts that no longer count."""
        old = and_(attempts.c.kind != _KNOWN, attempts.c.last < self._now() - FORGOTTEN)
        db.execute(delete(attempts).where(or_(old, attempts.c.last < self._now() - _REMEMBERED)))

    def _counted(self, db: Connection, attempt: Attempt) -> list[tuple[str, str]]:
        """The counters that the attempt counts towards: kinds and hashes."""
        if attempt.session:
            return [(_SESSION, hashed(attempt.session))]
        pair = (_PAIR, _half(attempt.person) + _half(attempt.place))
        if self._was_here(db, attempt):
            return [pair]
        return [pair, (_NAME, hashed(attempt.person)), (_ADDRESS, hashed(attempt.place))]

    def _was_here(self, db: Connection, attempt: Attempt) -> bool:
        last = db.scalar(select(attempts.c.last).where(_row(_KNOWN, _known(attempt))))
        return last is not None and last > self._now() - _REMEMBERED

    def _wait(self, db: Connection, kind: str, hash: str) -> int:
        now = self._now()
        found = db.execute(select(attempts.c.failures, attempts.c.last).where(_row(kind, hash))).first()
        if found is None or not now - FORGOTTEN <= found.last <= now + _CLOCKS_DIFFER:
            return 0
        ends = found.last + timedelta(seconds=PACES[kind].wait(found.failures))
        return -int((now - ends) // timedelta(seconds=1)) if ends > now else 0

    def _count(self, db: Connection, kind: str, hash: str) -> None:
        now = self._now()
        db.execute(delete(attempts).where(_row(kind, hash), attempts.c.last < now - FORGOTTEN))
        again = update(attempts).where(_row(kind, hash)).values(failures=attempts.c.failures + 1, last=now)
        if db.execute(again).rowcount == 0:
            db.execute(insert(attempts).values(kind=kind, hash=hash, failures=1, last=now))


def _row(kind: str, hash: str) -> ColumnElement[bool]:
    return and_(attempts.c.kind == kind, attempts.c.hash == hash)


def _known(attempt: Attempt) -> str:
    return hashed(attempt.person + attempt.place)


def _half(text: str) -> str:
    """Half a hash, so that all rows of one name, at whatever address, have the same prefix."""
    return hashed(text)[:32]


def place_of(address: str) -> str:
    """What counts as one place: an IPv4 address, or the /64 network of an IPv6 address, which one customer gets."""
    try:
        found = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return f" {address}"
    found = getattr(found, "ipv4_mapped", None) or found
    return f" {ipaddress.ip_network((found, 64 if found.version == 6 else 32), strict=False)}"


class Logins:
    """The only way from a password to a user. ``token`` is that of a session, even one that has ended, or empty."""

    def __init__(self, users: Users, sessions: Sessions, attempts: Attempts) -> None:
        self._users, self._sessions, self._attempts = users, sessions, attempts

    def log_in(self, name: str, password: str, address: str, token: str = "") -> User:
        """The user with this name and password, at the client ``address``. The caller starts their session.

        Raises:
            LoginRefused: name or password is wrong.
            TooManyAttempts: too many attempts have just failed; the password was not checked.
        """
        attempt = self._attempt(name, address, token)
        self._attempts.begin(attempt)
        user = self._users.with_password(name, password)
        if user is None:
            raise LoginRefused("wrong name or password. Try again.")
        self._attempts.succeeded(attempt)
        return user

    def is_known(self, name: str, address: str, token: str = "") -> bool:
        """Whether this user has logged in before from ``address``, or in the browser that has ``token``."""
        return self._attempts.is_known(self._attempt(name, address, token))

    def set_password(self, name: str, password: str) -> User:
        """Like :meth:`Users.set_password`; failed attempts no longer count against the name.

        Raises:
            NoSuchUser, NotAcceptable: as there.
        """
        user = self._users.set_password(name, password)
        self._attempts.forget_name(name)
        return user

    def _attempt(self, name: str, address: str, token: str) -> Attempt:
        owner = self._sessions.owner(token) if token else None
        is_theirs = owner is not None and folded_name(owner.name) == folded_name(name)
        return Attempt(name, address, token if is_theirs else "")
