"""A widget's token and who had it made: it lets do what they may, comes from them alone, and ends with them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from apps import OWN, App, running
from starlette.testclient import TestClient

from assistant.accounts.permissions import Scope
from assistant.web.widget.issuers import Issuers
from assistant.web.widget.tokens import PREFIX, WidgetTokens

DESK = "https://intranet.example"
TOKENS = "/api/v1/widget/tokens"
PAGES = {"widget_pages": [DESK]}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running(tmp_path_factory.mktemp("makers"), logins_per_minute=1000, **PAGES) as app:
        yield app


def token_in(answer: httpx.Response) -> str:
    found = re.search(r'data-token="(orw_[^"]+)"', answer.text)
    assert found is not None
    return found[1]


def bearing(app: App, token: str) -> TestClient:
    client = app.another()
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def made_with_key(app: App, name: str, *scopes: Scope) -> tuple[str, int]:
    """A token and the seconds it is good for."""
    text, _ = app.desk.keys.add(name, scopes)
    told = bearing(app, text).post(TOKENS, json={"page": DESK}).json()
    return told["token"], told["expires_in"]


def refusal(app: App, token: str) -> str:
    """In which words it is refused."""
    answer = bearing(app, token).get("/api/v1/articles")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.json()["type"] == "urn:onrecord:problem:not-logged-in"
    return str(answer.json()["detail"])


def test_a_token_ends_with_its_session(app: App) -> None:
    ada = app.logged_in("ada")
    token = token_in(ada.get("/widget"))
    assert bearing(app, token).get("/api/v1/articles").status_code == 200
    ada.post("/logout", headers=OWN)
    assert refusal(app, token) == "The login behind this token has ended. Log in to On Record again."


def test_a_token_ends_with_its_user(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        token = token_in(app.logged_in("bo").get("/widget"))
        app.desk.users.remove("bo")
        assert "Log in to On Record again" in refusal(app, token)


def test_a_token_of_a_user_from_a_proxy_ends_with_the_user(tmp_path: Path) -> None:
    with running(tmp_path, auth="proxy", auth_proxies=["10.0.0.5"]) as app:
        token = token_in(app.another("10.0.0.5").get("/widget", headers={"X-Remote-User": "ada"}))
        assert bearing(app, token).get("/api/v1/articles").status_code == 200
        app.desk.users.remove("ada", "proxy")
        assert "no longer exists" in refusal(app, token)


def test_a_token_ends_with_its_key(app: App) -> None:
    token, seconds = made_with_key(app, "intranet", Scope.ASK, Scope.READ)
    assert seconds == 8 * 3600
    assert bearing(app, token).get("/api/v1/articles").status_code == 200
    app.desk.keys.revoke("intranet")
    assert "revoked or has expired" in refusal(app, token)


def test_a_token_ends_when_its_page_is_listed_no_more_and_when_not_anyone_may_ask(tmp_path: Path) -> None:
    with running(tmp_path, widget_visitors="anyone", **PAGES) as app:
        token = token_in(app.client.get("/widget", params={"page": DESK}))
        assert bearing(app, token).get("/api/v1/articles").status_code == 200
    with running(tmp_path, widget_visitors="token", **PAGES) as app:
        assert "Have the page's server get a token" in refusal(app, token)
    with running(tmp_path, widget_visitors="anyone") as app:
        assert "may no longer show the widget" in refusal(app, token)


def test_a_token_lets_do_no_more_than_the_key_it_was_made_with(app: App) -> None:
    asks = bearing(app, made_with_key(app, "asks", Scope.ASK, Scope.REMOVE)[0])
    assert asks.post("/api/v1/ask", json={"question": "When does the ferry stop?"}).status_code == 200
    assert asks.get("/api/v1/articles").status_code == 403
    assert asks.get("/api/v1/claims?q=ferry").status_code == 403
    assert asks.delete("/api/v1/articles/x").status_code == 403
    every = bearing(app, made_with_key(app, "every", *Scope)[0])
    assert every.get("/api/v1/me").json()["may"] == ["ask a question", "read an article", "see who said what"]


def test_a_key_gets_no_token_for_a_page_of_ours(app: App) -> None:
    text, _ = app.desk.keys.add("own", [Scope.ASK])
    assert bearing(app, text).post(TOKENS, json={}).status_code == 403
    assert PREFIX not in bearing(app, text).get("/widget").text


def test_on_a_page_of_ours_a_token_is_renewed_by_the_login_and_from_our_page_alone(app: App) -> None:
    ada = app.logged_in("ada")
    token = ada.post(TOKENS, json={}, headers=OWN).json()["token"]
    assert bearing(app, token).get("/api/v1/me").status_code == 200
    for elsewhere in ({}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert ada.post(TOKENS, json={}, headers=elsewhere).status_code == 403
    assert app.another().post(TOKENS, json={}, headers=OWN).status_code == 401


# Whose rate it has


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """No minute ends meanwhile."""
    now = time.time()
    monkeypatch.setattr("limits.storage.memory.time", SimpleNamespace(time=lambda: now))


def asked(app: App, token: str) -> int:
    return bearing(app, token).post("/api/v1/ask", json={"question": "Who?"}).status_code


@pytest.mark.usefixtures("stopped_clock")
def test_each_reader_has_a_rate_of_their_own_and_keeps_it_when_the_token_is_renewed(tmp_path: Path) -> None:
    with running(tmp_path, asks_per_minute=2, **PAGES) as app:
        text, _ = app.desk.keys.add("intranet", [Scope.ASK])
        one, other = (bearing(app, text).post(TOKENS, json={"page": DESK}).json()["token"] for _ in range(2))
        assert [asked(app, one) for _ in range(3)] == [200, 200, 429]
        assert asked(app, other) == 200
        ada, bo = app.logged_in("ada"), app.logged_in("bo")
        first = token_in(ada.get("/widget"))
        renewed = ada.post(TOKENS, json={}, headers=OWN).json()["token"]
        assert [asked(app, first), asked(app, renewed), asked(app, first), asked(app, renewed)] == [200, 200, 429, 429]
        assert asked(app, token_in(bo.get("/widget"))) == 200


@pytest.mark.usefixtures("stopped_clock")
def test_an_address_with_many_tokens_is_held_up_all_the_same(tmp_path: Path) -> None:
    with running(tmp_path, asks_per_minute=1, widget_visitors="anyone", **PAGES) as app:
        answers = [asked(app, token_in(app.client.get("/widget", params={"page": DESK}))) for _ in range(12)]
        assert answers == [200] * 10 + [429] * 2


@pytest.mark.usefixtures("stopped_clock")
def test_making_tokens_has_a_limit_too(tmp_path: Path) -> None:
    with running(tmp_path, changes_per_minute=2, widget_visitors="anyone", **PAGES) as app:
        ada = app.logged_in("ada")
        assert [ada.get("/widget").status_code for _ in range(3)] == [200, 200, 429]
        bo = app.logged_in("bo")
        assert [bo.post(TOKENS, json={}, headers=OWN).status_code for _ in range(3)] == [200, 200, 429]
        opened = [app.another("192.0.2.7").get("/widget", params={"page": DESK}).status_code for _ in range(21)]
        assert opened == [200] * 20 + [429]


def test_what_is_done_with_a_token_is_noted_under_who_had_it_made(app: App) -> None:
    tokens = WidgetTokens(app.desk.secret("widget"), [DESK], Issuers(app.desk, "users", "token"))
    by_login = tokens.visitor(token_in(app.logged_in("ada").get("/widget")))
    by_key = tokens.visitor(made_with_key(app, "noted", Scope.ASK)[0])
    assert by_login is not None
    assert by_key is not None
    assert by_login.id.startswith(f"widget user {app.desk.users.named('ada').id} ")
    assert by_key.id.startswith("widget key onrecord_")
    assert max(len(by_login.id), len(by_key.id)) <= 64  # so much the audit log keeps of a name
