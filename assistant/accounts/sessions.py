"""Sessions: which user a cookie belongs to. Tokens are issued here and stored as hashes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update

from assistant.accounts.credentials import hashed, new_token
from assistant.accounts.database import Database
from assistant.accounts.errors import NoSession
from assistant.accounts.schema import sessions, users
from assistant.accounts.users import USER_COLUMNS, User, user_of

_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class SessionLife:
    """How long a session may be idle, and how long it lasts even if it is used."""

    idle: timedelta
    longest: timedelta


@dataclass(frozen=True)
class Session:
    """A user's session. ``id`` is the hash of its token, which cannot be used to log in."""

    id: str
    user: User
    created: datetime
    used: datetime


class Sessions:
    """The sessions under one setting of ``auth``. Those started under another are not valid."""

    def __init__(self, database: Database, auth: str, life: SessionLife, now: Callable[[], datetime]) -> None:
        self._database, self._auth, self._life, self._now = database, auth, life, now

    def begin(self, user: User) -> str:
        """Starts a session and returns its token, for a cookie. Every login gets its own."""
        token, now = new_token(), self._now()
        with self._database.writing() as db:
            db.execute(insert(sessions).values(hash=hashed(token), user_id=user.id, created=now, used=now))
        return token

    def current(self, token: str) -> Session:
        """The session with this token, and the user's current name and role. Counts as a use of the session.

        Raises:
            NoSession: there is none, or it has ended.
        """
        session, now = self.with_id(hashed(token)), self._now()
        if abs(now - session.used) >= _NOTED_EVERY:  # in the future if the clock was set back
            self._database.note(update(sessions).where(sessions.c.hash == session.id).values(used=now))
        return replace(session, used=now)

    def with_id(self, id: str) -> Session:
        """Like :meth:`current`, but by the session's id, and not counted as a use.

        Raises:
            NoSession: there is none, or it has ended.
        """
        found = self._found(id)
        if found is None or self._is_over(found.created, found.used):
            raise NoSession("this session has ended. Log in again.")
        return Session(id, user_of(found), found.created, found.used)

    def owner(self, token: str) -> User | None:
        """The user whose session this is or was; ended sessions are known until they are swept. None if unknown."""
        found = self._found(hashed(token))
        return user_of(found) if found else None

    def end(self, token: str) -> None:
        """Ends the session: logs its user out."""
        with self._database.writing() as db:
            db.execute(delete(sessions).where(sessions.c.hash == hashed(token)))

    def sweep(self, db: Connection) -> None:
        """Deletes sessions that have expired."""
        now = self._now()
        over = or_(sessions.c.used <= now - self._life.idle, sessions.c.created <= now - self._life.longest)
        db.execute(delete(sessions).where(over))

    def _found(self, id: str) -> Any:
        asked = select(*USER_COLUMNS, sessions.c.created, sessions.c.used).join_from(sessions, users)
        with self._database.reading() as db:
            return db.execute(asked.where(sessions.c.hash == id, users.c.auth == self._auth)).first()

    def _is_over(self, created: datetime, used: datetime) -> bool:
        return self._now() >= min(used + self._life.idle, created + self._life.longest)
