"""What is refused is counted by kind, and noted in sums, without a word of what was asked or by whom."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from apps import OWN, App, running
from prometheus_client.parser import text_string_to_metric_families

from assistant.accounts.audit import Event
from assistant.accounts.permissions import Scope
from assistant.web.http.refusals import Refusals, Refused

QUESTION = "Where is Ines Torvald?"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with running(tmp_path, asks_per_minute=2) as app:
        yield app


def counted(app: App) -> dict[str, float]:
    text, _ = app.desk.keys.add(f"machine {len(app.desk.keys.list())}", [Scope.METRICS])
    told = app.another().get("/metrics", headers={"Authorization": f"Bearer {text}"}).text
    samples = [one for family in text_string_to_metric_families(told) for one in family.samples]
    return {one.labels["kind"]: one.value for one in samples if one.name == "onrecord_refused_requests_total"}


def refuse_each(app: App) -> None:
    """One refusal of each kind that the routes know."""
    reader, stranger, ask = app.logged_in("bo"), app.another(), {"question": QUESTION}
    answers = [
        stranger.post("/api/v1/ask", json=ask, headers=OWN),
        stranger.post("/api/v1/ask", json=ask, headers={"Authorization": "Bearer onrecord_none"}),
        reader.get("/metrics", headers=OWN),
        reader.post("/api/v1/ask", json=ask, headers={"Origin": "https://evil.example"}),
        stranger.get("/api/v1/health", headers={"Host": "evil.example"}),
        reader.post("/api/v1/feeds/look", content=b" " * 1_200_000, headers=OWN),
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 403, 403, 400, 413]
    asked = [reader.post("/api/v1/ask", json=ask, headers=OWN).status_code for _ in range(3)]
    assert asked[-1] == 429


EACH = {
    Refused.NOT_LOGGED_IN,
    Refused.BAD_TOKEN,
    Refused.FORBIDDEN,
    Refused.OTHER_SITE,
    Refused.WRONG_HOST,
    Refused.TOO_LARGE,
    Refused.RATE_LIMIT,
}


def test_each_refusal_is_counted_by_its_kind(app: App) -> None:
    assert counted(app) == dict.fromkeys(Refused, 0)
    refuse_each(app)
    assert counted(app) == dict.fromkeys(EACH, 1) | {Refused.CHAT_MESSAGE: 0}


def test_what_is_let_in_and_whoever_is_led_to_the_login_are_not_counted(app: App) -> None:
    app.logged_in("bo").post("/api/v1/ask", json={"question": QUESTION}, headers=OWN)
    assert app.another().get("/", headers={"Accept": "text/html"}).status_code == 303
    assert sum(counted(app).values()) == 0


def test_refusals_are_in_the_audit_log_and_the_log_in_sums_and_in_no_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "assistant.web.http.refusals"), running(tmp_path, asks_per_minute=2) as app:
        refuse_each(app)
        for _ in range(20):
            app.another().get("/api/v1/articles")
        assert not [entry for entry in app.desk.audit.entries() if entry.what == Event.REFUSED]
    noted = dict[str, int]()
    with running(tmp_path, auth="users") as again:
        for entry in again.desk.audit.entries():
            if entry.what == Event.REFUSED:
                assert entry.who == "server"
                assert entry.about not in noted
                noted[entry.about] = entry.size
        assert again.desk.audit.problems() == []
        written = "".join(str(vars(entry)) for entry in again.desk.audit.entries())
    assert noted == dict.fromkeys(EACH, 1) | {"not-logged-in": 21}
    lines = [record.getMessage() for record in caplog.records if record.name == "assistant.web.http.refusals"]
    assert sorted(lines) == sorted(f"requests refused: {kind}, {many}" for kind, many in noted.items())
    words = [QUESTION, "Torvald", "evil.example", "127.0.0.1", "onrecord_none", "/api/v1"]
    assert not [word for word in words if word in written + "".join(lines)]


def test_what_cannot_be_noted_is_noted_the_next_time() -> None:
    noted, is_full = list[tuple[Refused, int]](), True

    def note(kind: Refused, many: int) -> None:
        if is_full:
            raise OSError("no space left")
        noted.append((kind, many))

    refusals = Refusals(note)
    for _ in range(3):
        refusals.count(Refused.CHAT_MESSAGE)
    refusals.sum_up()
    is_full = False
    refusals.count(Refused.CHAT_MESSAGE)
    refusals.sum_up()
    refusals.sum_up()
    assert noted == [(Refused.CHAT_MESSAGE, 4)]
