"""The API over HTTP, against a real server."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import onrecord, serving

from benchmarks.model_server import model_server
from indexes import Index

DENIAL = "Presidential spokesman Tomas Verrin on Monday denied"
HARBOUR = {"id": "harbour-17", "title": "Harbour to close", "text": "The harbour will close on Friday, Ines Olm said."}


@pytest.fixture(scope="module")
def api(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server + "/api/v1", timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server over an empty index, to be written to; an article may have 20 kilobytes."""
    folder = tmp_path_factory.mktemp("desk")
    with serving(folder / "home", max_file_mb="0.02") as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def is_problem(answer: httpx.Response, status: int, name: str) -> bool:
    document = answer.json()
    return (
        answer.status_code == document["status"] == status
        and answer.headers["content-type"] == "application/problem+json"
        and document["type"] == f"urn:onrecord:problem:{name}"
        and bool(document["title"])
        and bool(document["detail"])
    )


def events(answer: httpx.Response) -> list[tuple[str, Any]]:
    """Name and data of each server-sent event."""
    found = []
    for block in answer.text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_an_answer_quotes_its_article_to_the_letter(api: httpx.Client, samples: Index) -> None:
    answer = api.post("/ask", json={"question": "who denied the call?", "id": 7}).json()
    assert (answer["kind"], answer["answer"], answer["id"]) == ("answered", "Tomas Verrin", 7)
    assert answer["searched"] == "who denied the call?"
    for citation in answer["citations"]:
        text = samples.store.article(citation["article_id"], citation["version"]).text
        assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_an_answer_sent_back_is_the_turn_before_a_follow_up(api: httpx.Client) -> None:
    first = api.post("/ask", json={"question": "who denied the call?"}).json()
    question = {"question": "What did he say about the telephone log?"}
    alone, after = (api.post("/ask", json={**question, "turns": turns}).json() for turns in ([], [first]))
    assert "Verrin" not in alone["searched"]
    assert "Tomas Verrin" in after["searched"]
    assert "State Secrets Act" in json.dumps(after["sentences"])


@pytest.mark.parametrize("how", [{"accept": "text/event-stream"}, {}])
def test_a_streamed_answer_ends_as_the_whole_one(api: httpx.Client, how: dict[str, str]) -> None:
    body = {"question": "who denied the call?"}
    told = events(api.post("/ask", json={**body, "stream": not how}, headers=how))
    *turns, done = told
    assert {name for name, _ in turns} == {"turn"}
    assert done == ("done", {})
    last, whole = turns[-1][1], api.post("/ask", json=body).json()
    assert last["basis"].pop("asked") <= whole["basis"].pop("asked")
    assert last == whole


def promised(answer: Any) -> Any:
    """What of an answer is the same in every process: not when it was asked, nor the last digits of a score."""
    nearest = [{**hit, "score": round(hit["score"], 3)} for hit in answer["nearest"]]
    return {**answer, "nearest": nearest, "basis": answer["basis"] and {**answer["basis"], "asked": ""}}


@pytest.mark.parametrize("question", ["who denied the call?", "Who won the World Cup?", "who? since:2031"])
def test_an_answer_is_the_same_from_the_command_line_and_of_the_documented_shape(
    api: httpx.Client, home: Path, question: str
) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    answer = api.post("/ask", json={"question": question}).json()
    said = onrecord(home, "ask", question, "--json")
    assert promised(json.loads(said.stdout)) == promised(answer)
    document = api.get("/openapi.json").json()
    response = document["paths"]["/api/v1/ask"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.validate(answer, {**response, "components": document["components"]})


def test_what_no_article_says_is_an_answer(api: httpx.Client) -> None:
    answer = api.post("/ask", json={"question": "Who won the World Cup?"})
    assert answer.status_code == 200
    assert answer.json()["kind"] == "not_found"


def test_a_filter_narrows_an_answer(api: httpx.Client) -> None:
    asked = {"question": "who denied the call?", "filter": {"sources": ["Northline News Agency"]}}
    answer = api.post("/ask", json=asked).json()
    assert {citation["source"] for citation in answer["citations"]} == {"Northline News Agency"}


def test_filter_words_in_a_question_that_no_article_passes_are_a_notice(api: httpx.Client) -> None:
    answer = api.post("/ask", json={"question": "who denied the call? since:2031"})
    assert answer.status_code == 200
    assert answer.json()["kind"] == "notice"
    assert "since:2031" in answer.json()["notice"]


def test_a_question_that_does_not_fit_is_a_problem_that_does_not_repeat_it(api: httpx.Client) -> None:
    answer = api.post("/ask", json={"question": "secret source " * 200})
    assert is_problem(answer, 422, "invalid-request")
    assert answer.json()["errors"][0]["where"] == "body.question"
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/search?q=call&since=soon", 422, "impossible-filter"),
        ("GET", "/search?q=call&source=Nobody", 422, "impossible-filter"),
        ("GET", "/search", 422, "invalid-request"),
        ("GET", "/claims", 422, "invalid-request"),
        ("GET", "/claims?article=nowhere", 404, "no-such-article"),
        ("GET", "/articles/nowhere", 404, "no-such-article"),
        ("DELETE", "/articles/nowhere", 404, "no-such-article"),
        ("GET", "/ask", 405, "wrong-method"),
        ("GET", "/nowhere", 404, "not-found"),
    ],
)
def test_what_cannot_be_done_is_a_problem(api: httpx.Client, method: str, path: str, status: int, name: str) -> None:
    assert is_problem(api.request(method, path), status, name)


