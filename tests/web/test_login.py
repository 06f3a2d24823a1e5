"""Logging in and out, as a browser does it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from apps import OWN, PASSWORD, App, running


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running(tmp_path_factory.mktemp("login"), logins_per_minute=1000, hosts=["newsroom.lan"]) as app:
        yield app


def log_in(client: httpx.Client, name: str = "ada", password: str = PASSWORD, next: str = "/") -> httpx.Response:
    origin = {"Origin": str(client.base_url).rstrip("/")}
    return client.post("/login", data={"name": name, "password": password, "next": next}, headers=origin)


def test_the_page_asks_for_name_and_password_and_remembers_where_to_go_on(app: App) -> None:
    page = app.another().get("/login?next=/articles/%22%3E%3Cscript%3E").text
    assert 'autocomplete="current-password"' in page
    assert 'value="/articles/&#34;&gt;&lt;script&gt;"' in page
    assert "<script" not in page


def test_logging_in_leads_on_and_out_ends_the_session_itself(app: App) -> None:
    client = app.another()
    answer = log_in(client, next="/articles?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/articles?x=1")
    token = client.cookies["onrecord"]
    assert client.get("/login").headers["location"] == "/"
    assert "ada" in client.get("/logout").text
    assert client.post("/logout", headers=OWN).headers["location"] == "/login"
    assert "onrecord" not in client.cookies
    again = app.another()
    assert again.get("/api/v1/me", headers={"Cookie": f"onrecord={token}"}).status_code == 401


def test_a_wrong_login_is_told_in_words_that_give_nothing_away(app: App) -> None:
    known, unknown = (log_in(app.another("192.0.2.9"), name, "wrong wrong wrong") for name in ("ada", "nobody"))
    assert known.status_code == unknown.status_code == 401
    assert "Wrong name or password" in known.text
    assert known.text == unknown.text
    assert "wrong wrong" not in known.text


def test_guessing_becomes_slow(app: App) -> None:
    guesser = app.another("192.0.2.10")
    answers = [log_in(guesser, "cy", f"guess number {n}") for n in range(30)]
    assert [answer.status_code for answer in answers].count(401) <= 6
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "Try again in" in answers[-1].text
    assert log_in(guesser, "cy").status_code == 429


def test_every_login_gets_another_session_and_ends_the_one_before(app: App) -> None:
    client = app.another()
    log_in(client)
    first = client.cookies["onrecord"]
    log_in(client)
    assert client.cookies["onrecord"] != first
    assert app.another().get("/api/v1/me", headers={"Cookie": f"onrecord={first}"}).status_code == 401


def test_a_token_someone_else_set_is_never_taken_over(app: App) -> None:
    client = app.another()
    client.cookies.set("onrecord", "chosen-by-another")
    assert log_in(client).headers["set-cookie"].startswith("onrecord=")
    assert "chosen-by-another" not in str(log_in(client).headers)


def test_the_cookie_is_for_this_app_alone(app: App, tmp_path: Path) -> None:
    plain = log_in(app.another()).headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=1209600"} <= set(plain.split("; "))
    assert "Secure" not in plain
    assert "Domain" not in plain
    encrypted = log_in(app.another(base="https://newsroom.lan")).headers["set-cookie"]
    assert encrypted.startswith("__Host-onrecord=")
    assert "Secure" in encrypted
    with running(tmp_path, base_path="/record") as below:
        client = below.another(base="https://127.0.0.1")
        form = {"name": "ada", "password": PASSWORD, "next": "/articles"}
        answer = client.post("/record/login", data=form, headers={"Origin": "https://127.0.0.1"})
        assert answer.headers["location"] == "/record/articles"
        assert answer.headers["set-cookie"].startswith("__Secure-onrecord=")
        assert "Path=/record;" in answer.headers["set-cookie"]
        assert client.get("/record/api/v1/me").json()["name"] == "ada"
        assert client.get("/record/").status_code == 200
        assert client.get("/").status_code == 404


def test_over_https_a_cookie_that_came_over_http_is_worth_nothing(app: App) -> None:
    client = app.another()
    log_in(client)
    cookie = {"Cookie": f"onrecord={client.cookies['onrecord']}"}
    assert app.another(base="https://newsroom.lan").get("/api/v1/me", headers=cookie).status_code == 401


def test_a_user_who_is_removed_is_out_at_once(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        bo = app.logged_in("bo")
        assert bo.get("/api/v1/me").status_code == 200
        app.desk.users.remove("bo")
        assert bo.get("/api/v1/me").status_code == 401
        assert log_in(app.another(), "bo").status_code == 401


def test_without_login_there_is_none(tmp_path: Path) -> None:
    with running(tmp_path, auth="none") as app:
        assert app.client.get("/login").headers["location"] == "/"
        assert app.client.get("/api/v1/me").json()["name"] == "anonymous"
        assert "not through On Record" in app.client.get("/logout").text
