"""Erases a removed article's words from stored answers. Which articles one quotes is read from its JSON model."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select, update

from assistant.accounts.schema import feedback, turns
from assistant.history.conversations import words_of
from assistant.history.feedback import snapshot_from_json, snapshot_to_json
from assistant.history.turn_codec import turn_from_json, turn_to_json
from assistant.output.answer_models import turn_fields
from assistant.output.quotation_models import articles_in
from assistant.types.answers import Notice
from assistant.types.turns import Turn

REMOVED = "An article that this answer quoted was removed. Ask again to see what the others say."


def forget_article(db: Connection, article_id: str) -> None:
    """Replaces answers that cite the article with a notice; the questions stay. Call in a transaction that erases.

    Later questions in the same conversation keep what was asked, but not how it was understood, as that may contain
    the article's words.
    """
    written = json.dumps(article_id)[1:-1]
    naming = select(turns.c.conversation_id, turns.c.json, turns.c.position)
    first: dict[str, int] = {}
    for row in db.execute(naming.where(turns.c.json.contains(written, autoescape=True))):
        if _quotes(turn_from_json(row.json), article_id):
            first[row.conversation_id] = min(row.position, first.get(row.conversation_id, row.position))
    for conversation_id, position in first.items():
        later = (turns.c.conversation_id == conversation_id) & (turns.c.position >= position)
        for turn in db.execute(select(turns.c.id, turns.c.json).where(later)).all():
            _rewrite(db, turn, article_id)
    for given in db.execute(select(feedback).where(feedback.c.snapshot.contains(written, autoescape=True))).all():
        _strip(db, given, article_id)


def _rewrite(db: Connection, row: Any, article_id: str) -> None:
    kept = turn_from_json(row.json)
    answer = Notice(kept.question, REMOVED) if _quotes(kept, article_id) else kept.answer
    turn = Turn(kept.question, kept.question, answer, kept.where, (), kept.basis)
    changed = {"json": turn_to_json(turn), "words": words_of(turn)}
    db.execute(update(turns).where(turns.c.id == row.id).values(changed))


def _quotes(turn: Turn, article_id: str) -> bool:
    return article_id in articles_in(turn_fields(turn))


def _strip(db: Connection, row: Any, article_id: str) -> None:
    """Removes the article from feedback, which keeps the question and the other citations."""
    snapshot = snapshot_from_json(row.snapshot)
    left = tuple(cited for cited in snapshot.cited if cited.article_id != article_id)
    if len(left) < len(snapshot.cited):
        stripped = replace(snapshot, searched=snapshot.question, short="", cited=left)
        db.execute(update(feedback).where(feedback.c.id == row.id).values(snapshot=snapshot_to_json(stripped)))
