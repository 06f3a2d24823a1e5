"""The gate: who is let in, from which page, under which name, how often, and whose Gradio session it is."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from apps import OWN, PASSWORD, App, running
from starlette.testclient import TestClient

from assistant.accounts.errors import NoSuchConversation
from assistant.accounts.permissions import Role, Scope
from assistant.types.answers import Notice
from assistant.types.turns import Turn
from assistant.web.auth.login import within
from assistant.web.middleware.gradio_guard import Owners

JOIN = {"data": [], "fn_index": 0, "trigger_id": None}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    many = {"logins_per_minute": 1000, "asks_per_minute": 1000, "changes_per_minute": 1000}
    with running(tmp_path_factory.mktemp("gate"), **many) as app:
        yield app


def problem(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["type"]).rpartition(":")[2]


# Who comes


def test_a_program_without_a_key_is_told_to_bring_one(app: App) -> None:
    answer = app.another().get("/api/v1/articles")
    assert (answer.status_code, problem(answer)) == (401, "not-logged-in")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "Authorization: Bearer onrecord_" in answer.json()["detail"]


def test_whoever_follows_a_link_is_led_to_the_login_and_then_on(app: App) -> None:
    answer = app.another().get("/articles/x?start=1&end=2", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/articles/x%3Fstart%3D1%26end%3D2"


@pytest.mark.parametrize("key", ["onrecord_", "onrecord_12345678_x", "widget", "eyJhbGciOiJub25lIn0.e30."])
def test_a_key_that_is_not_good_lets_no_one_in_even_beside_a_session(app: App, key: str) -> None:
    ada = app.logged_in("ada")
    answer = ada.get("/api/v1/me", headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, problem(answer)) == (401, "not-logged-in")
    assert "invalid_token" in answer.headers["www-authenticate"]


def test_a_key_does_what_its_scopes_name_and_comes_from_anywhere(app: App) -> None:
    text, key = app.desk.keys.add("reader", [Scope.READ])
    client = app.another()
    client.headers["Authorization"] = f"Bearer {text}"
    assert client.get("/api/v1/me").json() == {"name": "reader", "role": None, "may": ["read an article"]}
    assert client.get("/api/v1/articles").status_code == 200
    assert problem(client.post("/api/v1/articles", json={"text": "x"})) == "forbidden"
    assert client.get("/").status_code == 403
    app.desk.keys.revoke(key.id)
    assert client.get("/api/v1/articles").status_code == 401


def test_a_role_is_what_it_is_now(app: App) -> None:
    bo = app.logged_in("bo")
    assert bo.get("/api/v1/me").json()["role"] == "reader"
    assert bo.delete("/api/v1/articles/x", headers=OWN).status_code == 403
    app.desk.users.set_role("bo", Role.EDITOR)
    assert bo.delete("/api/v1/articles/x", headers=OWN).status_code == 404
    app.desk.users.set_role("bo", Role.READER)
    assert bo.delete("/api/v1/articles/x", headers=OWN).status_code == 403


# From which page

FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://sub.127.0.0.1"},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Origin": "http://evil127.0.0.1"},
    {"Origin": "http://127.0.0.1:81"},
    {"Origin": "http://127.0.0.1@evil.example"},
    {"Origin": "file://"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {**OWN, "Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "none"},
]
CHANGES = [
    ("POST", "/login"),
    ("POST", "/logout"),
    ("POST", "/api/v1/ask"),
    ("POST", "/api/v1/articles"),
    ("DELETE", "/api/v1/articles/x"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/mcp"),
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/cancel"),
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_page_of_another_site_changes_nothing_and_reads_nothing(app: App, headers: dict[str, str]) -> None:
    ada = app.logged_in("ada")
    for method, path in CHANGES:
        answer = ada.request(method, path, headers=headers, content=b"name=ada&password=x")
        assert (answer.status_code, problem(answer)) == (403, "forbidden")
        assert "access-control-allow-origin" not in answer.headers
    assert ada.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize("headers", [one for one in FOREIGN if one.get("Sec-Fetch-Site") != "none"])
@pytest.mark.parametrize("auth", ["users", "none"])
def test_no_page_of_another_site_is_given_leave_to_read(
    app: App, free: App, headers: dict[str, str], auth: str
) -> None:
    client = app.logged_in("ada") if auth == "users" else free.another()
    for path in ("/", "/config", "/articles", "/api/v1/articles", "/gradio_api/info"):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
    asked = {**headers, "Access-Control-Request-Method": "POST"}
    assert client.options("/api/v1/ask", headers=asked).status_code == 403


@pytest.fixture(scope="module")
def free(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running(tmp_path_factory.mktemp("free"), auth="none") as app:
        yield app


def test_without_login_a_page_of_another_site_changes_nothing_and_a_program_here_does(free: App) -> None:
    client = free.another()
    for headers in FOREIGN:
        assert client.delete("/api/v1/articles/x", headers=headers).status_code == 403
    for headers in ({}, OWN, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "null", "Sec-Fetch-Site": "same-origin"}):
        assert client.delete("/api/v1/articles/x", headers=headers).status_code == 404


def test_with_a_session_it_has_to_be_told_where_a_change_comes_from(app: App) -> None:
    ada = app.logged_in("ada")
    assert ada.delete("/api/v1/articles/x").status_code == 403
    assert ada.delete("/api/v1/articles/x", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 404
    assert ada.delete("/api/v1/articles/x", headers=OWN).status_code == 404


def test_a_link_from_another_site_opens(app: App) -> None:
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert app.logged_in("ada").get("/articles", headers=followed).status_code == 200


# Under which name


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "", "localhost/x", "[::1", "newsroom.lan"],
)
def test_asked_by_a_name_that_is_not_its_own_it_answers_nothing(free: App, host: str) -> None:
    answer = free.another().get("/api/v1/health", headers={"Host": host})
    assert (answer.status_code, problem(answer)) == (400, "wrong-host")


def test_it_answers_to_the_names_it_was_given(tmp_path: Path) -> None:
    with running(tmp_path, hosts=["newsroom.lan"]) as app:
        for host in ("newsroom.lan", "NEWSROOM.lan:8000", "localhost:1", "[::1]:7860", "127.0.0.2"):
            assert app.client.get("/api/v1/health", headers={"Host": host}).status_code == 200
        assert app.client.get("/api/v1/health", headers={"Host": "sub.newsroom.lan"}).status_code == 400


TOLD = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "192.0.2.7",
    "Forwarded": "for=192.0.2.7;host=evil.example;proto=https",
    "X-Original-Host": "evil.example",
}


def test_what_strangers_say_was_asked_is_not_reflected(free: App) -> None:
    client = free.another()
    for path in ("/", "/config", "/articles", "/api/v1/articles", "/gradio_api/info", "/site", "/api/v1/docs"):
        answer = client.get(path, headers=TOLD)
        assert "evil.example" not in answer.text + str(answer.headers)
        assert "https://127.0.0.1" not in answer.text + str(answer.headers)


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    given = {"auth": "proxy", "auth_proxies": ["10.0.0.0/24"], "auth_groups_header": "X-Groups", "admin_groups": ["it"]}
    with running(tmp_path_factory.mktemp("proxy"), hosts=["newsroom.lan"], **given) as app:
        yield app


def test_a_known_proxy_tells_who_comes_and_what_was_asked(behind: App) -> None:
    proxy = behind.another("10.0.0.5")
    told = {
        "X-Forwarded-Host": "newsroom.lan",
        "X-Forwarded-Proto": "https",
        "X-Remote-User": "Ünal",
        "X-Groups": "a, it",
    }
    raw = {name: value.encode() for name, value in told.items()}
    assert proxy.get("/api/v1/me", headers=raw).json()["name"] == "Ünal"
    assert proxy.get("/api/v1/me", headers=raw).json()["role"] == "admin"
    assert json.loads(proxy.get("/config", headers=raw).text)["root"] == "https://newsroom.lan"
    own = {**raw, "Origin": b"https://newsroom.lan"}
    assert proxy.delete("/api/v1/articles/x", headers=own).status_code == 404
    assert proxy.delete("/api/v1/articles/x", headers={**own, "Origin": b"http://newsroom.lan"}).status_code == 403
    evil = {**raw, "X-Forwarded-Host": b"evil.example"}
    assert problem(proxy.get("/api/v1/me", headers=evil)) == "wrong-host"


@pytest.mark.parametrize("address", ["10.0.1.5", "127.0.0.1", "::1", "192.0.2.7", "testclient", ""])
def test_nobody_else_tells_who_comes(behind: App, address: str) -> None:
    stranger = behind.another(address)
    told = {"X-Remote-User": "ada", "X-Groups": "it", "X-Forwarded-For": "10.0.0.5"}
    assert stranger.get("/api/v1/me", headers=told).status_code == 401
    page = stranger.get("/", headers={**told, "Accept": "text/html"})
    assert page.status_code == 401
    assert "names no user" in page.text


def sent_twice(client: TestClient, name: str, values: tuple[str, str], **others: str) -> httpx.Response:
    """The answer to a request that has the header twice."""
    request = client.build_request("GET", "/api/v1/me", headers=others)
    request.headers.pop(name, None)
    request.headers = type(request.headers)([*request.headers.multi_items(), *((name, value) for value in values)])
    return client.send(request)


WHO = {
    "X-Remote-User": ("ada", "bo"),
    "x-groups": ("staff", "it"),
    "Authorization": ("Bearer onrecord_1", "Basic x"),
    "Host": ("newsroom.lan", "newsroom.lan"),
    "Cookie": ("onrecord=a", "onrecord=b"),
    "Origin": ("http://127.0.0.1", "http://127.0.0.1"),
    "Sec-Fetch-Site": ("same-origin", "cross-site"),
    "X-Forwarded-For": ("192.0.2.1", "192.0.2.2"),
    "X-Forwarded-Proto": ("https", "http"),
    "X-Forwarded-Host": ("newsroom.lan", "newsroom.lan"),
}


@pytest.mark.parametrize("name", WHO)
def test_behind_a_proxy_what_tells_who_comes_is_believed_only_if_it_is_told_once(behind: App, name: str) -> None:
    proxy = behind.another("10.0.0.5")
    others = {} if name == "X-Remote-User" else {"X-Remote-User": "ada"}
    answer = sent_twice(proxy, name, WHO[name], **others)
    assert (answer.status_code, problem(answer)) == (400, "malformed-request")
    assert f"The header {name.title()} is in this request more than once" in answer.json()["detail"]
    assert proxy.get("/api/v1/me", headers={"X-Remote-User": "ada"}).json()["role"] == "reader"


@pytest.mark.parametrize("name", [name for name in WHO if not name.startswith("X-Forwarded")])
@pytest.mark.parametrize("auth", ["users", "none"])
def test_without_a_proxy_too_what_tells_who_comes_is_told_once(app: App, free: App, name: str, auth: str) -> None:
    client = app.logged_in("ada") if auth == "users" else free.another()
    if name == "x-groups":  # a header like any other where no setting names it
        assert sent_twice(client, name, WHO[name]).status_code == 200
    else:
        assert sent_twice(client, name, WHO[name]).status_code == 400


# Whose Gradio session


def joined(client: TestClient, session: str) -> str:
    """The event that a question begins; the chat page sends one like it."""
    answer = client.post("/gradio_api/queue/join", json={**JOIN, "session_hash": session}, headers=OWN)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["event_id"])


def probes(session: str, event: str) -> Iterator[tuple[str, str, Any]]:
    """What another user may try with an event that is not theirs, and with names that no page gives its session."""
    for index in range(6):
        for name in ("mine", session):
            yield "POST", "/gradio_api/cancel", {"session_hash": name, "fn_index": index, "event_id": event}
    yield "POST", "/gradio_api/queue/join", {**JOIN, "session_hash": "mine", "event_id": event}
    yield "POST", "/gradio_api/reset", {"event_id": event}
    yield "POST", "/gradio_api/reset", {"event_id": event, "session_hash": session}
    yield "GET", f"/gradio_api/queue/data?session_hash=mine&session_hash={session}", None
    yield "GET", "/gradio_api/queue/data", None
    for name in (None, "", 1, [session], {"a": session}, "x" * 101):
        yield "POST", "/gradio_api/queue/join", {**JOIN, "session_hash": name}
        yield "POST", "/gradio_api/cancel", {"session_hash": name, "fn_index": 0, "event_id": event}


def test_another_users_events_are_closed_whatever_is_tried(app: App) -> None:
    ada, bo = app.logged_in("ada"), app.logged_in("bo")
    event = joined(ada, "adas")
    for method, path, body in probes("adas", event):
        answer = bo.request(method, path, json=body, headers=OWN)
        assert answer.status_code in {403, 422}, (method, path, body)
        assert problem(answer) in {"forbidden", "invalid-request"}, (method, path, body)
    assert bo.post("/gradio_api/queue/join", content="[]", headers=OWN).status_code == 400
    assert ada.post("/gradio_api/reset", json={"event_id": event}, headers=OWN).status_code == 200


def test_who_says_anothers_session_name_hears_nothing_of_theirs_and_takes_nothing_from_them(app: App) -> None:
    ada, bo = app.logged_in("ada"), app.logged_in("bo")
    event = joined(ada, "adas")
    own = joined(bo, "adas")
    heard = [client.get("/gradio_api/queue/data?session_hash=adas", headers=OWN).text for client in (bo, ada)]
    assert own in heard[0]
    assert event not in heard[0]
    assert event in heard[1]
    assert "process_completed" in heard[1]
    assert own not in heard[1]


@pytest.mark.parametrize(
    "path",
    [
        *("/gradio_api/call/v2/x/{event}", "/gradio_api/call/x/{event}", "/gradio_api/stream/{event}"),
        *("/gradio_api/stream/adas/0/0/playlist.m3u8", "/gradio_api/deep_link?session_hash=adas"),
        *("/gradio_api/file=x", "/gradio_api/file/x", "/file=x"),
        *("/gradio_api/proxy=x", "/gradio_api/upload", "/gradio_api/upload_progress?upload_id=1"),
        *("/gradio_api/component_server", "/gradio_api/run/x", "/gradio_api/api/x", "/gradio_api/queue/status"),
        *("/gradio_api/runs", "/gradio_api/info", "/gradio_api/token", "/gradio_api/user", "/monitoring"),
        *("/monitoring/summary", "/gradio_api/vibe-edit", "/gradio_api/dev/reload", "/gradio_api/openapi.json"),
        *("/gradio_api/mcp/sse", "/openapi.json", "/docs", "/redoc", "/gradio_api/process_recording"),
        *("/gradio_api/custom_component/x/y/z/w", "/gradio_api/run-history/records", "/robots.txt", "/pwa_icon"),
    ],
)
def test_gradios_other_routes_are_not_there_for_its_own_users_either(app: App, path: str) -> None:
    ada = app.logged_in("ada")
    for method in ("GET", "POST"):
        assert ada.request(method, path.format(event="e"), headers=OWN).status_code == 404


def test_another_users_conversation_is_nobody_elses(app: App) -> None:
    ada, bo = app.desk.users.named("ada"), app.desk.users.named("bo")
    kept, _ = app.desk.conversations.start(ada.id, Turn("secret?", "secret?", Notice("secret?", "a secret notice")))
    client = app.logged_in("bo")
    for path in (f"/api/v1/conversations/{kept.id}", f"/conversations/{kept.id}", f"/?conversation={kept.id}"):
        assert "secret" not in client.get(path).text
    with pytest.raises(NoSuchConversation):
        app.desk.conversations.turns(bo.id, kept.id)


def test_a_user_keeps_so_many_events_loses_only_their_own_and_nobody_gets_what_was_lost() -> None:
    owners = Owners(kept=2)
    owners.give("a", "ada")
    for name in "bcde":
        owners.give(name, "bo")
    assert [owners.owns(name, "bo") for name in "abcde"] == [False, False, False, True, True]
    assert [owners.owns(name, "ada") for name in "abc"] == [True, False, False]


# How often and how much


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the paces no time passes: on a slow machine a minute may end between two requests, and one more is let in."""
    now = time.time()
    monkeypatch.setattr("limits.storage.memory.time", SimpleNamespace(time=lambda: now))


