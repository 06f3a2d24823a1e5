"""Tokens: random, unguessable, and kept only as their SHA-256."""

from __future__ import annotations

import hashlib
import secrets

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
