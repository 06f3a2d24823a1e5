"""Who goes away in the middle of sending a request: nothing is logged, and nothing stays behind."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from busy import Busy, busy, until

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
BODIES = [
    ("/login", FORM, b"name=ada&password=corr"),
    ("/api/v1/ask", "application/json", b'{"question": "Who'),
    ("/api/v1/articles", "application/json", b'{"text": "The fer'),
    ("/api/v1/articles", MULTIPART, b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'),
    ("/api/v1/widget/tokens", "application/json", b"{"),
    ("/v1/chat/completions", "application/json", b'{"model": "onrec'),
    ("/mcp", "application/json", b'{"jsonrpc": "2.'),
    ("/gradio_api/queue/join", "application/json", b'{"data": ['),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Busy]:
    with busy(tmp_path_factory.mktemp("gone")) as server:
        yield server


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What the server says too, whose log leads past the others'."""
    logging.getLogger("uvicorn.error").addHandler(caplog.handler)
    yield caplog
    logging.getLogger("uvicorn.error").removeHandler(caplog.handler)


@pytest.mark.parametrize(("path", "kind", "begun"), BODIES)
def test_a_request_that_breaks_off_in_its_body_is_passed_over_without_a_word(
    server: Busy, logged: pytest.LogCaptureFixture, path: str, kind: str, begun: bytes
) -> None:
    before = server.tasks()
    headers = {"Host": urlsplit(server.url).netloc, "Content-Type": kind, "Content-Length": "1000"}
    headers |= {"Accept": "application/json, text/event-stream", **server.session("ada")}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0)) as connection:
        connection.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + begun)
        until(lambda: server.tasks() > before)
    until(lambda: server.tasks() <= before)
    assert [record.getMessage() for record in logged.records if record.levelno >= logging.WARNING] == []
    assert httpx.get(f"{server.url}/api/v1/health").status_code == 200