@pytest.mark.usefixtures("stopped_clock")
def test_too_many_questions_are_held_up_whatever_address_is_claimed(tmp_path: Path) -> None:
    with running(tmp_path, asks_per_minute=3, changes_per_minute=3) as app:
        text, _ = app.desk.keys.add("one", [Scope.SEARCH, Scope.REMOVE])
        key = app.another()
        key.headers["Authorization"] = f"Bearer {text}"
        answers = [key.get(f"/api/v1/search?q=x&n={n}", headers={"X-Forwarded-For": f"192.0.2.{n}"}) for n in range(5)]
        assert [answer.status_code for answer in answers[3:]] == [429, 429]
        assert 429 not in [answer.status_code for answer in answers[:3]]
        assert problem(answers[4]) == "too-many-requests"
        assert 1 <= int(answers[4].headers["retry-after"]) <= 60
        assert [key.delete("/api/v1/articles/x").status_code for _ in range(5)] == [404, 404, 404, 429, 429]
        ada = app.logged_in("ada")
        assert ada.get("/api/v1/search?q=x").status_code != 429
        steps = [ada.post("/gradio_api/queue/join", json={**JOIN, "session_hash": "s"}, headers=OWN) for _ in range(9)]
        assert [step.status_code for step in steps] == [200] * 8 + [429]


