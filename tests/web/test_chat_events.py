"""What the chat page sends reaches Gradio made anew, from text and ids; whatever else is sent does not reach it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from assistant.accounts.permissions import BY_ROLE, Role
from assistant.accounts.users import User
from assistant.web.chat.event_schema import Events
from assistant.web.chat.gradio_patches import gr
from assistant.web.http.problems import ProblemRaised
from assistant.web.http.request import How, Visitor, recognised
from assistant.web.middleware.gradio_guard import ChatGuard


class Recording:
    """In Gradio's place: keeps what it is asked, and says that it began an event."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"] if scope["method"] == "POST" else b""
        self.asked.append((scope["path"], scope["query_string"].decode(), json.loads(body) if body else None))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"event_id": "an-event"}'})


def nothing(*given: Any) -> None:
    """An event's work."""


@pytest.fixture(scope="module")
def page() -> gr.Blocks:
    """A page with every kind of input that the chat has."""
    with gr.Blocks(analytics_enabled=False) as page:
        box, bounded = gr.Textbox(), gr.Textbox(max_length=5)
        held, chosen, several, button = (
            gr.State("kept"),
            gr.Radio(["a"]),
            gr.CheckboxGroup(["x", "y"]),
            gr.Button("Ask"),
        )
        button.click(nothing, [box, bounded, held, chosen, several, button], None)
        box.submit(nothing, None, None)
    return page


def user(name: str) -> User:
    return User(name, name, Role.READER, "users", datetime(2026, 6, 1, tzinfo=UTC))


class Asked:
    """A guard before a recording, asked by one user after another."""

    def __init__(self, page: gr.Blocks) -> None:
        self.gradio = Recording()
        self.guard = ChatGuard(self.gradio, Events(page).taken)

    def by(self, name: str, method: str, path: str, body: Any = None, query: str = "") -> int:
        sent: list[Message] = []
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()

        async def receive() -> Message:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": []}
        visitor = Visitor(BY_ROLE[Role.READER], user(name), id=f"user {name}", how=How.SESSION)
        asyncio.run(self.guard(recognised({**scope, "root_path": ""}, visitor), receive, send))
        return int(sent[0]["status"])


@pytest.fixture
def asked(page: gr.Blocks) -> Asked:
    return Asked(page)


JOIN = "/gradio_api/queue/join"
GOOD: dict[str, Any] = {
    "data": ["who?", "five!", None, "a", ["x"], "Ask"],
    "event_data": None,
    "fn_index": 0,
    "trigger_id": None,
    "session_hash": "a-window",
}


def test_what_the_page_sends_is_made_anew(asked: Asked) -> None:
    assert asked.by("ada", "POST", JOIN, {**GOOD, "event_data": "who?"}, query="anything=else") == 200
    ((path, query, body),) = asked.gradio.asked
    assert (path, query) == (JOIN, "")
    assert body == {**GOOD, "session_hash": body["session_hash"]}


@pytest.mark.parametrize("empty", [["", "", None, None, None, None], [None, None, None, None, [], ""]])
def test_fields_that_were_not_touched_are_taken(asked: Asked, empty: list[Any]) -> None:
    assert asked.by("ada", "POST", JOIN, {**GOOD, "data": empty}) == 200


WRONG_VALUES = (True, 0, 1.5, {}, {"a": "b"}, {"a": {"b": ["c"]}}, [["x"]], [{"a": "b"}], [1], [None])


def wrong_bodies() -> Iterator[dict[str, Any]]:
    for place in range(len(GOOD["data"])):
        for value in (*WRONG_VALUES, "x" * 2001, "half a \ud800 letter"):
            if not (place == 4 and value == []):
                yield {**GOOD, "data": [*GOOD["data"][:place], value, *GOOD["data"][place + 1 :]]}
    yield {**GOOD, "data": [*GOOD["data"][:1], "sixsix", *GOOD["data"][2:]]}
    yield {**GOOD, "data": [*GOOD["data"][:2], "a state of one's own", *GOOD["data"][3:]]}
    yield {**GOOD, "data": [*GOOD["data"][:4], ["x"] * 101, *GOOD["data"][5:]]}
    yield {**GOOD, "data": [*GOOD["data"][:4], "x", *GOOD["data"][5:]]}
    for data in ([], GOOD["data"][:-1], [*GOOD["data"], None], None, {}, "who?", {"0": "who?"}):
        yield {**GOOD, "data": data}
    for number in (None, True, -1, 2, 10**30, 0.0, "0", [0], {}):
        yield {**GOOD, "fn_index": number}
    for trigger in (True, 10**6, "0", [0], {}):
        yield {**GOOD, "trigger_id": trigger}
    for event_data in (True, 1, [], {"a": "b"}, "x" * 2001):
        yield {**GOOD, "event_data": event_data}
    for name in ("event_id", "batched", "simple_format", "request", "oauth_token", "anything"):
        yield {**GOOD, name: None}
    for without in ("data", "fn_index", "session_hash"):
        yield {name: value for name, value in GOOD.items() if name != without}


