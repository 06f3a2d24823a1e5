"""A server that is told to stop does so within seconds, whoever has it open, and another takes its place at once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

LONG = 60
"""Seconds after which a process that has to end is taken not to; far more than it needs, far less than what is open."""


@contextmanager
def stalling(home: Path, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, str(Path(__file__).with_name("stalling.py")), str(home), str(port)]
    here = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    with subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": here, "TMPDIR": str(home.parent)},
        cwd=home.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            assert httpx.get(f"{url}/api/v1/health", timeout=LONG).status_code == 200
            yield process, url
        finally:
            process.kill()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_a_server_stops_whatever_is_open_and_another_starts_in_its_place(home: Path) -> None:
    with stalling(home) as (process, url):
        address = httpx.URL(url)
        with (
            httpx.Client(base_url=url, timeout=LONG) as client,
            socket.create_connection((address.host, address.port), LONG) as upload,
        ):
            headers = f"Host: {address.netloc.decode()}\r\nContent-Type: application/x-ndjson\r\n"
            upload.sendall(f"POST /api/v1/articles HTTP/1.1\r\n{headers}Content-Length: 1000\r\n\r\n".encode())
            upload.sendall(b'{"id": "half", "text": "The harbour')
            asked = {"question": "who denied the call?", "stream": True}
            with (
                client.stream("GET", "/gradio_api/heartbeat/abc") as page,
                client.stream("POST", "/api/v1/ask", json=asked) as answer,
            ):
                alive, growing = page.iter_lines(), answer.iter_lines()
                assert "ALIVE" in next(alive)
                assert next(growing) == "event: turn"
                process.send_signal(signal.SIGTERM)
                assert process.wait(LONG) == 0
                with pytest.raises(httpx.TransportError):
                    list(alive)
                with pytest.raises(httpx.TransportError):
                    list(growing)
        assert left_in(home) == []
        with stalling(home, address.port or 0) as (_, again):
            assert again == url
            assert httpx.get(f"{again}/api/v1/articles", timeout=LONG).json()["total"] == 0


def test_an_answer_that_ends_meanwhile_is_whole(home: Path) -> None:
    with stalling(home) as (process, url):
        with httpx.stream("GET", f"{url}/api/v1/articles", timeout=LONG) as answer:
            process.send_signal(signal.SIGTERM)
            assert answer.read().endswith(b"}")
        assert process.wait(LONG) == 0


def left_in(home: Path) -> list[str]:
    """Folders of uploads that were not thrown away."""
    return [path.name for path in home.parent.iterdir() if path.name.startswith("onrecord-")]
