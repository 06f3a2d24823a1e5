"""Relays changes to the articles to the desk: adds them to the audit log, and erases removed articles from answers.

The articles' database and the desk cannot commit together. So the desk remembers which changes it has taken over, in
the same transaction, until they are gone from the outbox. Each is logged exactly once, even if a process is killed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from assistant.accounts.audit import Audit, Event, digest
from assistant.accounts.schema import about
from assistant.history.erasure import forget_article
from indexes.storage.outbox import Change

_TAKEN = "changes taken over"
_EVENTS = {"added": Event.ADDED, "replaced": Event.REPLACED, "removed": Event.REMOVED}


def take_over(db: Connection, audit: Audit, changes: Sequence[Change]) -> None:
    """Logs those of ``changes`` not logged before: an entry for each job and kind, with the time of its last change.

    ``changes`` is everything in the outbox. Call inside a transaction that began before they were read, so that anyone
    else who takes over waits for it and reads them afterwards.
    """
    taken = _taken(db)
    fresh = [change for change in changes if change.key not in taken]
    for same in _together(fresh):
        hashes = [each for change in same for each in change.hashes]
        audit.note_in(db, _EVENTS[same[0].kind], digest(hashes), len(hashes), same[0].who, same[-1].at)
    for change in fresh:
        for article_id in change.ids if change.kind == "removed" else ():
            forget_article(db, article_id)
    _remember(db, [change.key for change in changes])


def _together(changes: Sequence[Change]) -> list[list[Change]]:
    """The changes grouped by job and kind, ordered by the first change in each group."""
    together = dict[tuple[str, str], list[Change]]()
    for change in changes:
        together.setdefault((change.job, change.kind), []).append(change)
    return list(together.values())


def _taken(db: Connection) -> set[str]:
    kept = db.scalar(select(about.c.value).where(about.c.name == _TAKEN))
    return set(json.loads(kept)) if kept else set()


def _remember(db: Connection, keys: Sequence[str]) -> None:
    db.execute(delete(about).where(about.c.name == _TAKEN))
    db.execute(insert(about).values(name=_TAKEN, value=json.dumps(keys)))