@pytest.mark.usefixtures("stopped_clock")
def test_an_address_is_held_up_whatever_it_logs_in_with(tmp_path: Path) -> None:
    with running(tmp_path, logins_per_minute=2) as app:
        client = app.another("192.0.2.1")
        tries = [client.post("/login", data={"name": f"n{n}", "password": "x"}, headers=OWN) for n in range(4)]
        assert [answer.status_code for answer in tries] == [401, 401, 429, 429]
        assert app.another("192.0.2.2").post("/login", data={"name": "n"}, headers=OWN).status_code == 401


def tried(client: TestClient, name: str, password: str = "x") -> int:
    return client.post("/login", data={"name": name, "password": password}, headers=OWN).status_code


@pytest.mark.usefixtures("stopped_clock")
def test_one_who_guesses_holds_up_no_one_who_is_known_at_the_same_address(tmp_path: Path) -> None:
    with running(tmp_path, logins_per_minute=4) as app:
        address = "192.0.2.1"
        ada = app.another(address)
        assert tried(ada, "ada", PASSWORD) == 303
        guesser = app.another(address)
        assert [tried(guesser, f"n{n}") for n in range(4)] == [401] * 3 + [429]
        assert tried(guesser, "bo", PASSWORD) == 429  # who never was here
        assert tried(app.another(address), "ada", PASSWORD) == 303
        elsewhere = app.logged_in("bo")
        from_here = app.another(address)
        from_here.cookies.update(dict(elsewhere.cookies))
        assert tried(from_here, "bo", PASSWORD) == 303


