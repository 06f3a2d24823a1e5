"""Passwords, hashed with Argon2id (RFC 9106). Knows nothing of users."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING

from assistant.accounts.errors import NotAcceptable

if TYPE_CHECKING:
    from argon2 import PasswordHasher

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
