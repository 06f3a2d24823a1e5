"""Passwords, hashed with Argon2id (RFC 9106). Knows nothing of users."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from assistant.accounts.database import Database
from assistant.accounts.errors import NotAcceptable
from assistant.accounts.schema import about

if TYPE_CHECKING:
    from argon2 import PasswordHasher

TOKEN_BYTES = 32


def new_token() -> str:
    """32 random bytes, URL-safe. No salt is needed to keep the hash of so many."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_id() -> str:
    """Names a thing so that nobody can guess it; 16 random bytes."""
    return secrets.token_urlsafe(16)


def hashed(token: str) -> str:
    """Hex digest of the token: what is kept."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


_NAME = "secret"


def secret_for(database: Database, purpose: str) -> str:
    """32 bytes, hex, the same each time for a purpose, which tell nothing of those for another."""
    with database.writing() as db:
        kept: str | None = db.scalar(select(about.c.value).where(about.c.name == _NAME))
        if kept is None:
            kept = new_token()
            db.execute(insert(about).values(name=_NAME, value=kept))
    return hmac.new(kept.encode(), purpose.encode(), hashlib.sha256).hexdigest()


SHORTEST, LONGEST = 12, 1024
_AT_ONCE = 4
"""Hashes computed at the same time: each takes 64 MiB."""


class Passwords:
    """Hashes and checks. Without ``hasher``, with argon2-cffi's own parameters, those of RFC 9106 for small memory."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._given = hasher
        self._turn = threading.BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        """What is kept of a password.

        Raises:
            NotAcceptable: it is too short or too long.
        """
        plain = _plain(password)
        if not SHORTEST <= len(plain) <= LONGEST:
            raise NotAcceptable(f"a password has {SHORTEST} to {LONGEST} characters; this one has {len(plain)}.")
        with self._turn:
            return self._hasher.hash(plain)

    def match(self, kept: str | None, password: str) -> bool:
        """Whether this is the password that was kept. Where none was, it takes as long to say no."""
        from argon2.exceptions import InvalidHashError, VerificationError

        against, plain = self._nobodys, _plain(password)
        if len(plain) > LONGEST:
            return False
        try:
            with self._turn:
                return self._hasher.verify(kept or against, plain) and kept is not None
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, kept: str) -> bool:
        """Whether it was hashed with other parameters than those in use today."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher

        return self._given or PasswordHasher()

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe())


def _plain(password: str) -> str:
    """The same password however a keyboard composes its letters."""
    return unicodedata.normalize("NFKC", password).encode(errors="replace").decode()
