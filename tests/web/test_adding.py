"""Addresses and feeds over HTTP: who may, what is refused, what becomes of each. In this process, without a chat."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from assistant.accounts.permissions import BY_ROLE, BY_SCOPE, Action, Role, Scope
from assistant.desk import Desk
from assistant.factory import open_desk
from assistant.settings import Settings
from assistant.web.api.articles import articles
from assistant.web.api.feeds import feeds
from assistant.web.http import sse
from assistant.web.http.problems import handle_problems
from assistant.web.http.request import Visitor, recognised
from assistant.web.pages.editing_page import editing_page
from assistant.web.pages.templates import Pages
from assistant.web.services.background import Following
from assistant.web.services.intake import Intake
from indexes import Index
from indexes.fetch.subscriptions import FollowedFeeds
from indexes.storage.writer_lock import writing
from tests.support.loopback import SENTENCES, Names, Reply, Site, fetcher, page, rss
from tests.support.loopback import serving as site_serving

RSS = "application/rss+xml"
HOSTILE = json.loads((Path(__file__).parents[1] / "data" / "hostile-urls.json").read_text(encoding="utf-8"))
Client = Callable[..., TestClient]


@pytest.fixture
def site() -> Iterator[Site]:
    with site_serving() as running:
        running.replies["/a"] = Reply(page("A"))
        running.replies["/b"] = Reply(page("B", sentences=SENTENCES[::-1]))
        running.replies["/feed"] = Reply(rss("/a", "/b", "/gone"), RSS)
        yield running


@pytest.fixture
def desk(index: Index) -> Iterator[Desk]:
    with open_desk(Settings(home=index.home)) as opened:
        yield opened


@pytest.fixture
def following(index: Index, desk: Desk) -> Following:
    return Following(FollowedFeeds(index.home), Intake(index, desk, fetcher("127.0.0.1")), minutes=0.01)


@pytest.fixture
def client(index: Index, desk: Desk, following: Following) -> Client:
    """The routes as somebody sees them who may do these actions; ``reach`` is what may be fetched from."""

    def made(actions: frozenset[Action] = BY_ROLE[Role.EDITOR], *reach: str, most_records: int = 100) -> TestClient:
        fetches = fetcher(*reach or ("127.0.0.1",), resolve=Names(localhost=[["127.0.0.1"]]))
        intake = Intake(index, desk, fetches, most_records=most_records)
        app, api = FastAPI(), APIRouter()
        for router in (articles(index, intake), feeds(Following(following.feeds, intake, 15))):
            api.include_router(router, prefix="/api/v1")
        app.include_router(api)
        app.include_router(editing_page(Pages("/below"), 20_000_000, 15))
        handle_problems(app)

        async def seen(scope: Any, receive: Any, send: Any) -> None:
            visitor = Visitor(actions)
            await app(recognised(scope, visitor) if scope["type"] == "http" else scope, receive, send)

        return TestClient(seen)

    return made


def kind(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix("urn:onrecord:problem:")


def told(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(one["kind"], one["where"].rsplit("/", 1)[1]) for one in answer.json()["outcomes"]]


def events(text: str) -> list[tuple[str, Any]]:
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


EDITING = [
    ("POST", "/api/v1/articles", {"url": "http://paper.example/"}),
    ("DELETE", "/api/v1/articles/x", None),
    ("GET", "/api/v1/feeds", None),
    ("POST", "/api/v1/feeds", {"url": "http://paper.example/"}),
    ("DELETE", "/api/v1/feeds?url=http://paper.example/", None),
    ("POST", "/api/v1/feeds/look", {}),
    ("GET", "/editing", None),
]


@pytest.mark.parametrize(("method", "path", "body"), EDITING)
def test_readers_and_strangers_may_not(client: Client, method: str, path: str, body: Any) -> None:
    for actions in (BY_ROLE[Role.READER], frozenset({BY_SCOPE[Scope.ASK]}), frozenset[Action]()):
        assert client(actions).request(method, path, json=body).status_code == 403
    assert client().request(method, path, json=body).status_code != 403


def test_the_page_says_in_words_whom_it_is_for(client: Client) -> None:
    refused = client(BY_ROLE[Role.READER]).get("/editing").text
    assert "This page is for editors" in refused
    assert "<script" not in refused
    page = client().get("/editing").text
    assert '<script type="module" src="/below/site/editing.js">' in page
    assert "style=" not in page
    assert page.count("<script") == 1


def test_who_may_only_add_sees_no_feeds_and_removes_nothing(client: Client) -> None:
    page = client(frozenset({Action.ADD, Action.READ})).get("/editing").text
    assert "Followed feeds" not in page
    assert 'data-removes="false"' in page


def test_each_address_has_its_outcome_and_a_bad_one_costs_the_others_nothing(client: Client, site: Site) -> None:
    urls = [site.url("/a"), "ftp://paper.example/x", site.url("/gone"), "/etc/passwd", "", site.url("/b")]
    answer = client().post("/api/v1/articles", json={"urls": urls}).json()
    assert [(one["kind"], one["where"]) for one in answer["outcomes"]] == list(
        zip(("added", "refused", "refused", "refused", "refused", "added"), urls, strict=True)
    )
    assert answer["outcomes"][3]["reason"] == "only http:// and https:// addresses are fetched"
    assert (answer["added"], answer["refused"]) == (2, 4)
    again = client().post("/api/v1/articles", json={"url": site.url("/a")})
    assert told(again) == [("unchanged", "a")]


def test_of_a_feed_the_articles_are_added(client: Client, site: Site) -> None:
    answer = client().post("/api/v1/articles", json={"url": site.url("/feed")})
    assert told(answer) == [("added", "a"), ("added", "b"), ("refused", "gone")]


def test_a_record_with_an_address_is_a_record(client: Client) -> None:
    record = {"url": "https://paper.example/pier", "text": SENTENCES[0]}
    answer = client().post("/api/v1/articles", json=record).json()
    assert (answer["added"], answer["outcomes"][0]["where"]) == (1, "body.json")


@pytest.mark.parametrize("body", [{"urls": "x"}, {"url": 5}, {"urls": ["x"] * 101}, {"urls": [None]}])
def test_addresses_that_are_none_are_a_problem(client: Client, body: dict[str, Any]) -> None:
    answer = client().post("/api/v1/articles", json=body)
    assert (answer.status_code, kind(answer)) == (422, "invalid-request")
    assert answer.json()["errors"][0]["where"].startswith("body.url")


def test_outcomes_come_as_events(client: Client, site: Site) -> None:
    links = [f"/{n}" for n in range(6)]
    for n, link in enumerate(links):
        site.replies[link] = Reply(page(f"Number {n}", sentences=(f"Pier {n} was closed on Monday.",)))
    site.replies["/many"] = Reply(rss(*links), RSS)
    answer = client().post("/api/v1/articles", json={"url": site.url("/many")}, headers={"Accept": "text/event-stream"})
    *outcomes, done = events(answer.text)
    assert [(name, one["kind"], one["title"]) for name, one in outcomes] == [
        ("outcome", "added", f"Number {n}") for n in range(6)
    ]
    assert done == ("done", {"added": 6, "updated": 0, "unchanged": 0, "refused": 0})


def test_a_key_repeats_what_was_told_of_addresses_and_fetches_nothing_again(client: Client, site: Site) -> None:
    one, headers = client(), {"Idempotency-Key": "k"}
    first, again = (one.post("/api/v1/articles", json={"url": site.url("/a")}, headers=headers) for _ in range(2))
    assert first.json() == again.json()
    assert (first.json()["added"], site.asked) == (1, ["/a"])
    other = one.post("/api/v1/articles", json={"url": site.url("/b")}, headers=headers)
    assert (other.status_code, kind(other)) == (422, "key-reused")


def test_while_something_is_fetched_others_may_write(client: Client, site: Site, index: Index) -> None:
    def slow(_: Any) -> Reply:
        with writing(index.home):  # somebody else, who would be refused while we hold the right to write
            return Reply(page("Slow"))

    site.replies["/slow"] = slow
    assert told(client().post("/api/v1/articles", json={"url": site.url("/slow")})) == [("added", "slow")]


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_busy_index_is_a_problem_from_the_start(client: Client, site: Site, index: Index, accept: str) -> None:
    with writing(index.home):
        answer = client().post("/api/v1/articles", json={"url": site.url("/a")}, headers={"Accept": accept})
    assert (answer.status_code, kind(answer), answer.headers["retry-after"]) == (503, "index-busy", "5")


@pytest.mark.parametrize("group", HOSTILE)
def test_no_hostile_address_gets_through_the_api(client: Client, group: str) -> None:
    with site_serving() as canary:
        urls = [form.replace("{port}", str(canary.port)) for form in HOSTILE[group]["urls"]]
        sendable = [url for url in urls if url.isascii() or url.encode(errors="ignore").decode() == url]
        for some in (sendable[:100], sendable[100:]):
            answer = client(BY_ROLE[Role.EDITOR], "nowhere.example").post("/api/v1/articles", json={"urls": some})
            assert {one["kind"] for one in answer.json()["outcomes"]} <= {"refused"}
        for url in sendable[:5]:
            followed = client(BY_ROLE[Role.EDITOR], "nowhere.example").post("/api/v1/feeds", json={"url": url})
            assert followed.status_code == 422
        assert canary.asked == []


def test_a_feed_is_followed_looked_at_listed_and_followed_no_more(client: Client, site: Site, index: Index) -> None:
    editor, url = client(), site.url("/feed")
    assert editor.get("/api/v1/feeds").json() == {"feeds": [], "watch_minutes": 15}
    followed = editor.post("/api/v1/feeds", json={"url": url}).json()
    assert (followed["new"], followed["entries"], followed["feed"]["title"]) == (True, 3, "Harbour Post")
    assert (followed["feed"]["last_success"], index.is_empty()) == (None, True)
    assert editor.post("/api/v1/feeds", json={"url": url}).json()["new"] is False
    looked = editor.post("/api/v1/feeds/look", json={"url": url})
    assert told(looked) == [("added", "a"), ("added", "b"), ("refused", "gone")]
    assert looked.json()["visits"] == [{"kind": "visited", "feed": url, "reason": None}]
    (listed,) = editor.get("/api/v1/feeds").json()["feeds"]
    assert (listed["articles"], listed["failure"]) == (2, None)
    assert listed["last_success"]
    assert editor.delete("/api/v1/feeds", params={"url": url}).status_code == 204
    gone = editor.delete("/api/v1/feeds", params={"url": url})
    assert (gone.status_code, kind(gone)) == (404, "no-such-feed")
    assert kind(editor.post("/api/v1/feeds/look", json={"url": url})) == "no-such-feed"
    assert index.find(site.url("/a"))


def test_what_is_no_feed_or_may_not_be_fetched_is_said_so(client: Client, site: Site) -> None:
    answer = client().post("/api/v1/feeds", json={"url": site.url("/a")})
    assert (answer.status_code, kind(answer)) == (422, "not-fetched")
    assert answer.json()["detail"] == (
        f"{site.url('/a')}: it is not an RSS or Atom feed. Give the address of the feed itself, not of a page about it."
    )
    refused = client(BY_ROLE[Role.EDITOR], "nowhere.example").post("/api/v1/feeds", json={"url": "http://10.0.0.1/"})
    assert "10.0.0.1 is not a public address. To allow it: setting fetch_allow" in refused.json()["detail"]


def test_a_feed_that_fails_is_told_with_its_reason_and_the_others_are_read(client: Client, site: Site) -> None:
    editor = client()
    for path in ("/bad", "/feed"):
        site.replies.setdefault(path, Reply(rss("/b"), RSS))
        editor.post("/api/v1/feeds", json={"url": site.url(path)})
    site.replies["/bad"] = Reply(status=503)
    answer = editor.post("/api/v1/feeds/look", headers={"Accept": "text/event-stream"})
    names = [(name, one.get("kind")) for name, one in events(answer.text)]
    assert names[0] == ("visit", "failed")
    assert names[1:] == [
        ("outcome", "added"), ("outcome", "added"), ("outcome", "refused"), ("visit", "visited"), ("done", None)
    ]  # fmt: skip
    bad, _ = editor.get("/api/v1/feeds").json()["feeds"]
    assert bad["failure"] == "the server answered 503 Service Unavailable. Try again later."
    assert bad["last_failure"]


@contextmanager
def watching(following: Following) -> Iterator[None]:
    """Has the feeds looked at by themselves meanwhile, as a running server has."""
    ready, over = threading.Event(), threading.Event()

    async def run() -> None:
        async with following.by_itself():
            ready.set()
            await anyio.to_thread.run_sync(over.wait)

    thread = threading.Thread(target=anyio.run, args=(run,))
    thread.start()
    ready.wait()
    yield
    over.set()
    thread.join()


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.05)


def test_the_server_looks_at_the_feeds_by_itself(following: Following, site: Site, index: Index) -> None:
    following.follow(site.url("/feed"))
    with watching(following):
        wait_until(lambda: index.store.counts().articles == 2)
        site.replies["/c"] = Reply(page("C", sentences=("The ferry sank on Monday.",)))
        site.replies["/feed"] = Reply(rss("/c"), RSS)
        wait_until(lambda: index.store.counts().articles == 3)
    asked = len(site.asked)
    time.sleep(1.5)
    assert len(site.asked) == asked


def test_a_feed_that_fails_by_itself_is_logged_and_looked_at_again(
    following: Following, site: Site, index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    following.follow(site.url("/feed"))
    site.replies["/feed"] = Reply(status=500)
    with caplog.at_level(logging.WARNING), watching(following):
        wait_until(lambda: "could not be read: the server answered 500" in caplog.text)
        site.replies["/feed"] = Reply(rss("/a"), RSS)
        wait_until(lambda: index.store.counts().articles == 1)


def test_a_busy_index_is_left_in_peace_and_the_feed_is_not_blamed(
    following: Following, site: Site, index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    following.follow(site.url("/feed"))
    with caplog.at_level(logging.WARNING), watching(following):
        with writing(index.home):
            wait_until(lambda: "/a" in site.asked)
        wait_until(lambda: index.store.counts().articles == 2)
    assert following.feeds.one(site.url("/feed")).failure == ""
    assert "being written" not in caplog.text


def test_off_it_looks_at_nothing(index: Index, desk: Desk, site: Site) -> None:
    off = Following(FollowedFeeds(index.home), Intake(index, desk, fetcher("127.0.0.1")), minutes=0)
    before = {thread.name for thread in threading.enumerate()}
    with watching(off):
        assert "feeds" not in {thread.name for thread in threading.enumerate()} - before


def test_the_listing_is_narrowed_by_title_outlet_or_author_and_its_pages_stay_narrowed(client: Client) -> None:
    records = [{"id": str(n), "text": f"Sentence {n}.", "title": f"Ferry {n}", "source": "Post"} for n in range(3)]
    editor = client()
    editor.post("/api/v1/articles", json=[*records, {"id": "x", "text": "It rained.", "title": "Rain"}])
    page = editor.get("/api/v1/articles", params={"q": "FERRY", "limit": 2}).json()
    assert ([one["id"] for one in page["articles"]], page["total"]) == (["0", "1"], 3)
    rest = editor.get(page["next"]).json()
    assert ([one["id"] for one in rest["articles"]], rest["next"]) == (["2"], None)
    assert editor.get("/api/v1/articles", params={"q": "nothing"}).json()["total"] == 0


def test_a_request_holds_so_many_records_and_is_told_what_to_do_with_the_rest(client: Client, index: Index) -> None:
    files = [("files", (f"{name}.jsonl", f'{{"text": "{name} one."}}\n{{"text": 5}}\n')) for name in "ab"]
    answer = client(most_records=3).post("/api/v1/articles", files=files).json()
    assert [(one["kind"], one["where"]) for one in answer["outcomes"]] == [
        ("added", "a.jsonl"), ("refused", "a.jsonl:2"), ("added", "b.jsonl"), ("refused", "b.jsonl:2")
    ]  # fmt: skip
    assert answer["outcomes"][-1]["reason"].startswith("only 3 records are read at once")
    assert answer["outcomes"][-1]["reason"].endswith("Send it in parts, or add the file on the server: onrecord add")
    exactly = client(most_records=2).post("/api/v1/articles", json=[{"text": "c one."}, {"text": "c two."}]).json()
    assert (exactly["added"], exactly["refused"]) == (2, 0)


def test_of_a_feed_so_many_articles_are_fetched_in_one_request(client: Client, site: Site) -> None:
    answer = client(most_records=1).post("/api/v1/articles", json={"url": site.url("/feed")}).json()
    assert [one["kind"] for one in answer["outcomes"]] == ["added", "refused"]
    assert "only 1 records are read at once" in answer["outcomes"][1]["reason"]
    assert "/gone" not in site.asked


def no_thread_adds() -> bool:
    return not any(thread.name == "intake" for thread in threading.enumerate())


def held_up(site: Site, path: str) -> tuple[threading.Event, threading.Event]:
    """Has ``path`` answered only when the second event is set; the first is set when it was asked for."""
    asked, over = threading.Event(), threading.Event()

    def slow(_: Any) -> Reply:
        asked.set()
        over.wait(30)
        return Reply(page("Slow"))

    site.replies[path] = slow
    return asked, over


def left(app: Any, path: str, body: Any, accept: str, asked: threading.Event) -> None:
    """Sends a request and hangs up once ``asked`` is set."""
    headers = [(b"content-type", b"application/json"), (b"accept", accept.encode()), (b"host", b"testserver")]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}
    scope |= {"headers": headers, "http_version": "1.1", "scheme": "http", "asgi": {"spec_version": "2.3"}}
    sent = iter([{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}])

    async def receive() -> Any:
        message = next(sent, None)
        if message is None:
            await anyio.to_thread.run_sync(asked.wait, abandon_on_cancel=True)
            return {"type": "http.disconnect"}
        return message

    async def send(message: Any) -> None:
        pass

    anyio.run(app, scope, receive, send)


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_work_ends_when_its_sender_has_gone_and_what_was_done_stays_and_is_noted(
    accept: str, client: Client, site: Site, index: Index, desk: Desk
) -> None:
    for n in range(5):
        site.replies[f"/{n}"] = Reply(page(f"Number {n}", sentences=(f"Pier {n} was closed on Monday.",)))
    asked, over = held_up(site, "/slow")
    urls = [site.url(path) for path in ("/0", "/1", "/2", "/3", "/4", "/slow", "/a", "/b")]
    left(client().app, "/api/v1/articles", {"urls": urls}, accept, asked)
    over.set()
    wait_until(no_thread_adds)
    assert ("/slow" in site.asked, "/a" in site.asked) == (True, False)
    assert index.store.counts().articles == 5
    assert sum(entry.size for entry in desk.audit.entries() if entry.what == "articles added") == 5


def test_looking_at_feeds_ends_when_whoever_asked_has_gone(client: Client, site: Site, index: Index) -> None:
    asked, over = held_up(site, "/slow")
    site.replies["/feed"] = Reply(rss("/slow", "/a", "/b"), RSS)
    editor = client()
    editor.post("/api/v1/feeds", json={"url": site.url("/feed")})
    left(editor.app, "/api/v1/feeds/look", {}, "application/json", asked)
    over.set()
    wait_until(no_thread_adds)
    assert ("/a" in site.asked, index.is_empty()) == (False, True)
    assert editor.get("/api/v1/feeds").json()["feeds"][0]["failure"] is None


def test_whoever_comes_while_all_places_are_taken_is_told_so(
    client: Client, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "_PLACES", sse.IntakeSlots(1))
    asked, over = held_up(site, "/slow")
    editor, record = client(), {"text": "It rained on Monday."}
    first = threading.Thread(
        target=editor.post, args=("/api/v1/articles",), kwargs={"json": {"url": site.url("/slow")}}
    )
    first.start()
    assert asked.wait(30)
    whole = editor.post("/api/v1/articles", json=record)
    assert (whole.status_code, kind(whole), whole.headers["retry-after"]) == (503, "index-busy", "5")
    assert (
        whole.json()["detail"]
        == "Others are adding articles, as many as can at once (1). Send it again in a few seconds."
    )

    def give_way() -> None:
        wait_until(lambda: sse._PLACES.waiting)
        over.set()

    threading.Thread(target=give_way).start()
    waited = editor.post("/api/v1/articles", json=record, headers={"Accept": "text/event-stream"})
    first.join()
    told = waited.text.removeprefix(": waiting, while others are adding\n\n")
    assert told != waited.text
    assert events(told)[-1] == ("done", {"added": 1, "updated": 0, "unchanged": 0, "refused": 0})
    assert editor.post("/api/v1/articles", json=record).json()["unchanged"] == 1
