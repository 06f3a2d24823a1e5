"""Small web servers on loopback, each of a test's own, and a resolver that knows only what a test tells it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from indexes.fetch.http import Fetcher
from indexes.fetch.ssrf import read_fetch_policy

SENTENCES = (
    "The harbour board closed the east pier on 4 June 2025 after a diver found a crack in a pillar.",
    "Engineers said the pier, built in 1931, would stay shut until autumn while they worked on it.",
)


def page(title: str = "East pier shut", head: str = "", sentences: tuple[str, ...] = SENTENCES) -> str:
    """A web page with an article on it."""
    body = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    return f"<html><head><title>{title}</title>{head}</head><body><article>{body}</article></body></html>"


def rss(*links: str, title: str = "Harbour Post", more: str = "") -> str:
    """A feed whose entries say nothing but where they link to."""
    items = "".join(f"<item><link>{link}</link>{more}</item>" for link in links)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'


@dataclass(frozen=True)
class Reply:
    """What the server answers. A body may be bytes, text, or pieces sent one by one for as long as they last."""

    body: str | bytes | Iterator[bytes] = b""
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Site:
    """A running server: what it answers by path, and the requests that reached it."""

    port: int = 0
    replies: dict[str, Reply | Callable[[Any], Reply]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


@contextmanager
def serving(host: str = "127.0.0.1", port: int = 0, wrap: Callable[[Any], Any] | None = None) -> Iterator[Site]:
    """A site on loopback. ``wrap`` puts its socket under TLS."""
    site = Site()
    server = ThreadingHTTPServer((host, port), _handler(site))
    server.daemon_threads = True
    server.socket = wrap(server.socket) if wrap else server.socket
    site.port = server.server_address[1]
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            site.headers.append({name.lower(): value for name, value in self.headers.items()})
            reply = site.replies.get(self.path, Reply("not here", status=404))
            self._answer(reply(self) if callable(reply) else reply)

        def _answer(self, reply: Reply) -> None:
            body = reply.body.encode() if isinstance(reply.body, str) else reply.body
            pieces = iter([body]) if isinstance(body, bytes) else body
            self.send_response(reply.status)
            if reply.kind:
                self.send_header("Content-Type", reply.kind)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for piece in pieces:
                    self.wfile.write(piece)
            except OSError:  # whoever asked has had enough
                pass

        def log_message(self, *_: object) -> None:
            pass

    return Handler


class Names:
    """A resolver that answers from a list a name, one answer a question, the last one ever after."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): found for name, found in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
        answers = self.answers.get(host)
        if answers is None:
            raise OSError(f"no such name: {host}")
        return answers.pop(0) if len(answers) > 1 else answers[0]


def fetcher(*allowed: str, **more: Any) -> Fetcher:
    """A fetcher that may reach ``allowed`` beside public addresses, and whose names are a test's own."""
    return Fetcher(read_fetch_policy(allowed), **{"resolve": Names(), **more})
