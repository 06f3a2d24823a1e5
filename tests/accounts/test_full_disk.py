"""A full disk at the desk: who is in stays in, answers are still shown, and none is said to be kept that is not."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from desks import Clock, answered

from assistant.accounts.permissions import BY_ROLE, Scope
from assistant.accounts.users import User
from assistant.desk import Desk
from assistant.web.chat.history import ConversationList
from assistant.web.chat.messages import Window
from assistant.web.chat.question import NOT_KEPT, Asking, Days, _Asked
from assistant.web.http.problems import problem_of
from assistant.web.http.queue import AnswerQueue
from assistant.web.http.request import How, Visitor
from assistant.web.pages.templates import Pages
from indexes.types.errors import DiskFailed
from tests.support.full_disk import full


def test_sessions_and_keys_go_on_though_their_use_cannot_be_noted(desk: Desk, ada: User, clock: Clock) -> None:
    token, (key, _) = desk.sessions.begin(ada), desk.keys.add("feeds", [Scope.ASK])
    clock.forward(minutes=5)
    with full():
        assert desk.sessions.current(token).user == ada
        assert desk.keys.check(key).name == "feeds"
    assert desk.sessions.current(token).user == ada


def test_what_cannot_be_written_is_an_error_and_not_there_afterwards(desk: Desk, ada: User, tmp_path: Path) -> None:
    with full(), pytest.raises(DiskFailed, match=r"desk\.db could not be written: .*"):
        desk.conversations.start(ada.id, answered())
    assert desk.conversations.list(ada.id) == []
    started, _ = desk.conversations.start(ada.id, answered())
    assert [one.id for one in desk.conversations.list(ada.id)] == [started.id]


def test_an_answer_that_cannot_be_kept_is_shown_and_says_so(desk: Desk, ada: User, tmp_path: Path) -> None:
    visitor = Visitor(BY_ROLE[ada.role], user=ada, how=How.SESSION)
    assistant: Any = SimpleNamespace(converse=lambda *asked: iter([answered()]))
    asking = Asking(assistant, AnswerQueue(), ConversationList(desk), Pages(""))

    async def last() -> Any:
        asked = _Asked("When does the ferry stop?", visitor, "ada", "", Window(), Days(None, None, None))
        return [shown async for shown in asking._steps(asked)][-1]

    with full():
        shown = ThreadPoolExecutor(1).submit(lambda: str(asyncio.run(last()))).result()  # a thread without a loop
    assert "The ferry stops on 14 October." in shown
    assert NOT_KEPT in shown


def test_over_the_api_it_is_a_problem_that_tells_nothing_of_the_inside() -> None:
    problem = problem_of(DiskFailed("/srv/onrecord/data/desk.db could not be written: the disk is full."))
    assert problem.status_code == 503
    assert "/srv" not in str(problem.document)