@pytest.mark.usefixtures("stopped_clock")
def test_an_address_that_is_flooded_with_logins_is_held_up_whoever_is_known_there(tmp_path: Path) -> None:
    with running(tmp_path, logins_per_minute=1) as app:
        client = app.another("192.0.2.1")
        assert [tried(client, f"n{n}") for n in range(11)] == [401] + [429] * 10
        answer = client.post("/login", data={"name": "ada", "password": PASSWORD}, headers=OWN)
        assert (answer.status_code, problem(answer)) == (429, "too-many-requests")


def test_in_memory_a_clock_set_back_holds_no_one_up_for_longer_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(now=time.time())
    monkeypatch.setattr("limits.storage.memory.time", SimpleNamespace(time=lambda: clock.now))
    with running(tmp_path, changes_per_minute=1) as app:
        ada = app.logged_in("ada")
        assert [ada.delete("/api/v1/articles/x", headers=OWN).status_code for _ in range(2)] == [404, 429]
        clock.now -= 3600
        assert ada.delete("/api/v1/articles/x", headers=OWN).status_code == 404


@pytest.mark.parametrize(
    ("path", "megabytes"),
    [("/login", 2), ("/api/v1/ask", 2), ("/mcp", 2), ("/gradio_api/queue/join", 6), ("/api/v1/articles", 22)],
)
def test_too_much_is_refused_by_what_is_said_and_by_what_comes(free: App, path: str, megabytes: int) -> None:
    client, piece = free.another(), b" " * 1_000_000
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    if path == "/login":
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    taken = 0

    def pieces() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(megabytes):
            taken += 1
            yield piece

    assert client.post(path, content=pieces(), headers=headers).status_code == 413
    assert client.post(path, content=piece * megabytes, headers=headers).status_code == 413


# What every answer carries


def test_every_answer_carries_the_headers_errors_too(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = app.logged_in("ada")
    answers = [ada.get(path) for path in ("/", "/articles", "/api/v1/me", "/nowhere", "/api/v1/x", "/login", "/site/x")]
    answers += [app.another().get("/"), app.another().get("/", headers={"Host": "evil.example"})]
    monkeypatch.setattr(app.desk.sessions, "current", None)
    answers.append(ada.get("/api/v1/me"))
    assert answers[-1].status_code == 500
    assert "TypeError" not in answers[-1].text
    for answer in answers:
        assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers.get("cache-control") == "no-store" or "/site/" in str(answer.url)


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "",
        "x",
        "/\t/evil.example",
        "/a b",
    ],
)
def test_after_the_login_nobody_is_led_elsewhere(address: str) -> None:
    assert within(address) == "/"
    assert within("/articles/x?start=1") == "/articles/x?start=1"


def test_a_session_that_nobody_began_is_told_so_within_a_stream_that_ends_well(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    heard = app.logged_in("ada").get("/gradio_api/queue/data?session_hash=never-begun", headers=OWN)
    assert heard.status_code == 200
    assert '"session_not_found":true' in heard.text
    assert [record for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}] == []
