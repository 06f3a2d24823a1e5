"""The shelf: a visitor's saved conversations. Ownership is checked on every request, never taken from the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.accounts.errors import NoSuchConversation
from assistant.accounts.permissions import Action
from assistant.accounts.users import User
from assistant.desk import Desk
from assistant.history.conversations import Conversation, KeptTurn
from assistant.history.feedback import Thumb
from assistant.types.turns import Turn
from assistant.web.http.request import Visitor

LISTED = 50


@dataclass(frozen=True)
class Kept:
    """Where a turn was saved. Ids are empty if it was not: there is no user, or saving ``failed``."""

    conversation_id: str = ""
    turn_id: str = ""
    failed: bool = False


@dataclass(frozen=True)
class ConversationList:
    """Conversations by visitor. A visitor without a user account has none, as theirs are not saved."""

    desk: Desk

    def keep(self, visitor: Visitor, conversation_id: str, turn: Turn) -> Kept:
        """Adds the turn to the visitor's conversation, or starts a new one if the id is not one of theirs."""
        user = _owner(visitor)
        if user is None:
            return Kept()
        if conversation_id:
            try:
                return Kept(conversation_id, self.desk.conversations.add(user.id, conversation_id, turn).id)
            except NoSuchConversation:  # deleted in another window in the meantime
                pass
        conversation, kept = self.desk.conversations.start(user.id, turn)
        return Kept(conversation.id, kept.id)

    def turns(self, visitor: Visitor, conversation_id: str) -> list[KeptTurn]:
        """The turns of the visitor's conversation; none if it is not theirs."""
        user = _owner(visitor)
        if user is None or not conversation_id:
            return []
        try:
            return self.desk.conversations.turns(user.id, conversation_id)
        except NoSuchConversation:
            return []

    def thumbs(self, visitor: Visitor, kept: Sequence[KeptTurn]) -> dict[str, Thumb]:
        """The visitor's thumbs for these turns."""
        user = _owner(visitor)
        return {} if user is None else self.desk.feedback.thumbs(user.id, [turn.id for turn in kept])

    def latest(self, visitor: Visitor, words: str = "") -> list[Conversation]:
        """The latest conversations that contain all of ``words``."""
        user = _owner(visitor)
        return [] if user is None else self.desk.conversations.list(user.id, words, per_page=LISTED)

    def title(self, visitor: Visitor, conversation_id: str) -> str:
        """
        Raises:
            NoSuchConversation: the visitor has none with this id. So with all that follow.
        """
        return self.desk.conversations.conversation(_user_id(visitor), conversation_id).title

    def rename(self, visitor: Visitor, conversation_id: str, title: str) -> None:
        """
        Raises:
            NotAcceptable: the title is empty.
        """
        self.desk.conversations.rename(_user_id(visitor), conversation_id, title)

    def delete(self, visitor: Visitor, conversation_id: str) -> None:
        self.desk.conversations.delete(_user_id(visitor), conversation_id)

    def retention(self) -> str:
        """How long conversations are kept, in words."""
        days = self.desk.keep_days
        if not days:
            return "Kept until you delete them."
        return f"Kept for {days} {'day' if days == 1 else 'days'} after the last question. Nobody else sees them."


def _owner(visitor: Visitor) -> User | None:
    return visitor.user if visitor.may(Action.CONVERSE) else None


def _user_id(visitor: Visitor) -> str:
    user = _owner(visitor)
    return user.id if user else ""
