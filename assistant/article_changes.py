"""Changes the newsroom's articles in such a way that index, desk and audit log agree.

The articles and the desk are two databases, which cannot commit together. So a change and a record of it are committed
together, beside the articles (:mod:`indexes.storage.outbox`). From then on the change is certain to be logged, and can
be reported as done. The record is relayed to the audit log at once, and the words of removed articles are erased there.
If the desk cannot be written at that moment, or the process is killed, the record is relayed by the next process that
opens both, in a server within seconds. The desk takes each record over exactly once. Logging before the change was not
an option: it would need a second entry with the outcome, and a kill between the two would leave the outcome unknown.

A log entry has the time of the change, but its position in the log is that of its arrival.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from assistant.accounts.audit import actor
from indexes.ingest.outlets import COMMAND_LINE, Sender
from indexes.ingest.pipeline import OneThread
from indexes.storage import outbox
from indexes.storage.outbox import Job
from indexes.types.errors import OnRecordError

if TYPE_CHECKING:
    from assistant.desk import Desk
    from indexes import Article, Index, Outcome, Refusal
    from indexes.ingest.pipeline import Hire
    from indexes.storage.store import Store

_log = logging.getLogger(__name__)


def add_articles(
    index: Index,
    desk: Desk,
    found: Iterable[Article | Refusal],
    hire: Hire = OneThread,
    sender: Sender = COMMAND_LINE,
) -> Iterator[Outcome]:
    """Like :meth:`Index.add`, but also logs which articles were added, even if adding is interrupted."""
    try:
        with closing(index.add(found, hire, Job(actor()), sender)) as outcomes:
            yield from outcomes
    finally:
        settle(index.store, desk)


def remove_articles(index: Index, desk: Desk, article_ids: Iterable[str]) -> list[Article]:
    """Removes articles from the index, and their words from the answers and feedback stored at the desk.

    Raises:
        NoSuchArticle, IndexBusy: as :meth:`Index.remove`. Nothing was removed.
    """
    try:
        return index.remove(article_ids, Job(actor()))
    finally:
        settle(index.store, desk)


def settle(store: Store, desk: Desk) -> None:
    """Relays changes not yet logged to the desk. If it cannot be written, logs a warning; a later call tries again."""
    try:
        if outbox.recorded(store):
            outbox.drop(store, desk.take_over(lambda: outbox.recorded(store)))
    except OnRecordError as error:
        _log.warning("changes to the articles are not in the audit log yet: %s", error)
    except Exception:  # the change is committed, and stays in the outbox until it is logged
        _log.exception("changes to the articles could not be recorded; this will be tried again")
