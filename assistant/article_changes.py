"""What changes the newsroom's articles or sends words of theirs away: index, desk and audit log agree on it.

The articles and the desk are two databases, which cannot commit as one. So the change and the note to be made of it are
committed together, beside the articles (:mod:`indexes.storage.outbox`): what is done is then as good as noted, and
whoever asked for it is told that it is done. The note is carried over to the audit log at once, together with the
forgetting of what was removed. Where the desk cannot be written at that moment, or the process is killed, it is carried
over by the next that opens both, and in a server every few seconds; the desk takes each over once. A note made before
the change would have needed a second one of how it ended, and a kill between the two would have left that open for
good.

An entry bears the time of the deed; its place in the log is where it was when it came there.
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
    """Adds articles as :meth:`Index.add` does; which texts were taken in is noted, however it ends."""
    try:
        with closing(index.add(found, hire, Job(actor()), sender)) as outcomes:
            yield from outcomes
    finally:
        settle(index.store, desk)


def remove_articles(index: Index, desk: Desk, article_ids: Iterable[str]) -> list[Article]:
    """Removes articles from the index, and their words from what the desk keeps of answers.

    Raises:
        NoSuchArticle, IndexBusy: as :meth:`Index.remove`; then nothing was removed.
    """
    try:
        return index.remove(article_ids, Job(actor()))
    finally:
        settle(index.store, desk)


def settle(store: Store, desk: Desk) -> None:
    """Has the desk note what was done to the articles and is not noted yet; where it cannot be written, later."""
    try:
        if outbox.recorded(store):
            outbox.drop(store, desk.take_over(lambda: outbox.recorded(store)))
    except OnRecordError as error:
        _log.warning("changes to the articles are not in the audit log yet: %s", error)
    except Exception:  # what was done is done, and stays written down until it is noted
        _log.exception("changes to the articles could not be recorded; this will be tried again")
