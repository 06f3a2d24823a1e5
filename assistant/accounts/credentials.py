"""Random tokens, secrets, and passwords hashed with Argon2id (RFC 9106). Knows nothing of users."""

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
    """32 random bytes, URL-safe. With that many, its hash can be stored without salt."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_id() -> str:
    """An id that cannot be guessed: 16 random bytes, URL-safe."""
    return secrets.token_urlsafe(16)


def hashed(token: str) -> str:
    """The token's SHA-256 in hex, which is stored instead of it."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


_NAME = "secret"


def secret_for(database: Database, purpose: str) -> str:
    """A secret of 32 bytes in hex, always the same for one purpose. It reveals nothing about those for others."""
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
    """Hashes and checks passwords. By default with argon2-cffi's parameters: RFC 9106's low-memory profile."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._given = hasher
        self._turn = threading.BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        """The hash to store for a password.

        Raises:
            NotAcceptable: the password is too short or too long.
        """
        plain = _plain(password)
        if not SHORTEST <= len(plain) <= LONGEST:
            raise NotAcceptable(f"a password must have {SHORTEST} to {LONGEST} characters; this one has {len(plain)}.")
        with self._turn:
            return self._hasher.hash(plain)

    def match(self, kept: str | None, password: str) -> bool:
        """Whether the password matches the stored hash. Without a hash it returns False, after the same time."""
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
        """Whether it was hashed with parameters other than today's."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher

        return self._given or PasswordHasher()

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe())


def _plain(password: str) -> str:
    """The password in NFKC, so that it does not depend on how a keyboard composes letters."""
    return unicodedata.normalize("NFKC", password).encode(errors="replace").decode()
