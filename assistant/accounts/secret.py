"""A secret that is made once and kept: what tokens that are not kept are signed with."""

from __future__ import annotations

import hashlib
import hmac

from sqlalchemy import insert, select

from assistant.accounts.database import Database
from assistant.accounts.schema import about
from assistant.accounts.tokens import new_token

_NAME = "secret"


def secret_for(database: Database, purpose: str) -> str:
    """32 bytes, hex, the same each time for a purpose, which tell nothing of those for another."""
    with database.writing() as db:
        kept: str | None = db.scalar(select(about.c.value).where(about.c.name == _NAME))
        if kept is None:
            kept = new_token()
            db.execute(insert(about).values(name=_NAME, value=kept))
    return hmac.new(kept.encode(), purpose.encode(), hashlib.sha256).hexdigest()
