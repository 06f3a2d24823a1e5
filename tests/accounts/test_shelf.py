"""The chat page's shelf: a conversation's id in a page is worth nothing to anyone but its owner."""

from __future__ import annotations

import pytest
from desks import answered, not_found

from assistant.accounts.errors import NoSuchConversation
from assistant.accounts.permissions import BY_ROLE, Action
from assistant.accounts.users import User
from assistant.desk import Desk
from assistant.web.chat.history import ConversationList, Kept
from assistant.web.http.request import NOBODY, Visitor


def of(user: User) -> Visitor:
    return Visitor(BY_ROLE[user.role], user)


def test_a_turn_is_added_to_the_conversation_it_was_asked_in(desk: Desk, ada: User) -> None:
    shelf = ConversationList(desk)
    first = shelf.keep(of(ada), "", answered("When does the ferry stop?"))
    second = shelf.keep(of(ada), first.conversation_id, not_found("And the bus?"))
    assert second.conversation_id == first.conversation_id
    assert [turn.id for turn in shelf.turns(of(ada), first.conversation_id)] == [first.turn_id, second.turn_id]


def test_the_id_of_anothers_conversation_opens_changes_and_adds_to_nothing(desk: Desk, ada: User, bo: User) -> None:
    shelf = ConversationList(desk)
    adas = shelf.keep(of(ada), "", answered()).conversation_id
    assert shelf.turns(of(bo), adas) == []
    for reach in (
        lambda: shelf.title(of(bo), adas),
        lambda: shelf.rename(of(bo), adas, "Mine"),
        lambda: shelf.delete(of(bo), adas),
    ):
        with pytest.raises(NoSuchConversation):
            reach()
    assert shelf.keep(of(bo), adas, answered()).conversation_id != adas
    assert len(shelf.turns(of(ada), adas)) == 1


def test_where_there_is_no_user_nothing_is_kept_and_nothing_opens(desk: Desk, ada: User) -> None:
    shelf = ConversationList(desk)
    adas = shelf.keep(of(ada), "", answered()).conversation_id
    for machine in (NOBODY, Visitor(frozenset({Action.ASK})), Visitor(frozenset({Action.ASK}), ada)):
        assert shelf.keep(machine, adas, answered()) == Kept()
        assert shelf.turns(machine, adas) == []
        assert shelf.latest(machine) == []
        with pytest.raises(NoSuchConversation):
            shelf.delete(machine, adas)


def test_a_conversation_deleted_in_another_window_goes_on_as_a_new_one(desk: Desk, ada: User) -> None:
    shelf = ConversationList(desk)
    gone = shelf.keep(of(ada), "", answered()).conversation_id
    shelf.delete(of(ada), gone)
    assert shelf.keep(of(ada), gone, answered("Who?")).conversation_id not in ("", gone)
    assert [one.title for one in shelf.latest(of(ada))] == ["Who?"]


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "Kept until you delete them."), (1, "Kept for 1 day after"), (180, "Kept for 180 days after")],
)
def test_how_long_conversations_stay_is_said_in_words(desk: Desk, days: int, words: str) -> None:
    desk.keep_days = days
    assert ConversationList(desk).retention().startswith(words)