def test_a_body_that_is_no_json_is_a_problem(api: httpx.Client) -> None:
    answer = api.post("/ask", content=b"{", headers={"Content-Type": "application/json"})
    assert is_problem(answer, 400, "malformed-request")


def test_a_page_of_another_site_may_do_nothing(api: httpx.Client) -> None:
    files = {"files": ("a.txt", b"The harbour will close on Friday.")}
    answer = api.post("/articles", files=files, headers={"Origin": "http://evil.example"})
    assert is_problem(answer, 403, "forbidden")


def test_a_name_of_another_site_that_points_here_opens_nothing(api: httpx.Client) -> None:
    assert is_problem(api.get("/articles", headers={"Host": "evil.example"}), 400, "wrong-host")
    assert api.get("/articles", headers={"Host": "localhost:7860"}).status_code == 200


def test_search_finds_passages_of_the_outlet_asked_for(api: httpx.Client) -> None:
    found = api.get("/search", params={"q": "phone call", "top": 3, "source": "northline.example"}).json()
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3][: len(found["hits"])]
    assert {hit["source"] for hit in found["hits"]} == {"Northline News Agency"}


def test_the_pages_of_the_listing_hold_every_article_once(api: httpx.Client, server: str) -> None:
    seen, address = [], "/api/v1/articles?limit=10"
    while address:
        answer = httpx.get(server + address)
        page = answer.json()
        seen += [article["id"] for article in page["articles"]]
        assert answer.headers.get("link") == (f'<{page["next"]}>; rel="next"' if page["next"] else None)
        address = page["next"]
    assert len(seen) == len(set(seen)) == page["total"]
    assert api.get("/articles", params={"offset": 10_000}).json()["next"] is None


def test_an_article_comes_with_its_versions_and_the_place_asked_for(api: httpx.Client, samples: Index) -> None:
    twice = next(id for id in samples.store.article_ids() if len(samples.store.versions(id)) == 2)
    article = api.get(f"/articles/{twice}", params={"version": 1, "start": 0, "end": 10}).json()
    assert (article["version"], article["versions"]) == (1, [1, 2])
    assert article["text"] == samples.store.article(twice, 1).text
    assert article["highlight"] == {"start": 0, "end": 10, "quote": article["text"][:10]}
    for place in ({"start": 5, "end": 999_999}, {"start": 5}, {"start": 7, "end": 7}):
        assert is_problem(api.get(f"/articles/{twice}", params=place), 422, "no-such-place")


def test_claims_are_of_the_speaker_and_stance_asked_for(api: httpx.Client) -> None:
    params = {"about": "the call", "speaker": "verrin", "stance": "denied"}
    claims = api.get("/claims", params=params).json()["claims"]
    assert claims
    assert {(claim["speaker"], claim["stance"]) for claim in claims} == {("Tomas Verrin", "denied")}
    article = claims[0]["citation"]["article_id"]
    assert claims[0]["citation"]["quote"] in json.dumps(
        api.get("/claims", params={"article": article}).json(), ensure_ascii=False
    ).replace('\\"', '"')


