"""Conversations: a user's questions and their answers. Each belongs to one user; nobody else can reach it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, exists, func, insert, or_, select, update

from assistant.accounts.credentials import new_id
from assistant.accounts.database import Database
from assistant.accounts.errors import NoSuchConversation, NotAcceptable
from assistant.accounts.schema import conversations, turns
from assistant.history.turn_codec import turn_from_json, turn_to_json
from assistant.text.wording import on_one_line
from assistant.types.turns import Turn
from indexes.types.article import normalise

LONGEST_TITLE = 120
_COLUMNS = (conversations.c.id, conversations.c.title, conversations.c.created, conversations.c.updated)


@dataclass(frozen=True)
class Conversation:
    """A conversation, without its turns. ``updated`` is when its last question was asked."""

    id: str
    title: str
    created: datetime
    updated: datetime


@dataclass(frozen=True)
class KeptTurn:
    """A stored turn. Feedback refers to it by ``id``."""

    id: str
    created: datetime
    turn: Turn


class Conversations:
    """All conversations. Every method but ``sweep`` takes a user and touches only that user's conversations."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    def start(self, user_id: str, turn: Turn) -> tuple[Conversation, KeptTurn]:
        """Starts a conversation with its first turn; the question becomes its title."""
        now, title = self._now(), _title(turn.question) or "…"
        started = Conversation(new_id(), title, now, now)
        with self._database.writing() as db:
            row = {"user_id": user_id, "words": _folded(title), **vars(started)}
            db.execute(insert(conversations).values(row))
            return started, self._keep(db, started.id, 0, turn)

    def add(self, user_id: str, conversation_id: str, turn: Turn) -> KeptTurn:
        """Adds a turn at the end.

        Raises:
            NoSuchConversation: the user has no such conversation. The methods below raise it too.
        """
        with self._database.writing() as db:
            self._touch(db, user_id, conversation_id, updated=self._now())
            inside = turns.c.conversation_id == conversation_id
            last = db.scalar(select(func.max(turns.c.position)).where(inside))
            return self._keep(db, conversation_id, 0 if last is None else last + 1, turn)

    def conversation(self, user_id: str, conversation_id: str) -> Conversation:
        with self._database.reading() as db:
            return _mine(db, user_id, conversation_id)

    def turns(self, user_id: str, conversation_id: str) -> list[KeptTurn]:
        """The conversation's turns, in the order they were asked."""
        inside = turns.c.conversation_id == conversation_id
        with self._database.reading() as db:
            _mine(db, user_id, conversation_id)
            return [_kept(row) for row in db.execute(select(turns).where(inside).order_by(turns.c.position))]

    def turn(self, user_id: str, conversation_id: str, turn_id: str) -> KeptTurn:
        one = (turns.c.conversation_id == conversation_id) & (turns.c.id == turn_id)
        with self._database.reading() as db:
            _mine(db, user_id, conversation_id)
            found = db.execute(select(turns).where(one)).first()
        if found is None:
            raise _missing()
        return _kept(found)

    def asked(self, user_id: str, turn_id: str) -> KeptTurn:
        """The turn with this id, in any of the user's conversations."""
        mine = (turns.c.conversation_id == conversations.c.id) & (conversations.c.user_id == user_id)
        with self._database.reading() as db:
            found = db.execute(select(turns).join(conversations, mine).where(turns.c.id == turn_id)).first()
        if found is None:
            raise _missing()
        return _kept(found)

    def list(self, user_id: str, words: str = "", page: int = 1, per_page: int = 50) -> list[Conversation]:
        """A page of the user's conversations, newest first; with ``words``, only those that contain each of them in
        their title, questions or answers. ``page`` counts from 1."""
        asked = select(*_COLUMNS).where(conversations.c.user_id == user_id)
        for word in _folded(words).split():
            asked = asked.where(_holds(word))
        asked = asked.order_by(conversations.c.updated.desc(), conversations.c.id)
        with self._database.reading() as db:
            rows = db.execute(asked.limit(per_page).offset((max(page, 1) - 1) * per_page))
            return [Conversation(*row) for row in rows]

    def rename(self, user_id: str, conversation_id: str, title: str) -> Conversation:
        """Gives the conversation a new title, shortened to 120 characters.

        Raises:
            NotAcceptable: the title is empty.
        """
        short = _title(title)
        if not short:
            raise NotAcceptable("a conversation needs a title. Give it a word or two.")
        with self._database.writing() as db:
            self._touch(db, user_id, conversation_id, title=short, words=_folded(short))
            return _mine(db, user_id, conversation_id)

    def delete(self, user_id: str, conversation_id: str) -> None:
        """Deletes the conversation, leaving no trace in the database's files."""
        with self._database.erasing() as db:
            _mine(db, user_id, conversation_id)
            db.execute(delete(conversations).where(_is(user_id, conversation_id)))

    def sweep(self, db: Connection, days: int) -> None:
        """Deletes all users' conversations in which nothing has been asked for that many days."""
        db.execute(delete(conversations).where(conversations.c.updated <= self._now() - timedelta(days=days)))

    def _keep(self, db: Connection, conversation_id: str, position: int, turn: Turn) -> KeptTurn:
        kept = KeptTurn(new_id(), self._now(), turn)
        row = {"id": kept.id, "conversation_id": conversation_id, "position": position, "created": kept.created}
        db.execute(insert(turns).values(row | {"json": turn_to_json(turn), "words": words_of(turn)}))
        return kept

    def _touch(self, db: Connection, user_id: str, conversation_id: str, **values: object) -> None:
        if db.execute(update(conversations).where(_is(user_id, conversation_id)).values(values)).rowcount == 0:
            raise _missing()


def _is(user_id: str, conversation_id: str) -> Any:
    return (conversations.c.user_id == user_id) & (conversations.c.id == conversation_id)


def _mine(db: Connection, user_id: str, conversation_id: str) -> Conversation:
    found = db.execute(select(*_COLUMNS).where(_is(user_id, conversation_id))).first()
    if found is None:
        raise _missing()
    return Conversation(*found)


def _missing() -> NoSuchConversation:
    return NoSuchConversation("there is no such conversation; it may have been deleted or have expired.")


def _holds(word: str) -> Any:
    inside = turns.c.conversation_id == conversations.c.id
    return or_(
        conversations.c.words.contains(word, autoescape=True),
        exists().where(inside, turns.c.words.contains(word, autoescape=True)),
    )


def _kept(row: Any) -> KeptTurn:
    return KeptTurn(row.id, row.created, turn_from_json(row.json))


def words_of(turn: Turn) -> str:
    """The text by which a turn can be found."""
    said = (turn.short or "", *turn.told) if turn.told else ()
    return _folded("\n".join((turn.question, turn.searched, *said)))


def _folded(text: str) -> str:
    return normalise(text).casefold()


def _title(text: str) -> str:
    """The text on one line, shortened at a word boundary if it is too long."""
    words = on_one_line(normalise(text))
    return words if len(words) <= LONGEST_TITLE else words[: LONGEST_TITLE - 1].rsplit(" ", 1)[0] + "…"
