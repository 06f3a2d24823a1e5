"""What changes the newsroom's articles or sends words of theirs away: index, desk and audit log agree on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

from assistant.desk.audit import Event, digest

if TYPE_CHECKING:
    from assistant.desk.desk import Desk
    from assistant.settings import Settings
    from indexes import Article, Index, Outcome


def noted(desk: Desk, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """The outcomes of adding, as they come; which texts were taken in is noted when there are no more."""
    taken = list[str]()
    try:
        for outcome in outcomes:
            if outcome.article is not None and outcome.kind in {"added", "updated"}:
                taken.append(outcome.article.sha256)
            yield outcome
    finally:
        if taken:
            desk.audit.note(Event.ADDED, digest(taken), len(taken))


def remove_articles(index: Index, desk: Desk, article_ids: Iterable[str]) -> list[Article]:
    """Removes articles from the index, and their words from what the desk keeps of answers.

    Raises:
        NoSuchArticle, IndexBusy: as :meth:`Index.remove`; then nothing was removed.
    """
    gone = index.remove(article_ids)
    desk.forget_articles(article.id for article in gone)
    if gone:
        desk.audit.note(Event.REMOVED, digest(article.sha256 for article in gone), len(gone))
    return gone


def note_sent(settings: Settings, text: str) -> None:
    """Has the audit log note, by hash and size, what goes to a language model."""
    from assistant.opening import open_desk

    sent = text.encode()
    with open_desk(settings) as desk:
        desk.audit.note(Event.SENT, sha256(sent).hexdigest(), len(sent))
