"""The chat's own steps, where something in them fails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import HTTPConnection

from assistant.accounts.database import database_at
from assistant.accounts.permissions import BY_ROLE, Role
from assistant.assistant import FAILED
from assistant.desk import Desk
from assistant.types.answers import NotFound, Notice
from assistant.types.turns import Turn
from assistant.web.chat.history import ConversationList
from assistant.web.chat.messages import Messages, UnsavedTurn, Window, is_unfinished, message, messages_of
from assistant.web.chat.question import Asking, Days, _Asked
from assistant.web.http.queue import AnswerQueue
from assistant.web.http.request import Visitor
from assistant.web.pages.templates import Pages

PAGES = Pages("")
ASKED = "When does the ferry stop?"


def said(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return message("user", text), message("assistant", f"What came of {text}")


def turns_then_failure(question: str, *more: Any) -> Iterator[Turn]:
    yield Turn(question, question, NotFound(question, ()))
    raise RuntimeError("what nobody thought of")


def failure(*asked: Any) -> Iterator[Turn]:
    raise RuntimeError("what nobody thought of")


def not_found(question: str, *more: Any) -> Iterator[Turn]:
    yield Turn(question, question, NotFound(question, ()))


def notice(question: str, *more: Any) -> Iterator[Turn]:
    yield Turn(question, question, Notice(question, "There are no articles yet."))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(database_at(tmp_path / "desk.db")) as desk:
        yield desk


def visitor(desk: Desk) -> Visitor:
    user = desk.users.anonymous()
    return Visitor(BY_ROLE[Role.READER], user, id=f"user {user.id}")


def asking(desk: Desk, converse: Any) -> Asking:
    return Asking(SimpleNamespace(converse=converse), AnswerQueue(), ConversationList(desk), PAGES)  # type: ignore[arg-type]


def shown(desk: Desk, converse: Any, conversation_id: str = "", window: Window | None = None) -> list[Any]:
    """All that is shown of one question, in its order."""

    async def steps() -> list[Any]:
        days = Days(None, None, None)
        asked = _Asked(ASKED, visitor(desk), "somebody", conversation_id, window or Window(), days)
        return [one async for one in asking(desk, converse)._told(asked)]

    return ThreadPoolExecutor(1).submit(lambda: asyncio.run(steps())).result()  # a thread without a loop


def of_last(shown: list[Any]) -> tuple[Messages, Any, Any]:
    """The messages, the conversation and the window, each as it was changed last."""
    changed = [[one[place] for one in shown if not is_skip(one[place])] for place in (1, 2, 3)]
    return tuple(values[-1] if values else None for values in changed)  # type: ignore[return-value]


def is_skip(value: Any) -> bool:
    return isinstance(value, dict) and value.get("__type__") == "update"


@pytest.mark.parametrize("converse", [failure, turns_then_failure])
def test_whatever_fails_the_page_says_so_and_waits_for_nothing(desk: Desk, converse: Any) -> None:
    window = Window({}, (UnsavedTurn("", "before", said("before")),))
    told = shown(desk, converse, window=window)
    assert is_unfinished(told[0][1][-1])
    chat = told[-1][1]
    assert chat[:2] == list(said("before"))
    assert ASKED in str(chat[2])
    assert chat[-1] == message("assistant", FAILED)
    assert len(chat) == 4
    assert not any(is_unfinished(one) for one in chat)


def test_the_conversation_is_read_from_where_it_is_kept(desk: Desk) -> None:
    first, conversation_id, window = of_last(shown(desk, not_found))
    assert window.asides == ()
    kept = desk.conversations.turns(desk.users.anonymous().id, conversation_id)
    assert [turn.turn.question for turn in kept] == [ASKED]
    chat, same, _ = of_last(shown(desk, not_found, conversation_id))
    assert same == conversation_id
    assert chat[:2] == first
    assert len(chat) == 4


def test_a_conversation_that_is_not_the_visitors_is_an_empty_one(desk: Desk) -> None:
    other = desk.users.add("bo", Role.READER, "a long password of bo's")
    theirs, _ = desk.conversations.start(other.id, Turn("secret?", "secret?", NotFound("secret?", ())))
    told = shown(desk, not_found, theirs.id)
    assert "secret" not in str(told)
    assert len(desk.conversations.turns(other.id, theirs.id)) == 1
    assert of_last(told)[1] not in ("", theirs.id)


def test_a_notice_stays_in_its_window_where_it_was_and_is_not_kept(desk: Desk) -> None:
    _, conversation_id, window = of_last(shown(desk, not_found))
    noticed, same, window = of_last(shown(desk, notice, conversation_id, window))
    assert same == conversation_id
    assert [aside.question for aside in window.asides] == [ASKED]
    chat, _, _ = of_last(shown(desk, not_found, conversation_id, window))
    assert chat[:4] == noticed
    assert len(chat) == 6
    assert len(desk.conversations.turns(desk.users.anonymous().id, conversation_id)) == 2


def test_a_question_that_was_stopped_stays_and_says_so_and_once_if_it_was_kept_right_then(desk: Desk) -> None:
    told = shown(desk, not_found)
    while_waiting, (_, conversation_id, _) = told[0][3], of_last(told)
    request = SimpleNamespace(
        request=HTTPConnection({"type": "http", "headers": [], "onrecord.visitor": visitor(desk)})
    )
    chat, window, *_ = asking(desk, not_found).stop("", while_waiting, request)  # type: ignore[misc]
    assert [ASKED in str(chat[0]), "Stopped." in str(chat[1]), len(chat)] == [True, True, 2]
    chat, window, *_ = asking(desk, not_found).stop(conversation_id, while_waiting, request)  # type: ignore[misc]
    assert (len(chat), window.asides) == (2, ())
    assert "Stopped." not in str(chat)


def test_of_what_a_window_shows_and_nobody_keeps_the_latest_are_held() -> None:
    window = Window()
    for n in range(50):
        window = window.with_aside(UnsavedTurn("gone", str(n), said(str(n))))
    assert [aside.question for aside in window.asides] == [str(n) for n in range(30, 50)]
    assert len(messages_of([], window, PAGES)) == 40
