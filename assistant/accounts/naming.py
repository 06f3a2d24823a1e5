"""Names that an admin gives: to users, and to API keys."""

from __future__ import annotations

from assistant.accounts.errors import NotAcceptable
from indexes.types.article import normalise

LONGEST_NAME = 64
"""In characters."""


def acceptable_name(name: str, whose: str) -> str:
    """``name`` as it is kept; ``whose`` it is to be ("a user's") is for the words of the error.

    Raises:
        NotAcceptable: it is empty, too long, or cannot be printed.
    """
    name = normalise(name).strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise NotAcceptable(f"{name[:80]!r} cannot be {whose} name: give 1 to {LONGEST_NAME} printable characters.")
    return name


def folded_name(name: str) -> str:
    """What all ways of typing a name have in common: the same user is meant by them."""
    return normalise(name).strip().casefold()
