"""The widget over HTTP: who gets a token, what a token lets do, and which pages may show the widget."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from fastapi.testclient import TestClient

from assistant.assistant import Assistant
from assistant.desk import Desk
from assistant.factory import open_desk
from assistant.settings import Settings
from assistant.web.create_app import create_app
from assistant.web.http.problems import ProblemRaised
from assistant.web.widget.issuers import Issuers
from assistant.web.widget.pages import read_page_filter
from assistant.web.widget.tokens import PREFIX, WidgetTokens
from indexes import Index
from indexes.types.filters import ImpossibleFilter

DESK = "https://intranet.example"
OTHER = "https://wiki.example:8443"
FOREIGN = "https://evil.example"
SITE = Path(__file__).parent.parent.parent / "assistant" / "web" / "site"
Client = Callable[..., TestClient]


@pytest.fixture(scope="module")
def client(samples: Index, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The whole app, under these settings, asked from this machine."""
    made: dict[str, TestClient] = {}
    desks: list[Desk] = []

    def get(visitors: str = "token") -> TestClient:
        if visitors not in made:
            home = tmp_path_factory.mktemp(visitors)
            settings = Settings(home=home, widget_pages=(DESK, OTHER), widget_visitors=visitors)  # type: ignore[arg-type]
            desks.append(open_desk(settings))
            app = create_app(Assistant(samples), desks[-1], settings)
            made[visitors] = TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000))
            made[visitors].desk = desks[-1]  # type: ignore[attr-defined]
        return made[visitors]

    yield get
    for desk in desks:
        desk.close()


def desk_of(client: TestClient) -> Desk:
    desk: Desk = client.desk  # type: ignore[attr-defined]
    return desk


def tokens_of(client: TestClient, ago: float = 0, pages: tuple[str, ...] = (DESK, OTHER)) -> WidgetTokens:
    """Its tokens, as they were issued some seconds ago."""
    desk = desk_of(client)
    return WidgetTokens(desk.secret("widget"), pages, Issuers(desk, "none", "token"), lambda: time.time() - ago)


def issued(client: TestClient, page: str = DESK, ago: float = 0) -> str:
    """A token made by the user at this machine, some seconds ago."""
    return tokens_of(client, ago).issue(page, f"user {desk_of(client).users.anonymous().id}")[0]


def claims_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token.removeprefix(PREFIX), options={"verify_signature": False})
    return found


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def read(client: TestClient, token: str) -> int:
    return client.get("/api/v1/articles", headers=bearing(token)).status_code


def policy(client: TestClient, page: str) -> dict[str, str]:
    found = client.get("/widget", params={"page": page} if page else {}).headers["content-security-policy"]
    return dict(part.strip().partition(" ")[::2] for part in found.split(";"))


def test_the_script_is_small_and_served_as_a_script_that_is_asked_for_again_only_when_it_changed(
    client: Client,
) -> None:
    script = client().get("/widget.js")
    assert script.status_code == 200
    assert len(script.content) < 15_000
    assert script.content == (SITE / "widget.js").read_bytes()
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["cache-control"] == "public, max-age=300"
    assert client().get("/widget.js", headers={"If-None-Match": script.headers["etag"]}).status_code == 304


def test_a_listed_page_alone_may_frame_the_widget_on_it(client: Client) -> None:
    assert policy(client(), DESK)["frame-ancestors"] == DESK
    assert policy(client(), OTHER)["frame-ancestors"] == OTHER
    assert policy(client(), "")["frame-ancestors"] == "'self'"


@pytest.mark.parametrize(
    "page",
    [
        *(FOREIGN, "null", "*", "https://intranet.example.evil.example", "https://evil-intranet.example"),
        *("http://intranet.example", "https://intranet.example:8443", "https://intranet.example/", f"{DESK} {FOREIGN}"),
        *(f"{DESK}; script-src *", "https://INTRANET.example", "self", "'self'", "https://sub.intranet.example"),
    ],
)
def test_a_page_that_is_not_listed_is_refused_and_gets_no_token(client: Client, page: str) -> None:
    for visitors in ("token", "anyone"):
        answer = client(visitors).get("/widget", params={"page": page})
        assert answer.status_code == 403
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert PREFIX not in answer.text


