"""Long conversations: understood in the waiting line's threads, and from their last turns alone, by whichever route."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import httpx
import pytest
from busy import Busy, Slow, busy

from assistant.claims.mentions import Mentions
from assistant.conversation import follow_up
from assistant.conversation.query_rewriting import understand
from assistant.types.answers import NotFound
from assistant.types.turns import LONGEST_TURN, MOST_TURNS, PriorTurn, Turn
from indexes.types.filters import EVERYTHING, Filter

QUESTION = "What did he say?"
SENTENCE = "Rain fell on the harbour all day. "


class Understands(Slow):
    """Understands the question after the turns before it, and finds nothing."""

    def converse(
        self, question: str, where: Filter = EVERYTHING, turns: Sequence[PriorTurn] = (), as_it_is: bool = False
    ) -> Generator[Turn]:
        understood = understand(question, where, turns, date.today())
        yield Turn(question, understood.words, NotFound(question, ()))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Busy]:
    with busy(tmp_path_factory.mktemp("long"), kind=Understands) as app:
        yield app


def own_api(app: Busy, turns: int, characters: int) -> httpx.Response:
    return httpx.post(f"{app.url}/api/v1/ask", json=asked(turns, characters), headers=app.session("ada"), timeout=120)


def tool(app: Busy, turns: int, characters: int) -> httpx.Response:
    pytest.importorskip("mcp", reason="the extra onrecord[mcp] is not installed")
    call = {"name": "ask", "arguments": asked(turns, characters)}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    headers = {**app.session("bo"), "Accept": "application/json, text/event-stream"}
    return httpx.post(f"{app.url}/mcp", json=body, headers=headers, timeout=120)


def openai_protocol(app: Busy, turns: int, characters: int) -> httpx.Response:
    before = [
        {"role": role, "content": text}
        for _ in range(turns)
        for role, text in (("user", QUESTION), ("assistant", long(characters)))
    ]
    body = {"model": "onrecord", "messages": [*before, {"role": "user", "content": QUESTION}]}
    return httpx.post(f"{app.url}/v1/chat/completions", json=body, headers=app.session("cy"), timeout=120)


def asked(turns: int, characters: int) -> dict[str, Any]:
    some = min(characters, 5000)
    sentences = [{"text": long(some)}] * max(1, characters // some)
    turn = {"searched": long(some), "answer": long(some), "sentences": sentences}
    return {"question": QUESTION, "turns": [turn] * turns}


def long(characters: int) -> str:
    return (SENTENCE * (characters // len(SENTENCE) + 1))[:characters]


Route = Callable[[Busy, int, int], httpx.Response]
ROUTES = pytest.mark.parametrize("route", [own_api, tool, openai_protocol])


@ROUTES
def test_while_a_conversation_is_being_understood_the_server_answers_others(
    app: Busy, route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, go = threading.Event(), threading.Event()

    class Held(Mentions):
        def __init__(self, text: str) -> None:
            reading.set()
            assert go.wait(60)
            super().__init__(text)

    monkeypatch.setattr(follow_up, "Mentions", Held)
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(route, app, 2, 100)
        try:
            assert reading.wait(60)
            assert httpx.get(f"{app.url}/api/v1/health", timeout=20).json() == {"status": "ok"}
            assert not answer.done()
        finally:
            go.set()
        assert answer.result().status_code == 200


@ROUTES
def test_of_a_conversation_at_the_limit_the_last_turns_are_read_and_of_each_a_part(
    app: Busy, route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = list[str]()

    class Noting(Mentions):
        def __init__(self, text: str) -> None:
            read.append(text)
            super().__init__(text)

    monkeypatch.setattr(follow_up, "Mentions", Noting)
    most = 99 if route is openai_protocol else MOST_TURNS
    answer = route(app, most, 8_000 if route is openai_protocol else 35_000)
    assert answer.status_code == 200, answer.text
    # Of a turn the answer, its short form, its first sentence and the question are read; and each question by itself.
    assert 0 < sum(map(len, read)) <= MOST_TURNS * 5 * (LONGEST_TURN + 100)


@pytest.mark.parametrize("route", [own_api, tool])
def test_more_turns_than_are_used_are_refused(app: Busy, route: Route) -> None:
    answer = route(app, MOST_TURNS + 1, 100)
    said = json.dumps(answer.json()) if route is own_api else answer.text
    assert answer.status_code == (422 if route is own_api else 200)
    assert "at most 20 items" in said
