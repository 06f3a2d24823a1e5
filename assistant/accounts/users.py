"""Users and their roles. A user belongs to the way of logging in (setting ``auth``) they came by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from assistant.accounts.audit import Audit, Event
from assistant.accounts.credentials import Passwords, new_id
from assistant.accounts.database import Database
from assistant.accounts.errors import NoSuchUser, NotAcceptable, UserExists
from assistant.accounts.permissions import Role
from assistant.accounts.schema import sessions, users
from assistant.text.control_characters import printable
from assistant.text.wording import on_one_line
from indexes.types.article import normalise

LONGEST_NAME = 64
"""Characters."""


def acceptable_name(name: str, whose: str) -> str:
    """``name`` as it is stored; ``whose`` ("a user's") is used in the error message.

    Raises:
        NotAcceptable: it is empty, too long, or not printable.
    """
    name = normalise(name).strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise NotAcceptable(f"{name[:80]!r} cannot be {whose} name: give 1 to {LONGEST_NAME} printable characters.")
    return name


def folded_name(name: str) -> str:
    """The name with case and Unicode form folded: names that fold to the same text mean the same user."""
    return normalise(name).strip().casefold()


_LONGEST_SUBJECT = 512
_COLUMNS = (users.c.id, users.c.name, users.c.role, users.c.auth, users.c.created)


@dataclass(frozen=True)
class User:
    """A user. ``auth`` is the way of logging in they came by: none, users, proxy or oidc."""

    id: str
    name: str
    role: Role
    auth: str
    created: datetime


class Users:
    """All users. Those of auth "users" have a password here; the others are authenticated elsewhere, or not at all."""

    def __init__(self, database: Database, passwords: Passwords, now: Callable[[], datetime], audit: Audit) -> None:
        self._database, self._passwords, self._now, self._audit = database, passwords, now, audit

    def add(self, name: str, role: Role, password: str) -> User:
        """Adds a user who logs in with this name, in upper or lower case, and this password.

        Raises:
            UserExists: the name is taken.
            NotAcceptable: the name or the password is not acceptable.
        """
        name, kept = acceptable_name(name, "a user's"), self._passwords.hash(password)
        try:
            with self._database.writing() as db:
                return self._insert(db, "users", folded_name(name), name, role, kept)
        except IntegrityError:
            raise UserExists(
                f"there is already a user {name!r}. To change the password: onrecord users password"
            ) from None

    def known(self, auth: str, subject: str, name: str, role: Role) -> User:
        """The user authenticated by a proxy or OIDC provider, with their current name and role; created if new.

        ``subject`` is an id that the provider never gives to anyone else; ``name`` is for people.

        Raises:
            NotAcceptable: the subject is empty or too long.
        """
        if not 0 < len(subject) <= _LONGEST_SUBJECT:
            raise NotAcceptable(f"{subject[:80]!r} cannot name a user: give 1 to {_LONGEST_SUBJECT} characters.")
        name = _shown(name) or _shown(subject)
        mine = (users.c.auth == auth) & (users.c.subject == subject)
        with self._database.reading() as db:  # nearly always enough, and reading waits for no writer
            found = db.execute(select(*_COLUMNS).where(mine)).first()
        if found is not None and (found.name, found.role) == (name, role):
            return _user(found)
        with self._database.writing() as db:
            found = db.execute(select(*_COLUMNS).where(mine)).first()
            if found is None:
                return self._insert(db, auth, subject, name, role)
            if (found.name, found.role) != (name, role):
                db.execute(update(users).where(mine).values(name=name, role=role.value))
            return User(found.id, name, role, auth, found.created)

    def anonymous(self) -> User:
        """The only user of auth "none": anyone at this machine, who may do everything."""
        return self.known("none", "anonymous", "anonymous", Role.ADMIN)

    def list(self) -> list[User]:
        with self._database.reading() as db:
            return [_user(row) for row in db.execute(select(*_COLUMNS).order_by(users.c.auth, users.c.subject))]

    def named(self, name: str, auth: str = "users") -> User:
        """The user with this name or subject.

        Raises:
            NoSuchUser: there is none, or more than one.
        """
        with self._database.reading() as db:
            return _named(db, name, auth)

    def with_id(self, id: str) -> User:
        """The user with this id.

        Raises:
            NoSuchUser: there is none, or they have been removed.
        """
        with self._database.reading() as db:
            found = db.execute(select(*_COLUMNS).where(users.c.id == id)).first()
        if found is None:
            raise NoSuchUser("this user no longer exists.")
        return _user(found)

    def remove(self, name: str, auth: str = "users") -> User:
        """Removes the user, with their sessions and conversations. Their feedback stays, without their name.

        Raises:
            NoSuchUser: as :meth:`named`.
        """
        with self._database.erasing() as db:
            user = _named(db, name, auth)
            db.execute(delete(users).where(users.c.id == user.id))
            self._audit.note_in(db, Event.USER_REMOVED, user.id)
        return user

    def set_role(self, name: str, role: Role) -> User:
        """Changes the user's role, effective immediately, even in running sessions.

        Raises:
            NoSuchUser: as :meth:`named`.
        """
        with self._database.writing() as db:
            user = _named(db, name, "users")
            db.execute(update(users).where(users.c.id == user.id).values(role=role.value))
            self._audit.note_in(db, Event.USER_CHANGED, user.id)
        return User(user.id, user.name, role, user.auth, user.created)

    def set_password(self, name: str, password: str) -> User:
        """Sets a new password and ends all the user's sessions.

        Raises:
            NoSuchUser, NotAcceptable: as :meth:`named` and :meth:`add`.
        """
        kept = self._passwords.hash(password)
        with self._database.writing() as db:
            user = _named(db, name, "users")
            db.execute(update(users).where(users.c.id == user.id).values(password=kept))
            db.execute(delete(sessions).where(sessions.c.user_id == user.id))
            self._audit.note_in(db, Event.USER_CHANGED, user.id)
        return user

    def with_password(self, name: str, password: str) -> User | None:
        """The user with this name and password; None if either is wrong, after the same time in both cases."""
        mine = (users.c.auth == "users") & (users.c.subject == folded_name(name))
        with self._database.reading() as db:
            found = db.execute(select(*_COLUMNS, users.c.password).where(mine)).first()
        kept = found.password if found else None
        if not self._passwords.match(kept, password) or found is None or kept is None:
            return None
        if self._passwords.outdated(kept):
            self._rehash(found.id, kept, password)
        return _user(found)

    def _rehash(self, user_id: str, kept: str, password: str) -> None:
        unchanged = (users.c.id == user_id) & (users.c.password == kept)
        anew = self._passwords.hash(password)
        with self._database.writing() as db:
            db.execute(update(users).where(unchanged).values(password=anew))

    def _insert(
        self, db: Connection, auth: str, subject: str, name: str, role: Role, password: str | None = None
    ) -> User:
        user = User(new_id(), name, role, auth, self._now())
        row = {"id": user.id, "auth": auth, "subject": subject, "name": name, "role": role.value}
        db.execute(insert(users).values(row | {"password": password, "created": user.created}))
        self._audit.note_in(db, Event.USER_ADDED, user.id)
        return user


def user_of(row: Any) -> User:
    """The user in a row with the columns of :data:`USER_COLUMNS`."""
    return User(row.user_id, row.user_name, Role(row.user_role), row.user_auth, row.user_created)


USER_COLUMNS = tuple(column.label(f"user_{column.name}") for column in _COLUMNS)


def _named(db: Connection, name: str, auth: str) -> User:
    one = (users.c.auth == auth) & or_(users.c.subject.in_({name, folded_name(name)}), users.c.name == name)
    found = [_user(row) for row in db.execute(select(*_COLUMNS).where(one))]
    if len(found) == 1:
        return found[0]
    if found:
        raise NoSuchUser(f"{len(found)} users are called {name!r}. Remove one by the id that the provider gives.")
    raise NoSuchUser(f"there is no user {name!r}. List them: onrecord users list")


def _user(row: Any) -> User:
    return User(row.id, row.name, Role(row.role), row.auth, row.created)


def _shown(name: str) -> str:
    """A name chosen elsewhere, made safe to display: on one line, printable, not too long."""
    return on_one_line(printable(normalise(name), " "))[:LONGEST_NAME]
