"""Sessions: who is at the other end of a cookie. Issued here, kept hashed, bound to a user."""

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
    """How long a session may lie unused, and how long it lasts however much it is used."""

    idle: timedelta
    longest: timedelta


@dataclass(frozen=True)
class Session:
    """A user's, since when, and when it was used last. ``id`` is what is kept of its token: it lets no one in."""

    id: str
    user: User
    created: datetime
    used: datetime


class Sessions:
    """Sessions under one way of logging in (``auth``): those begun under another one are not valid."""

    def __init__(self, database: Database, auth: str, life: SessionLife, now: Callable[[], datetime]) -> None:
        self._database, self._auth, self._life, self._now = database, auth, life, now

    def begin(self, user: User) -> str:
        """A new session's token, for a cookie. Every login gets its own."""
        token, now = new_token(), self._now()
        with self._database.writing() as db:
            db.execute(insert(sessions).values(hash=hashed(token), user_id=user.id, created=now, used=now))
        return token

    def current(self, token: str) -> Session:
        """The session with this token, with the user as they are now. This counts as a use of it.

        Raises:
            NoSession: there is none, or it is over.
        """
        session, now = self.with_id(hashed(token)), self._now()
        if abs(now - session.used) >= _NOTED_EVERY:  # a use after now was noted before the clock was set back
            self._database.note(update(sessions).where(sessions.c.hash == session.id).values(used=now))
        return replace(session, used=now)

    def with_id(self, id: str) -> Session:
        """As :meth:`current`, by the session's id and without using it.

        Raises:
            NoSession: as there.
        """
        found = self._found(id)
        if found is None or self._is_over(found.created, found.used):
            raise NoSession("this session has ended. Log in again.")
        return Session(id, user_of(found), found.created, found.used)

    def owner(self, token: str) -> User | None:
        """Whose session this is, or was: also of one that is over, until it is swept away."""
        found = self._found(hashed(token))
        return user_of(found) if found else None

    def end(self, token: str) -> None:
        """Logs out."""
        with self._database.writing() as db:
            db.execute(delete(sessions).where(sessions.c.hash == hashed(token)))

    def sweep(self, db: Connection) -> None:
        """Deletes sessions that are over."""
        now = self._now()
        over = or_(sessions.c.used <= now - self._life.idle, sessions.c.created <= now - self._life.longest)
        db.execute(delete(sessions).where(over))

    def _found(self, id: str) -> Any:
        asked = select(*USER_COLUMNS, sessions.c.created, sessions.c.used).join_from(sessions, users)
        with self._database.reading() as db:
            return db.execute(asked.where(sessions.c.hash == id, users.c.auth == self._auth)).first()

    def _is_over(self, created: datetime, used: datetime) -> bool:
        return self._now() >= min(used + self._life.idle, created + self._life.longest)
