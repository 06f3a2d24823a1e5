"""Sessions: who is at the other end of a cookie. Issued here, kept hashed, bound to a user."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, select, update

from assistant.desk.database import Database
from assistant.desk.errors import NoSession
from assistant.desk.tables import sessions, users
from assistant.desk.tokens import hashed, new_token
from assistant.desk.users import USER_COLUMNS, User, user_of

_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class SessionLife:
    """How long a session may lie unused, and how long it lasts however much it is used."""

    idle: timedelta
    longest: timedelta


@dataclass(frozen=True)
class Session:
    """A user's, since when, and when it was used last."""

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
        """The session with this token, with the user as they are now.

        Raises:
            NoSession: there is none, or it is over.
        """
        now, mine = self._now(), sessions.c.hash == hashed(token)
        asked = select(*USER_COLUMNS, sessions.c.created, sessions.c.used).join_from(sessions, users)
        with self._database.reading() as db:
            found = db.execute(asked.where(mine, users.c.auth == self._auth)).first()
        if found is None or self._is_over(found.created, found.used):
            raise NoSession("this session is over, or never was. Log in again.")
        if now - found.used >= _NOTED_EVERY:
            self._database.note(update(sessions).where(mine).values(used=now))
        return Session(user_of(found), found.created, now)

    def end(self, token: str) -> None:
        """Logs out."""
        with self._database.writing() as db:
            db.execute(delete(sessions).where(sessions.c.hash == hashed(token)))

    def end_all(self, user: User) -> None:
        """Logs the user out everywhere."""
        with self._database.writing() as db:
            db.execute(delete(sessions).where(sessions.c.user_id == user.id))

    def sweep(self, db: Connection) -> None:
        """Deletes sessions that are over."""
        now = self._now()
        over = or_(sessions.c.used <= now - self._life.idle, sessions.c.created <= now - self._life.longest)
        db.execute(delete(sessions).where(over))

    def _is_over(self, created: datetime, used: datetime) -> bool:
        return self._now() >= min(used + self._life.idle, created + self._life.longest)