def test_the_server_lives_and_is_ready_when_it_has_answered(api: httpx.Client) -> None:
    api.post("/ask", json={"question": "who denied the call?"})
    assert api.get("/health").json() == {"status": "ok"}
    assert api.get("/ready").json() == {"status": "ok"}


def test_a_chroma_server_that_is_away_is_told_and_fails_no_question(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "home")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    settings = {"chroma_url": url, "chroma_token": "quay-lantern"}
    with serving(tmp_path / "home", **settings) as app, httpx.Client(base_url=app + "/api/v1", timeout=60) as client:
        assert client.post("/ask", json={"question": "who denied the call?"}).json()["kind"] == "answered"
        note = "The Chroma server is down; exact search is used."
        give_up = time.monotonic() + 60
        while client.get("/ready").json() != {"status": "ok", "note": note}:
            assert time.monotonic() < give_up
            time.sleep(0.05)
    checked = onrecord(tmp_path / "home", "doctor", **settings)
    assert checked.returncode == 1
    assert f"the Chroma server at {url} does not hold the vectors yet" in checked.stdout
    assert "quay-lantern" not in checked.stdout + checked.stderr


def test_metrics_count_and_tell_no_question(server: str, api: httpx.Client) -> None:
    def answered() -> float:
        line = next(line for line in metrics().splitlines() if line.startswith('onrecord_questions_total{kind="answer'))
        return float(line.split()[-1])

    def metrics() -> str:
        return httpx.get(server + "/metrics").text

    before = answered()
    api.post("/ask", json={"question": "who denied the call?"})
    assert answered() == before + 1
    assert "onrecord_answer_seconds_bucket" in metrics()
    assert "onrecord_articles " in metrics()
    assert "denied" not in metrics()


def test_an_article_is_added_once_changed_and_removed(desk: httpx.Client) -> None:
    kinds = []
    for text in (HARBOUR["text"], HARBOUR["text"], "The harbour stays open, Ines Olm said."):
        answer = desk.post("/api/v1/articles", json={**HARBOUR, "text": text}).json()
        kinds += [outcome["kind"] for outcome in answer["outcomes"]]
    assert kinds == ["added", "unchanged", "updated"]
    assert desk.get("/api/v1/articles/harbour-17").json()["versions"] == [1, 2]
    assert desk.delete("/api/v1/articles/harbour-17").status_code == 204
    assert is_problem(desk.get("/api/v1/articles/harbour-17"), 404, "no-such-article")


def test_each_article_of_a_request_has_its_own_outcome(desk: httpx.Client) -> None:
    answer = desk.post(
        "/api/v1/articles", json=[{"id": "tram-1", "text": "The tram is back."}, {"title": "empty"}]
    ).json()
    assert [(o["kind"], o["where"]) for o in answer["outcomes"]] == [
        ("added", "body.json"),
        ("refused", "body.json[1]"),
    ]
    assert (answer["added"], answer["refused"]) == (1, 1)


def test_uploads_are_read_by_their_kind_and_told_of_by_their_names(desk: httpx.Client) -> None:
    sent = [
        ("files", ("../../quay.md", b"---\ntitle: Quay\nsource: Post\n---\nThe quay was sold on Monday.\n")),
        ("files", ("lines.jsonl", b'{"text": "Rates rose on Tuesday."}\nno json\n')),
        ("files", ("photo.png", b"\x89PNG")),
    ]
    answer = desk.post("/api/v1/articles", files=sent).json()
    told = [(o["kind"], o["where"]) for o in answer["outcomes"]]
    assert told == [
        ("added", "quay.md"), ("added", "lines.jsonl"), ("refused", "lines.jsonl:2"), ("refused", "photo.png")
    ]  # fmt: skip
    article = desk.get(f"/api/v1/articles/{answer['outcomes'][0]['article_id']}").json()
    assert (article["title"], article["source"]) == ("Quay", "Post")


def test_two_uploads_of_one_name_are_two_articles(desk: httpx.Client) -> None:
    for text in (b"The bridge opened on Sunday.", b"The tunnel closed on Sunday."):
        answer = desk.post("/api/v1/articles", files={"files": ("notes.txt", text)}).json()
        assert answer["added"] == 1