def test_the_frame_allows_no_inline_script_or_style_and_no_other_host(client: Client) -> None:
    found = policy(client(), DESK)
    assert found["default-src"] == "'none'"
    assert found["script-src"] == found["style-src"] == found["connect-src"] == "'self'"
    assert found["require-trusted-types-for"] == "'script'"
    page = client().get("/widget", params={"page": DESK}).text
    assert " style=" not in page
    assert "<style" not in page
    assert " on" + "click" not in page


def test_other_pages_keep_the_policy_they_have(client: Client) -> None:
    assert "frame-ancestors 'self'" in client().get("/articles").headers["content-security-policy"]


def test_who_opens_a_listed_page_gets_a_token_only_if_anyone_may_ask(client: Client) -> None:
    assert PREFIX in client("anyone").get("/widget", params={"page": DESK}).text
    assert PREFIX not in client("token").get("/widget", params={"page": DESK}).text


def test_on_our_own_pages_whoever_may_ask_anyhow_gets_a_token_and_no_one_else(client: Client) -> None:
    assert PREFIX in client().get("/widget").text
    assert PREFIX not in client().get("/widget", headers={"Host": "evil.example"}).text


def test_a_token_lets_ask_read_and_see_claims(client: Client) -> None:
    headers = bearing(issued(client()))
    assert client().post("/api/v1/ask", json={"question": "who denied the call?"}, headers=headers).status_code == 200
    for path in ("/api/v1/articles", "/api/v1/claims?article=nowhere"):
        assert client().get(path, headers=headers).status_code in (200, 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/search?q=call"),
        ("POST", "/api/v1/articles"),
        ("DELETE", "/api/v1/articles/call"),
        ("GET", "/metrics"),
        ("POST", "/mcp"),
        ("POST", "/api/v1/widget/tokens"),
    ],
)
def test_a_token_lets_do_nothing_else(client: Client, method: str, path: str) -> None:
    token = issued(client())
    answer = client().request(method, path, json={"page": DESK}, headers=bearing(token))
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:onrecord:problem:forbidden")


def test_a_token_takes_away_what_whoever_sends_it_could_do_without(client: Client) -> None:
    assert client().get("/api/v1/search?q=call").status_code == 200
    assert client().get("/api/v1/search?q=call", headers=bearing(PREFIX + "x")).status_code in (401, 403)


def test_a_token_past_its_time_is_refused(client: Client) -> None:
    assert read(client(), issued(client(), ago=14 * 60)) == 200
    assert read(client(), issued(client(), ago=16 * 60)) == 401


def test_a_token_that_was_tampered_with_or_signed_by_another_is_refused(client: Client) -> None:
    token = issued(client())
    head, body, signature = token.split(".")
    others = WidgetTokens("0" * 64, (DESK,), Issuers(desk_of(client()), "none", "token"))
    forged, _ = others.issue(DESK, claims_of(token)["by"])
    # {"alg":"none"} is what libraries once fell for.
    none = f"{PREFIX}eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}."
    swapped = f"{head}.{forged.split('.')[1][:-2]}AA.{signature}"
    for wrong in (forged, none, swapped, f"{head}.{body}.{signature[:-4]}AAAA", PREFIX, f"{PREFIX}..", token[4:]):
        headers = bearing(wrong) | {"Origin": FOREIGN}  # without a token such a request is nobody's
        assert client().get("/api/v1/articles", headers=headers).status_code in (401, 403)
    assert client().get("/api/v1/articles", headers=bearing(token) | {"Origin": FOREIGN}).status_code == 200


def test_a_token_for_a_page_that_is_listed_no_more_is_worth_nothing(client: Client) -> None:
    token = issued(client(), OTHER)
    assert tokens_of(client()).visitor(token) is not None
    with pytest.raises(ProblemRaised, match="may no longer show the widget"):
        tokens_of(client(), pages=(DESK,)).visitor(token)


