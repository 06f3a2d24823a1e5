"""Two apps on two machines serve one newsroom: what is begun at one goes on at the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from apps import CHEAP, OWN, PASSWORD, App, running
from kept import ANSWERED as FERRY_ANSWER
from serving import ended, environment

from assistant.accounts.credentials import Passwords
from assistant.accounts.database import database_at
from assistant.accounts.permissions import Role
from assistant.desk import Desk
from tests.support import forked
from tests.support.postgres import PostgreSQL


@pytest.fixture(scope="module")
def apps(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[App, App]]:
    folder, url = tmp_path_factory.mktemp("machines"), postgresql.new_database()
    with (
        running(folder / "one", database_url=url) as one,
        running(folder / "other", database_url=url) as other,
    ):
        yield one, other


def test_who_logged_in_at_one_is_logged_in_at_the_other_and_out_of_both(apps: tuple[App, App]) -> None:
    one, other = apps
    session = {"Cookie": f"onrecord={one.logged_in('ada').cookies['onrecord']}"}
    assert other.another().get("/api/v1/me", headers=session).json()["name"] == "ada"
    assert other.another().post("/logout", headers=OWN | session).status_code == 303
    assert one.another().get("/api/v1/me", headers=session).status_code == 401


def test_an_article_added_at_one_is_found_and_removed_at_the_other(apps: tuple[App, App]) -> None:
    one, other = apps
    article = {"title": "Ferry to stop", "text": "The ferry stops on 14 October.", "url": "https://quay.example/1"}
    ada, cy = one.logged_in("ada"), other.logged_in("cy")
    told = ada.post("/api/v1/articles", json=article, headers=OWN)
    assert told.status_code == 200, told.text
    (listed,) = cy.get("/api/v1/articles").json()["articles"]
    found = cy.get("/api/v1/search", params={"q": "When does the ferry stop?"}).json()
    assert [hit["article_id"] for hit in found["hits"]] == [listed["id"]]
    assert cy.delete(f"/api/v1/articles/{listed['id']}", headers=OWN).status_code == 204
    assert ada.get("/api/v1/articles").json()["articles"] == []


def test_an_answer_kept_at_one_is_judged_at_the_other(apps: tuple[App, App]) -> None:
    one, other = apps
    ada = one.desk.users.named("ada")
    _, kept = one.desk.conversations.start(ada.id, FERRY_ANSWER)
    told = other.logged_in("ada").post("/api/v1/feedback", json={"turn": kept.id, "verdict": "up"}, headers=OWN)
    assert told.status_code in (200, 201), told.text
    assert other.desk.conversations.list(ada.id) == one.desk.conversations.list(ada.id)
    assert [given.thumb.value for given in one.desk.feedback.list()] == ["up"]


def test_what_is_signed_at_one_is_believed_at_the_other(apps: tuple[App, App]) -> None:
    one, other = apps
    assert one.desk.secret("widget") == other.desk.secret("widget")


def test_while_the_database_is_away_the_answer_is_503_and_no_error_of_ours(
    apps: tuple[App, App], postgresql: PostgreSQL
) -> None:
    one, _ = apps
    ada = one.logged_in("ada")
    postgresql.stop()
    try:
        refused = ada.get("/api/v1/search", params={"q": "When?"})
        page = ada.get("/")
    finally:
        postgresql.start()
    assert refused.status_code == 503
    assert "127.0.0.1" not in refused.text
    assert int(refused.headers["retry-after"]) >= 1
    assert page.status_code == 503
    assert ada.get("/api/v1/me").json()["name"] == "ada"


def test_of_two_servers_one_is_killed_and_the_other_goes_on(postgresql: PostgreSQL, tmp_path: Path) -> None:
    url = postgresql.new_database()
    with Desk(database_at(tmp_path, url), auth="users", passwords=Passwords(CHEAP)) as desk:
        desk.users.add("ada", Role.EDITOR, PASSWORD)
    with server(tmp_path / "one", url) as one, server(tmp_path / "other", url) as other:
        here, there = (json.loads(process.stdout.readline())["url"] for process in (one, other) if process.stdout)
        login = {"name": "ada", "password": PASSWORD}
        session = httpx.post(f"{here}/login", data=login, headers={"Origin": here}, timeout=60).cookies["onrecord"]
        ada = {"Cookie": f"onrecord={session}"}
        article = {"id": "ferry", "title": "Ferry to stop", "text": "The ferry stops on 14 October."}
        added = httpx.post(f"{here}/api/v1/articles", json=article, headers=ada | {"Origin": here}, timeout=60)
        assert added.status_code == 200, added.text
        one.kill()
        asked = {"question": "When does the ferry stop?"}
        answer = httpx.post(f"{there}/api/v1/ask", json=asked, headers=ada | {"Origin": there}, timeout=120).json()
        assert [cited["article_id"] for cited in answer["citations"]] == ["ferry"], answer


@contextmanager
def server(home: Path, url: str) -> Iterator[forked.Command]:
    """``onrecord serve``, which prints its address when it is ready."""
    process = forked.Command(["serve", "--json"], home.parent, environment(home, auth="users", database_url=url))
    with ended(process):
        yield process