def test_a_key_repeats_its_answer_and_nothing_else(desk: httpx.Client) -> None:
    key = {"Idempotency-Key": "one"}
    first, again = (
        desk.post("/api/v1/articles", json={"id": "k", "text": "A cat sat."}, headers=key) for _ in range(2)
    )
    assert first.json() == again.json()
    assert first.json()["added"] == 1
    other = desk.post("/api/v1/articles", json={"id": "k", "text": "A dog sat."}, headers=key)
    assert is_problem(other, 422, "key-reused")


def test_what_is_too_large_is_refused_before_it_is_kept(desk: httpx.Client) -> None:
    def pieces() -> Iterator[bytes]:  # of a length that is not stated
        for _ in range(200):
            yield b"a" * 1000

    def form() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        yield from pieces()

    kinds = {"application/json": pieces, "multipart/form-data; boundary=x": form}
    for kind, body in kinds.items():
        answer = desk.post("/api/v1/articles", content=body(), headers={"Content-Type": kind})
        assert is_problem(answer, 413, "too-large")
    whole = desk.post("/api/v1/articles", content=b"a" * 200_000, headers={"Content-Type": "application/json"})
    assert is_problem(whole, 413, "too-large")


def test_a_body_of_another_type_is_not_taken(desk: httpx.Client) -> None:
    answer = desk.post("/api/v1/articles", content=b"<rss/>", headers={"Content-Type": "application/xml"})
    assert is_problem(answer, 415, "wrong-media-type")


def test_while_another_process_writes_adding_is_a_problem(tmp_path: Path) -> None:
    from indexes.storage.writer_lock import writing

    with serving(tmp_path / "home") as url, writing(tmp_path / "home"):
        answer = httpx.post(url + "/api/v1/articles", json=HARBOUR)
    assert is_problem(answer, 503, "index-busy")
    assert "retry-after" in answer.headers


def test_without_articles_there_is_a_notice_and_with_a_mismatch_a_problem(home: Path, tmp_path: Path) -> None:
    with serving(tmp_path / "home") as url:
        answer = httpx.post(url + "/api/v1/ask", json={"question": "who?"}, timeout=60)
    assert (answer.status_code, answer.json()["kind"]) == (200, "notice")
    with serving(home, passage_tokens="100") as url, httpx.Client(base_url=url, timeout=60) as client:
        body = {"question": "who denied the call?"}
        assert is_problem(client.post("/api/v1/ask", json=body), 503, "unavailable")
        assert is_problem(client.get("/api/v1/ready"), 503, "unavailable")
        assert "reindex" in client.get("/api/v1/ready").json()["detail"]
        ((name, document),) = events(client.post("/api/v1/ask", json={**body, "stream": True}))
        assert (name, document["status"]) == ("problem", 503)


class Model:
    """Writes one sentence that stands, then waits; notices when no one listens any more."""

    def __init__(self) -> None:
        self.left, self.go_on = threading.Event(), threading.Event()

    def __call__(self, prompt: str) -> Iterator[str]:
        line = next(line for line in prompt.splitlines() if DENIAL in line)
        number = line.partition("]")[0] + "]"
        yield f"Tomas Verrin denied the Harbour Post's report of a phone call {number}. He "
        self.go_on.wait(20)
        try:
            while True:
                yield f"called it false {number}. He "
        finally:
            self.left.set()


def test_a_disconnect_stops_the_work(home: Path) -> None:
    pytest.importorskip("llama_index.llms.openai_like", reason="the extra onrecord[openai] is not installed")
    model = Model()
    settings = {"llm": "openai", "llm_model": "tiny", "llm_silence": "25", "llm_seconds": "60"}
    with model_server(model) as behind, serving(home, **settings, llm_url=behind.url) as url:
        body = {"question": "Who denied the call?", "stream": True}
        with httpx.stream("POST", url + "/api/v1/ask", json=body, timeout=60) as answer:
            assert "denied the Harbour Post" in next(answer.iter_text())
        model.go_on.set()
        assert model.left.wait(20)
        assert httpx.get(url + "/api/v1/health").status_code == 200


def test_claims_of_what_can_be_no_articles_name_are_those_of_none(server: str) -> None:
    answer = httpx.get(f"{server}/api/v1/claims", params={"article": "a\0b"}, timeout=60)
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:onrecord:problem:no-such-article"
