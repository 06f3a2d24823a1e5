"""The server, over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.assistant import Assistant
from assistant.types.answers import Answered
from assistant.web.middleware.security_headers import SecurityHeaders
from indexes import Index

APP = Path(__file__).parent.parent.parent / "app.py"


def test_the_chat_page_is_served(server: str) -> None:
    page = httpx.get(server)
    assert page.status_code == 200
    assert "On Record" in page.text


def test_every_answer_carries_a_content_policy_that_keeps_other_hosts_out(server: str) -> None:
    for path in ("/", "/articles", "/articles/nowhere", "/site/chat.js", "/gradio_api/info"):
        headers = httpx.get(server + path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe-eval" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_another_site_is_given_no_right_to_read(server: str) -> None:
    for path in ("/", "/config", "/articles"):
        answer = httpx.get(server + path, headers={"Origin": "http://evil.example", "Host": "newsroom.lan"})
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=x",
        "/gradio_api/proxy=x",
        "/openapi.json",
    ],
)
def test_gradios_ways_to_files_and_other_hosts_are_closed(server: str, path: str) -> None:
    assert httpx.get(server + path).status_code == 404


def test_uploads_are_closed(server: str) -> None:
    assert httpx.post(server + "/gradio_api/upload", files={"files": b"x"}).status_code == 404


def test_a_citation_link_opens_the_article_with_exactly_that_sentence_marked(server: str, samples: Index) -> None:
    answer = Assistant(samples).ask("who denied the call?")
    assert isinstance(answer, Answered)
    page = httpx.get(server + urlsplit(answer.citations[0].page)._replace(fragment="").geturl()).text
    assert f'<mark id="cited">{answer.citations[0].quote.replace(chr(39), "&#39;")}</mark>' in page
    assert page.count("<mark") == 1


def test_an_earlier_version_says_that_it_is_one(server: str, samples: Index) -> None:
    twice = next(id for id in samples.store.article_ids() if len(samples.store.versions(id)) == 2)
    assert "An earlier version (1 of 2)." in httpx.get(f"{server}/articles/{twice}?version=1").text
    assert "Version 2, the latest." in httpx.get(f"{server}/articles/{twice}").text


def test_an_article_that_is_gone_is_said_to_be_gone(server: str) -> None:
    answer = httpx.get(server + "/articles/nowhere")
    assert answer.status_code == 404
    assert "may have been removed" in answer.text


def test_a_place_the_text_does_not_have_marks_nothing_and_says_so(server: str, samples: Index) -> None:
    id = samples.store.article_ids()[0]
    page = httpx.get(f"{server}/articles/{id}?start=5&end=999999").text
    assert "<mark" not in page
    assert "nothing is highlighted" in page


def test_the_listing_counts_the_articles(server: str, samples: Index) -> None:
    assert f"{samples.store.counts().articles + 1} articles" in httpx.get(server + "/articles").text


def test_what_an_article_supplies_is_escaped_on_its_page(server: str) -> None:
    listing = httpx.get(server + "/articles").text
    id = listing.split("Zorblax")[0].rsplit("/articles/", 1)[1].split('"')[0]
    for page in (listing, httpx.get(f"{server}/articles/{id}").text):
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "javascript:" not in page.replace("&#39;", "'")


def test_ctrl_c_stops_the_server_without_a_word(tmp_path: Path) -> None:
    environment = {**os.environ, "ONRECORD_HOME": str(tmp_path), "ONRECORD_PORT": "0"}
    for command in ([str(Path(sys.executable).with_name("onrecord")), "serve"], [sys.executable, str(APP)]):
        server = subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        assert server.stderr is not None
        line = server.stderr.readline()
        assert line.startswith("On Record is at http://127.0.0.1:")
        assert httpx.get(line.split()[4] + "/articles", timeout=60).status_code == 200
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=60) == 0
        assert server.stderr.read() == ""


def test_what_is_far_too_large_is_told_so_and_not_cut_off(server: str) -> None:
    """A client that sends all before it listens, as nginx does, hears why."""
    address = urlsplit(server)
    for _ in range(5):
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)
        connection.request("POST", "/api/v1/ask", b" " * 20_000_000, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 413
        assert json.load(answer)["type"] == "urn:onrecord:problem:too-large"
        connection.close()


def test_a_failure_does_not_end_the_connection_that_it_was_told_on() -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        ports.add(scope["client"][1])
        raise RuntimeError("what nobody thought of")

    ports = set[int]()
    with listening(SecurityHeaders(fails)) as url, httpx.Client() as client:
        for _ in range(10):
            answer = client.get(url)
            assert answer.status_code == 500
            assert answer.json()["type"] == "urn:onrecord:problem:failed"
    assert len(ports) == 1


@contextmanager
def listening(app: ASGIApp) -> Iterator[str]:
    """The app's address, served as the server is."""
    import uvicorn

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()
