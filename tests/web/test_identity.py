"""What a key may say of the articles it sends, over HTTP: its word is shown as its word, and it replaces no other's."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from assistant.accounts.audit import Event
from assistant.accounts.permissions import BY_ROLE, BY_SCOPE, Role, Scope
from assistant.desk import Desk
from assistant.factory import open_desk
from assistant.settings import Settings
from assistant.web.api.articles import articles
from assistant.web.http.problems import handle_problems
from assistant.web.http.request import Visitor, recognised
from assistant.web.services.background import Following
from assistant.web.services.intake import Intake
from indexes.fetch.subscriptions import FollowedFeeds
from tests.support.fast_index import QuickIndex
from tests.support.loopback import SENTENCES, Names, Reply, Site, fetcher, page, rss
from tests.support.loopback import serving as site_serving

ADDS = Visitor(frozenset({BY_SCOPE[Scope.ADD], BY_SCOPE[Scope.READ]}), key="feeds", id="key onrecord_1")
EDITS = Visitor(ADDS.actions | {BY_SCOPE[Scope.EDIT]}, key="desk", id="key onrecord_2")
EDITOR = Visitor(BY_ROLE[Role.EDITOR], id="user 3")
HOSTS = ("paper.example", "www.paper.example", "m.paper.example", "evil.example")
SAYS = "says it is Paper, sent with the key feeds"
RECORD = {"id": "p-1", "url": "https://paper.example/pier", "source": "Paper", "text": SENTENCES[0]}
STATED = '<meta property="og:site_name" content="Paper"><link rel="canonical" href="https://paper.example/pier">'
FRONT = f"---\nurl: {RECORD['url']}\nsource: Paper\nid: p-1\n---\n{SENTENCES[0]}\n"
As = Callable[[Visitor], TestClient]


@pytest.fixture
def site() -> Iterator[Site]:
    with site_serving() as running:
        yield running


@pytest.fixture
def index(tmp_path: Path) -> Iterator[QuickIndex]:
    with QuickIndex(tmp_path) as opened:
        yield opened


@pytest.fixture
def desk(index: QuickIndex) -> Iterator[Desk]:
    with open_desk(Settings(home=index.home)) as opened:
        yield opened


@pytest.fixture
def intake(index: QuickIndex, desk: Desk) -> Intake:
    names = Names(**{host.replace(".", "_"): [["127.0.0.1"]] for host in HOSTS})
    return Intake(index, desk, fetcher("127.0.0.1", resolve=names))


@pytest.fixture
def client(index: QuickIndex, intake: Intake) -> As:
    app, api = FastAPI(), APIRouter()
    api.include_router(articles(index, intake), prefix="/api/v1")
    app.include_router(api)
    handle_problems(app)

    def made(visitor: Visitor) -> TestClient:
        async def seen(scope: Any, receive: Any, send: Any) -> None:
            await app(recognised(scope, visitor) if scope["type"] == "http" else scope, receive, send)

        return TestClient(seen)

    return made


def sent(client: TestClient, **body: Any) -> dict[str, Any]:
    (outcome,) = client.post("/api/v1/articles", **body).json()["outcomes"]
    return dict(outcome)


def fetched(client: TestClient, url: str, **more: str) -> str:
    outcome = sent(client, json={"url": url, **more})
    assert outcome["kind"] in ("added", "updated"), outcome
    return str(client.get(f"/api/v1/articles/{outcome['article_id']}").json()["source_note"])


def file(name: str, text: str) -> dict[str, Any]:
    return {"files": {"files": (name, text.encode())}}


BODIES = [
    {"json": RECORD},
    {"json": [RECORD]},
    {"content": json.dumps(RECORD), "headers": {"Content-Type": "application/x-ndjson"}},
    file("one.json", json.dumps(RECORD)),
    file("one.jsonl", json.dumps(RECORD) + "\n"),
    file("one.html", page(head=STATED)),
    file("one.md", FRONT),
]


@pytest.mark.parametrize("body", BODIES)
def test_what_a_key_that_may_only_add_says_is_shown_as_its_word(client: As, body: dict[str, Any]) -> None:
    outcome = sent(client(ADDS), **body)
    assert (outcome["kind"], outcome["source_note"]) == ("added", SAYS)
    told = client(ADDS).get(f"/api/v1/articles/{outcome['article_id']}").json()
    assert (told["source"], told["source_note"], told["url"]) == ("Paper", SAYS, RECORD["url"])


@pytest.mark.parametrize("who", [EDITS, EDITOR])
@pytest.mark.parametrize("body", BODIES)
def test_what_somebody_with_the_right_says_is_so(client: As, who: Visitor, body: dict[str, Any]) -> None:
    assert sent(client(who), **body)["source_note"] == ""


@pytest.mark.parametrize("body", BODIES)
def test_a_key_that_may_only_add_replaces_no_article_of_another(client: As, desk: Desk, body: dict[str, Any]) -> None:
    ours = sent(client(EDITOR), **body)
    changed = json.loads(json.dumps(RECORD | {"id": ours["article_id"], "text": SENTENCES[1]}))
    refused = sent(client(ADDS), json=changed)
    assert (refused["kind"], refused["article_id"]) == ("refused", None)
    assert "which someone else added" in refused["reason"]
    assert client(ADDS).get(f"/api/v1/articles/{ours['article_id']}").json()["versions"] == [1]
    assert [entry.what for entry in desk.audit.entries()] == [Event.ADDED]


def test_what_replaces_anothers_article_with_the_right_is_noted_by_hash(client: As, desk: Desk) -> None:
    sent(client(EDITOR), json=RECORD)
    outcome = sent(client(EDITS), json=RECORD | {"text": SENTENCES[1]})
    assert (outcome["kind"], outcome["version"]) == ("updated", 2)
    sha256 = client(EDITS).get("/api/v1/articles/p-1").json()["sha256"]
    assert [(e.what, e.about, e.size) for e in desk.audit.entries()][1:] == [
        (Event.ADDED, sha256, 1),
        (Event.REPLACED, sha256, 1),
    ]
    sent(client(EDITS), json=RECORD | {"text": "Its own, once more."})
    assert [entry.what for entry in desk.audit.entries()][3:] == [Event.ADDED]


def test_a_key_with_the_name_of_the_one_before_goes_on_with_its_articles(client: As) -> None:
    sent(client(ADDS), json=RECORD)
    after = Visitor(ADDS.actions, key="feeds", id="key onrecord_9")
    assert sent(client(after), json=RECORD | {"text": SENTENCES[1]})["kind"] == "updated"
    another = Visitor(ADDS.actions, key="wire", id="key onrecord_1")
    assert sent(client(another), json=RECORD | {"text": "Forged."})["kind"] == "refused"


@pytest.mark.parametrize("who", [ADDS, EDITS, EDITOR])
def test_a_page_of_a_foreign_host_is_not_the_outlets_whoever_adds_it(client: As, site: Site, who: Visitor) -> None:
    site.replies["/pier"] = Reply(page(head=STATED))
    note = fetched(client(who), site.url("/pier", "evil.example"))
    assert note == "says it is Paper, fetched from evil.example"


@pytest.mark.parametrize("host", HOSTS[:3])
def test_a_page_of_its_own_host_is_the_outlets_in_every_edition(client: As, site: Site, host: str) -> None:
    site.replies["/pier"] = Reply(page(head=STATED))
    assert fetched(client(ADDS), site.url("/pier", host)) == ""
    outcome = sent(client(ADDS), json={"url": site.url("/pier", HOSTS[0])})
    assert outcome["kind"] == "unchanged"


def test_a_redirect_makes_a_page_that_of_the_host_that_served_it(client: As, site: Site) -> None:
    site.replies["/pier"] = Reply(page(head=STATED))
    site.replies["/away"] = Reply(status=302, headers={"Location": site.url("/pier", "evil.example")})
    site.replies["/home"] = Reply(status=302, headers={"Location": site.url("/own", "paper.example")})
    site.replies["/own"] = Reply(page(head='<meta property="og:site_name" content="Paper">'))
    away = fetched(client(ADDS), site.url("/away", "paper.example"))
    assert away == "says it is Paper, fetched from evil.example"
    assert fetched(client(ADDS), site.url("/home", "evil.example")) == ""


def test_a_feed_that_links_elsewhere_gives_articles_of_there(
    index: QuickIndex, intake: Intake, site: Site, client: As
) -> None:
    own, foreign = site.url("/own", "paper.example"), site.url("/foreign", "evil.example")
    site.replies["/feed"] = Reply(rss(own, foreign), "application/rss+xml")
    site.replies["/own"] = Reply(page(head='<meta property="og:site_name" content="Paper">'))
    site.replies["/foreign"] = Reply(page(head=STATED, sentences=SENTENCES[::-1]))
    following = Following(FollowedFeeds(index.home), intake, minutes=0)
    following.follow(site.url("/feed", "evil.example"))
    told = [what["source_note"] for name, what in following.look(None, threading.Event()) if name == "outcome"]
    assert told == ["", "says it is Paper, fetched from evil.example"]
    assert index.outlets() == {"Paper": 1}


def test_a_followed_feed_updates_what_its_host_served(
    index: QuickIndex, intake: Intake, site: Site, client: As
) -> None:
    site.replies["/own"] = Reply(page(head='<meta property="og:site_name" content="Paper">'))
    fetched(client(EDITOR), site.url("/own", "paper.example"))
    site.replies["/own"] = Reply(page(sentences=SENTENCES[::-1]))
    site.replies["/feed"] = Reply(rss(site.url("/own", "paper.example")), "application/rss+xml")
    following = Following(FollowedFeeds(index.home), intake, minutes=0)
    following.follow(site.url("/feed", "paper.example"))
    assert [what["kind"] for name, what in following.look(None, threading.Event()) if name == "outcome"] == ["updated"]


def test_only_who_may_edit_says_which_outlet_the_pages_at_an_address_are_of(client: As, site: Site, desk: Desk) -> None:
    site.replies["/pier"] = Reply(page(head='<meta property="og:site_name" content="The Old Name">'))
    url = site.url("/pier", "paper.example")
    refused = client(ADDS).post("/api/v1/articles", json={"url": url, "outlet": "The New Name"})
    assert refused.status_code == 403
    assert desk.audit.entries() == []
    assert fetched(client(EDITS), url, outlet="The New Name") == ""
    site.replies["/2"] = Reply(page(head='<meta property="og:site_name" content="The New Name">', title="Second"))
    assert fetched(client(ADDS), site.url("/2", "paper.example")) == ""
