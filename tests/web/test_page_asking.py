"""The chat's own steps, where something in them fails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.answers import NotFound
from assistant.assistant import FAILED
from assistant.conversation.turns import Turn
from assistant.desk.database import database_at
from assistant.desk.desk import Desk
from assistant.desk.permission import BY_ROLE, Role
from assistant.web.line import Line
from assistant.web.page.asking import Asking, Days, _Asked
from assistant.web.page.messages import is_unfinished, message
from assistant.web.page.shelf import Shelf
from assistant.web.render import Pages
from assistant.web.visitor import Visitor

BEFORE = [message("user", "before"), message("assistant", "its answer")]


def turns_then_failure(question: str, *more: Any) -> Iterator[Turn]:
    yield Turn(question, question, NotFound(question, ()))
    raise RuntimeError("what nobody thought of")


def failure(*asked: Any) -> Iterator[Turn]:
    raise RuntimeError("what nobody thought of")


@pytest.mark.parametrize("converse", [failure, turns_then_failure])
def test_whatever_fails_the_page_says_so_and_waits_for_nothing(tmp_path: Any, converse: Any) -> None:
    async def steps(asking: Asking) -> list[Any]:
        asked = _Asked("When does the ferry stop?", Visitor(BY_ROLE[Role.READER]), "nobody", "", Days(None, None, None))
        return [shown async for shown in asking._told(asked, BEFORE)]

    with Desk(database_at(tmp_path / "desk.db")) as desk:
        asking = Asking(SimpleNamespace(converse=converse), Line(), Shelf(desk), Pages(""))  # type: ignore[arg-type]
        shown = ThreadPoolExecutor(1).submit(lambda: asyncio.run(steps(asking))).result()  # a thread without a loop
    assert is_unfinished(shown[0][1][-1])
    chat = shown[-1][1]
    assert chat[:2] == BEFORE
    assert "When does the ferry stop?" in str(chat[2])
    assert chat[-1] == message("assistant", FAILED)
    assert len(chat) == 4
    assert not any(is_unfinished(one) for one in chat)
