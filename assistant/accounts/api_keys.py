"""API keys, for programs. A key is shown once and stored as a hash; its scopes say what it may do."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, or_, select, update

from assistant.accounts.audit import Audit, Event
from assistant.accounts.credentials import hashed, new_token
from assistant.accounts.database import Database
from assistant.accounts.errors import KeyExists, KeyRefused, NoSuchKey, NotAcceptable
from assistant.accounts.permissions import Scope
from assistant.accounts.schema import keys
from assistant.accounts.users import acceptable_name

_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Key:
    """An API key as it is stored. ``id`` is the beginning of its text: enough to recognise it, not to use it."""

    id: str
    name: str
    scopes: frozenset[Scope]
    created: datetime
    expires: datetime | None
    used: datetime | None
    revoked: datetime | None


class Keys:
    """All API keys. Revoked ones are kept, so that a key named in a log can still be identified."""

    def __init__(self, database: Database, now: Callable[[], datetime], audit: Audit) -> None:
        self._database, self._now, self._audit = database, now, audit

    def add(self, name: str, scopes: Iterable[Scope], days: int | None = None) -> tuple[str, Key]:
        """Creates a key, valid for ``days`` or until it is revoked. Returns its text, which is not stored, and the key.

        Raises:
            KeyExists: a valid key already has this name.
            NotAcceptable: the name is not acceptable, or no scope is given.
        """
        id, now = f"onrecord_{secrets.token_hex(4)}", self._now()
        text = f"{id}_{new_token()}"
        expires = now + timedelta(days=days) if days is not None else None
        key = Key(id, acceptable_name(name, "a key's"), frozenset(scopes), now, expires, None, None)
        if not key.scopes:
            raise NotAcceptable("an API key needs at least one scope. Name one: --scope ask")
        with self._database.writing() as db:
            if self._valid(db, key.name):
                raise KeyExists(f"there is already a key {key.name!r}. Revoke it first: onrecord keys revoke")
            row = {"id": id, "name": key.name, "hash": hashed(text), "scopes": " ".join(sorted(key.scopes))}
            db.execute(insert(keys).values(row | {"created": now, "expires": expires}))
            self._audit.note_in(db, Event.KEY_ADDED, id)
        return text, key

    def check(self, text: str) -> Key:
        """The key with this text. Its time of last use is recorded, to the minute.

        Raises:
            KeyRefused: it is unknown, revoked or expired.
        """
        now, mine = self._now(), keys.c.hash == hashed(text)
        key = self._checked(mine)
        if key.used is None or abs(now - key.used) >= _NOTED_EVERY:
            self._database.note(update(keys).where(mine).values(used=now))
        return key

    def with_id(self, id: str) -> Key:
        """Like :meth:`check`, but by the key's id, and not counted as a use.

        Raises:
            KeyRefused: it is unknown, revoked or expired.
        """
        return self._checked(keys.c.id == id)

    def list(self) -> list[Key]:
        """All keys, oldest first."""
        with self._database.reading() as db:
            return [_key(row) for row in db.execute(select(keys).order_by(keys.c.created, keys.c.id))]

    def revoke(self, name: str) -> Key:
        """Revokes the key with this name or id, immediately and for good.

        Raises:
            NoSuchKey: there is no such key, or it is already revoked.
        """
        with self._database.writing() as db:
            mine = keys.c.revoked.is_(None) & or_(keys.c.name == name, keys.c.id == name)
            found = db.execute(select(keys).where(mine).order_by(keys.c.created.desc())).first()
            if found is None:
                raise NoSuchKey(f"there is no key {name!r} to revoke. List them: onrecord keys list")
            db.execute(update(keys).where(mine).values(revoked=self._now()))
            self._audit.note_in(db, Event.KEY_REVOKED, found.id)
        return _key(found)

    def _checked(self, mine: ColumnElement[bool]) -> Key:
        with self._database.reading() as db:
            found = db.execute(select(keys).where(mine)).first()
        if found is None or found.revoked is not None or (found.expires is not None and found.expires <= self._now()):
            raise KeyRefused("this API key is unknown, revoked or expired. Ask an administrator for another.")
        return _key(found)

    def _valid(self, db: Connection, name: str) -> bool:
        valid = keys.c.revoked.is_(None) & or_(keys.c.expires.is_(None), keys.c.expires > self._now())
        return db.execute(select(keys.c.id).where(valid, keys.c.name == name)).first() is not None


def _key(row: Row[Any]) -> Key:
    scopes = frozenset(map(Scope, row.scopes.split()))
    return Key(row.id, row.name, scopes, row.created, row.expires, row.used, row.revoked)