def test_a_pages_server_gets_a_token_for_its_page_and_for_no_other(client: Client) -> None:
    made = client().post("/api/v1/widget/tokens", json={"page": DESK})
    assert (made.status_code, made.json()["page"], made.json()["expires_in"]) == (200, DESK, 900)
    assert read(client(), made.json()["token"]) == 200
    for page in (FOREIGN, "", "self", "*"):
        assert client().post("/api/v1/widget/tokens", json={"page": page}).status_code == 403


def test_a_token_gets_no_other_token_anywhere(client: Client) -> None:
    for visitors in ("token", "anyone"):
        headers = bearing(issued(client(visitors)))
        for body in ({}, {"page": DESK}):
            assert client(visitors).post("/api/v1/widget/tokens", json=body, headers=headers).status_code == 403
        assert client(visitors).post("/api/v1/widget/renewals", json={}, headers=headers).status_code == 404
        for query in ({}, {"page": DESK}):
            assert PREFIX not in client(visitors).get("/widget", params=query, headers=headers).text


def test_a_clock_set_back_does_not_make_a_token_worthless(client: Client) -> None:
    assert read(client(), issued(client(), ago=-3600)) == 200


def test_what_a_token_is_signed_with_outlives_the_process_and_differs_between_desks(tmp_path: Path) -> None:
    secrets = []
    for home in ("one", "one", "two"):
        with open_desk(Settings(home=tmp_path / home)) as desk:
            secrets.append(desk.secret("widget"))
            assert desk.secret("other") != secrets[-1]
    assert secrets[0] == secrets[1] != secrets[2]


def test_no_page_of_another_site_is_ever_let_read_by_its_scripts(client: Client) -> None:
    """The frame is of the API's own origin: no page needs a CORS permission, and none is given, to listed ones too."""
    for origin in (DESK, FOREIGN, "null"):
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        for path in (
            "/widget.js",
            "/widget",
            "/api/v1/ask",
            "/api/v1/widget/tokens",
            "/api/v1/articles",
            "/site/chat.js",
        ):
            for method in ("GET", "POST", "OPTIONS"):
                answer = client("anyone").request(method, path, headers=headers)
                assert not [name for name in answer.headers if name.startswith("access-control-allow-origin")]


def test_no_address_of_the_widget_sets_a_cookie(client: Client) -> None:
    one = client("anyone")
    for path in ("/widget.js", "/widget", f"/widget?page={DESK}", "/site/widget-page.js"):
        assert "set-cookie" not in one.get(path).headers


def test_what_a_page_gives_is_escaped_and_checked(client: Client) -> None:
    hostile = '"><script>alert(1)</script>'
    given = {"page": DESK, "title": hostile, "accent": "#fff;background:url(//evil.example)", "filter": hostile}
    page = client().get("/widget", params=given).text
    assert "<script>alert" not in page
    assert 'data-accent=""' in page
    assert "data-filter is not valid" in page
    assert 'data-accent="#1D4e89"' in client().get("/widget", params={"page": DESK, "accent": "#1D4e89"}).text


def test_a_pages_filter_is_read_and_told() -> None:
    found = read_page_filter(
        " since=2026-05;until = 2026; source=Harbour Post; source=northline.example; author=Jo Roe;"
    )
    assert found.fields == {
        "since": "2026-05",
        "until": "2026",
        "sources": ["Harbour Post", "northline.example"],
        "authors": ["Jo Roe"],
    }
    assert found.said == "Harbour Post or northline.example, by Jo Roe, since 2026-05, until 2026"
    assert read_page_filter("").fields == {}


@pytest.mark.parametrize("wrong", ["outlet=x", "since", "since=", "since=May", "since=2027; until=2026", "x" * 1001])
def test_a_filter_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ImpossibleFilter):
        read_page_filter(wrong)


def test_the_demo_is_served_only_when_it_is_wanted(client: Client) -> None:
    assert "Quayside" not in client().get("/demo").text
