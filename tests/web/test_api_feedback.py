"""Feedback over the API: by people on what they were answered, by programs, and for editors to make questions of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from kept import ANSWERED, DISAGREEING, FERRY, NOT_FOUND, STOP, WRITTEN, ComesAs, put
from starlette.testclient import TestClient

from assistant.accounts.database import database_at
from assistant.accounts.permissions import BY_ROLE, Action, Role
from assistant.desk import Desk
from assistant.evaluation.questions import read_questions
from assistant.history.feedback import Reason, Thumb, export
from assistant.output.answer_models import turn_fields
from assistant.types.turns import Turn
from assistant.web.api.feedback import feedback
from assistant.web.http.problems import handle_problems
from assistant.web.http.request import NOBODY, Visitor
from indexes import Index

KEY = Visitor(frozenset({Action.GIVE_FEEDBACK}))
SCRIPT = (Path(__file__).parents[2] / "assistant" / "web" / "site" / "answer.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index(tmp_path_factory.mktemp("feedback")) as index:
        put(index)
        yield index


class Api:
    """The routes of feedback, asked by whoever ``visitor`` is: at first Ada, who reads."""

    def __init__(self, index: Index, desk: Desk) -> None:
        self.desk = desk
        self.ada = desk.users.known("proxy", "ada", "Ada", Role.READER)
        app = FastAPI()
        app.include_router(feedback(index, desk), prefix="/api/v1")
        handle_problems(app)
        self._gate = ComesAs(app, Visitor(BY_ROLE[Role.READER], self.ada))
        self._client = TestClient(self._gate)

    def comes(self, visitor: Visitor) -> None:
        self._gate.visitor = visitor

    def comes_as(self, role: Role) -> None:
        self.comes(Visitor(BY_ROLE[role], self.ada))

    def keep(self, turn: Turn) -> str:
        return self.desk.conversations.start(self.ada.id, turn)[1].id

    def give(self, **body: Any) -> Any:
        return self._client.post("/api/v1/feedback", json=body)

    def get(self, path: str) -> Any:
        return self._client.get(path)


@pytest.fixture
def api(index: Index, tmp_path: Path) -> Iterator[Api]:
    with Desk(database_at(tmp_path / "desk.db")) as desk:
        yield Api(index, desk)


def answer(turn: Turn) -> Any:
    """As ``POST /api/v1/ask`` gave it."""
    return turn_fields(turn).json_dict()


def is_problem(told: Any, status: int, name: str) -> bool:
    return told.status_code == status and told.json()["type"] == f"urn:onrecord:problem:{name}"


def test_a_thumb_is_kept_with_what_was_answered_and_the_index_of_that_time(api: Api) -> None:
    told = api.give(turn=api.keep(ANSWERED), verdict="down", reason="outdated", comment=" It sails. ")
    assert told.status_code == 200
    (given,) = api.desk.feedback.list()
    assert (given.thumb, given.reason, given.comment) == (Thumb.DOWN, Reason.OUTDATED, "It sails.")
    assert (given.user_id, given.snapshot.revision, given.snapshot.short) == (api.ada.id, 7, "14 October")
    assert told.json() == {
        "id": given.id,
        "created": given.created.isoformat().replace("+00:00", "Z"),
        "verdict": "down",
        "reason": "outdated",
        "comment": "It sails.",
        "question": "And when?",
        "searched": "When does the ferry stop?",
        "filter": 'source:"Quay Chronicle"',
        "kind": "answered",
        "answer": "14 October",
        "citations": [
            {"article_id": "ferry", "version": 1, "sha256": FERRY.sha256, "start": 0, "end": 44, "quote": STOP.quote}
        ],
        "revision": 7,
    }


def test_a_thumb_needs_no_reason_and_a_second_thought_replaces_it(api: Api) -> None:
    id = api.keep(NOT_FOUND)
    assert api.give(turn=id, verdict="up").json()["reason"] is None
    assert api.desk.feedback.thumbs(api.ada.id, [id, "other"]) == {id: Thumb.UP}
    assert api.give(turn=id, verdict="down", reason="the articles do say").status_code == 200
    assert [given.thumb for given in api.desk.feedback.list()] == [Thumb.DOWN]
    assert api.desk.feedback.thumbs(api.ada.id, [id]) == {id: Thumb.DOWN}
    assert api.desk.feedback.thumbs("someone else", [id]) == {}


def test_nobody_judges_what_another_was_answered(api: Api) -> None:
    id = api.keep(ANSWERED)
    other = api.desk.users.known("proxy", "bo", "Bo", Role.ADMIN)
    for visitor in (Visitor(BY_ROLE[Role.ADMIN], other), KEY):
        api.comes(visitor)
        assert is_problem(api.give(turn=id, verdict="up"), 404, "no-such-answer")
    assert is_problem(api.give(turn="nowhere", verdict="up"), 404, "no-such-answer")
    assert api.desk.feedback.list() == []


@pytest.mark.parametrize("turn", [ANSWERED, DISAGREEING, NOT_FOUND, WRITTEN])
def test_a_program_sends_back_the_answer_it_got(api: Api, turn: Turn) -> None:
    api.comes(KEY)
    told = api.give(answer=answer(turn), verdict="up", reason="right")
    assert told.status_code == 200, told.text
    (given,) = api.desk.feedback.list()
    assert (given.user_id, given.snapshot.revision) == (None, 7)
    assert (given.snapshot.question, given.snapshot.where) == (turn.question, str(turn.where))


def test_a_user_who_sends_the_same_answer_again_thinks_again(api: Api) -> None:
    api.give(answer=answer(ANSWERED), verdict="up")
    api.give(answer=answer(ANSWERED), verdict="down")
    api.give(answer=answer(WRITTEN), verdict="up")
    assert sorted(given.thumb for given in api.desk.feedback.list()) == ["down", "up"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("quote", "The ferry sails."), ("start", 3), ("sha256", "0" * 64), ("version", 2), ("article_id", "other")],
)
def test_an_answer_that_cites_what_no_article_says_is_no_label(api: Api, field: str, value: Any) -> None:
    api.comes(KEY)
    sent = answer(ANSWERED)
    sent["citations"][0][field] = value
    assert is_problem(api.give(answer=sent, verdict="up"), 422, "not-so-cited")
    assert api.desk.feedback.list() == []


@pytest.mark.parametrize(
    "body",
    [
        {"verdict": "up"},
        {"turn": "t", "answer": answer(NOT_FOUND), "verdict": "up"},
        {"answer": answer(ANSWERED) | {"citations": []}, "verdict": "up"},
        {"answer": answer(ANSWERED) | {"kind": "not_found"}, "verdict": "up"},
        {"answer": answer(NOT_FOUND) | {"question": ""}, "verdict": "up"},
        {"answer": answer(NOT_FOUND), "verdict": "sideways"},
        {"answer": answer(NOT_FOUND), "verdict": "up", "reason": "wrong"},
        {"answer": answer(NOT_FOUND), "verdict": "down", "reason": "other"},
        {"answer": answer(NOT_FOUND), "verdict": "down", "reason": "because"},
        {"answer": answer(NOT_FOUND), "verdict": "down", "comment": "x" * 1001},
        {"answer": answer(NOT_FOUND), "verdict": "up", "stars": 5},
    ],
)
def test_what_is_no_feedback_is_refused(api: Api, body: Any) -> None:
    assert is_problem(api.give(**body), 422, "invalid-request")
    assert api.desk.feedback.list() == []


def test_who_may_give_and_who_may_see(api: Api) -> None:
    assert is_problem(api.get("/api/v1/feedback"), 403, "forbidden")
    assert is_problem(api.get("/api/v1/feedback/export"), 403, "forbidden")
    api.comes(NOBODY)
    assert is_problem(api.give(answer=answer(NOT_FOUND), verdict="up"), 403, "forbidden")
    api.comes_as(Role.EDITOR)
    assert api.get("/api/v1/feedback").json() == {"feedback": [], "total": 0, "next": None}


def test_editors_see_the_newest_first_a_page_at_a_time_and_not_who_gave_it(api: Api) -> None:
    for n in range(5):
        api.give(turn=api.keep(ANSWERED), verdict="down", comment=f"number {n}")
    api.comes_as(Role.EDITOR)
    seen, address = [], "/api/v1/feedback?limit=2"
    while address:
        told = api.get(address)
        assert api.ada.id not in told.text
        seen += [given["comment"] for given in told.json()["feedback"]]
        address = told.json()["next"]
        assert told.headers.get("link") == (f'<{address}>; rel="next"' if address else None)
    assert seen == [f"number {n}" for n in (4, 3, 2, 1, 0)]


def test_the_export_is_that_of_the_command_line_and_evaluate_reads_it(api: Api, tmp_path: Path) -> None:
    api.give(turn=api.keep(ANSWERED), verdict="up")
    api.give(turn=api.keep(NOT_FOUND), verdict="down", reason="the articles do say", comment="See “Ferry”.")
    api.comes_as(Role.EDITOR)
    told = api.get("/api/v1/feedback/export")
    assert told.headers["content-type"].startswith("application/x-ndjson")
    export(api.desk.feedback.list(), tmp_path / "cli.jsonl")
    assert told.content == (tmp_path / "cli.jsonl").read_bytes()
    questions, notices = read_questions(tmp_path / "cli.jsonl")
    assert notices == []
    assert [question.relevant for question in questions] == [{"ferry": 1}, {}]
    assert [question.sentences for question in questions] == [(STOP.quote,), ()]
    notes = [json.loads(line)["note"] for line in told.text.splitlines()]
    assert notes[0].startswith("thumb up; filter")
    assert notes[1] == "thumb down: the articles do say; See “Ferry”.; not found"


def test_the_page_offers_the_reasons_there_are() -> None:
    assert [reason for reason in Reason if f'["{reason}", "' not in SCRIPT] == []