def test_whatever_else_is_sent_is_refused_before_gradio_sees_it(asked: Asked) -> None:
    bodies = list(wrong_bodies())
    assert len(bodies) > 100
    for body in bodies:
        assert asked.by("ada", "POST", JOIN, body) == 422, body
    for raw in (b"", b"{", b"[]", b'"data"', b"[" * 5000, b'{"data": "\xff"}', b'{"fn_index": ' + b"9" * 5000 + b"}"):
        assert asked.by("ada", "POST", JOIN, raw) == 400, raw[:20]
    assert asked.gradio.asked == []


@pytest.mark.parametrize(
    "component",
    [gr.Chatbot, gr.JSON, gr.File, gr.Image, gr.MultimodalTextbox, gr.Dataframe, gr.Gallery, gr.HTML, gr.Markdown],
)
def test_a_page_whose_events_take_more_than_text_is_not_served(component: type[Any]) -> None:
    with gr.Blocks(analytics_enabled=False) as page:
        gr.Button("Ask").click(nothing, [component()], None)
    with pytest.raises(TypeError, match="may be more than text"):
        Events(page)


def test_a_refusal_names_the_place_and_not_what_was_sent(page: gr.Blocks) -> None:
    data = [*GOOD["data"][:3], {"secret": "source"}, *GOOD["data"][4:]]
    with pytest.raises(ProblemRaised) as refused:
        Events(page).taken({"data": data, "fn_index": 0})
    assert "data.3" in refused.value.detail
    assert "secret" not in str(refused.value.document)


def test_a_session_is_another_one_for_everybody_who_says_its_name_and_the_same_on_all_ways(asked: Asked) -> None:
    for name in ("ada", "bo"):
        assert asked.by(name, "POST", JOIN, GOOD) == 200
        assert asked.by(name, "GET", "/gradio_api/queue/data", query="session_hash=a-window") == 200
        assert asked.by(name, "GET", "/gradio_api/heartbeat/a-window") == 200
    sessions = [
        [join["session_hash"], query.removeprefix("session_hash="), path.rpartition("/")[2]]
        for (_, _, join), (_, query, _), (path, _, _) in (asked.gradio.asked[:3], asked.gradio.asked[3:])
    ]
    assert [len(set(same)) for same in sessions] == [1, 1]
    assert sessions[0][0] != sessions[1][0]
    assert "a-window" not in str(asked.gradio.asked)


def test_an_event_is_ended_by_whom_it_belongs_to_and_in_one_form(asked: Asked) -> None:
    assert asked.by("ada", "POST", JOIN, GOOD) == 200
    cancel = {"event_id": "an-event", "session_hash": "a-window", "fn_index": 0}
    assert asked.by("bo", "POST", "/gradio_api/cancel", cancel) == 403
    assert asked.by("ada", "POST", "/gradio_api/cancel", {**cancel, "fn_index": "0"}) == 422
    assert asked.by("ada", "POST", "/gradio_api/cancel", {**cancel, "more": 1}) == 422
    assert asked.by("ada", "POST", "/gradio_api/cancel", {**cancel, "event_id": {}}) == 403
    assert asked.by("ada", "POST", "/gradio_api/reset", {"event_id": "an-event", "more": 1}) == 422
    assert len(asked.gradio.asked) == 1
    assert asked.by("ada", "POST", "/gradio_api/cancel", cancel) == 200
    assert asked.by("ada", "POST", "/gradio_api/reset", {"event_id": "an-event"}) == 200
    assert [body.keys() for _, _, body in asked.gradio.asked[1:]] == [cancel.keys(), {"event_id"}]


def test_the_page_depends_on_nothing_behind_a_question_mark(asked: Asked) -> None:
    assert asked.by("ada", "GET", "/", query="deep_link=x&session_hash=y") == 200
    assert asked.by("ada", "GET", "/config", query="deep_link=x") == 200
    assert [query for _, query, _ in asked.gradio.asked] == ["", ""]


@pytest.mark.parametrize(
    "path", ["/gradio_api/info", "/gradio_api/startup-events", "/gradio_api/upload", "/gradio_api/x"]
)
def test_what_the_page_does_not_need_is_not_there(asked: Asked, path: str) -> None:
    assert [asked.by("ada", method, path, {}) for method in ("GET", "POST")] == [404, 404]
    assert asked.gradio.asked == []
