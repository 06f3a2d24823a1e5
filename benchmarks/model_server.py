"""A server on loopback that speaks a language model's streaming protocol, well or in any of the ways in which servers
fail: OpenAI's under /v1/chat/completions, Ollama's under /api/chat, Anthropic's under /v1/messages."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from typing import Any

FAULTS = (
    "unauthorised", "busy", "busy, says when", "broken", "silent", "a byte a second", "cut", "malformed", "no json",
    "empty", "endless", "html", "wrong schema", "oversized", "no tls",
)  # fmt: skip
"""The ways to fail that need a server; a refused connection and an unknown host need none."""


Says = str | Callable[[str], str | Iterable[str]]
"""What a model writes; made from the prompt, whole or in parts as they come."""


class ModelServer(ThreadingHTTPServer):
    """``says`` is what it writes, ``fault`` how it fails, ``asked`` the prompts it got."""

    daemon_threads = True

    def __init__(self, says: Says = "", fault: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.says, self.fault = says, fault
        self.asked: list[str] = []
        self.requests = 0

    @property
    def url(self) -> str:
        """Where OpenAI's protocol is spoken; the others are at ``root``."""
        return f"{self.root}/v1"

    @property
    def root(self) -> str:
        scheme = "https" if self.fault == "no tls" else "http"
        return f"{scheme}://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = body["messages"][-1]["content"]
        prompt = prompt if isinstance(prompt, str) else "".join(part["text"] for part in prompt)
        self.server.asked.append(prompt)
        self.server.requests += 1
        fault = self.server.fault
        if fault == "busy, says when" and self.server.requests > 1:
            fault = ""
        getattr(self, "_" + fault.replace(", ", "_").replace(" ", "_"), self._well)(prompt)

    def _well(self, prompt: str) -> None:
        says = self.server.says
        said = says(prompt) if callable(says) else says
        pieces = (
            part[at : at + 7] for part in ([said] if isinstance(said, str) else said) for at in range(0, len(part), 7)
        )
        speak = {"/api/chat": self._as_ollama, "/v1/messages": self._as_anthropic}.get(self.path, self._as_openai)
        speak(pieces)
        self._chunk(b"")

    def _as_openai(self, pieces: Iterable[str]) -> None:
        self._begin()
        for piece in pieces:
            self._event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": piece}}]})
        self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self._chunk(b"data: [DONE]\n\n")

    def _as_ollama(self, pieces: Iterable[str]) -> None:
        self._begin("application/x-ndjson")
        for piece in chain(pieces, [""]):
            message = {"role": "assistant", "content": piece}
            line = {"model": "m", "created_at": "2026-01-01T00:00:00Z", "message": message, "done": not piece}
            self._chunk(json.dumps(line).encode() + b"\n")

    def _as_anthropic(self, pieces: Iterable[str]) -> None:
        self._begin()
        usage = {"input_tokens": 1, "output_tokens": 1}
        message = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": usage}
        self._named("message_start", message={**message, "stop_reason": None, "stop_sequence": None})
        self._named("content_block_start", index=0, content_block={"type": "text", "text": ""})
        for piece in pieces:
            self._named("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
        self._named("content_block_stop", index=0)
        self._named("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage=usage)
        self._named("message_stop")

    def _named(self, kind: str, **fields: Any) -> None:
        self._chunk(f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode())

    def _unauthorised(self, prompt: str) -> None:
        self._status(401, b'{"error": {"message": "Incorrect API key", "type": "invalid_request_error"}}')

    def _busy(self, prompt: str) -> None:
        self._status(429, b'{"error": {"message": "Rate limit"}}')

    def _busy_says_when(self, prompt: str) -> None:
        self._status(429, b'{"error": {"message": "Rate limit"}}', {"Retry-After": "1"})

    def _broken(self, prompt: str) -> None:
        self._status(500, b'{"error": {"message": "boom"}}')

    def _silent(self, prompt: str) -> None:
        time.sleep(30)

    def _a_byte_a_second(self, prompt: str) -> None:
        self._begin()
        for letter in b'data: {"choices": [{"index": 0, "delta": {"content": "The"}}]}\n\n':
            self._chunk(bytes([letter]))
            time.sleep(1)

    def _cut(self, prompt: str) -> None:
        self._begin()
        self._event({"choices": [{"index": 0, "delta": {"content": "Tomas Verrin denied the"}}]})
        self.connection.shutdown(socket.SHUT_RDWR)

    def _malformed(self, prompt: str) -> None:
        self._begin()
        self._chunk(b'data: {"choices": [{"delta": \n\nevent: ???\n\n')
        self._chunk(b"")

    def _no_json(self, prompt: str) -> None:
        self._status(200, b"Internal error, try later", {"Content-Type": "application/json"})

    def _empty(self, prompt: str) -> None:
        self._begin()
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _endless(self, prompt: str) -> None:
        self._begin()
        while True:
            self._event({"choices": [{"index": 0, "delta": {"content": "and then and then "}}]})
            time.sleep(0.005)

    def _html(self, prompt: str) -> None:
        self._status(200, b"<html><body><h1>502 Bad Gateway</h1></body></html>", {"Content-Type": "text/html"})

    def _wrong_schema(self, prompt: str) -> None:
        self._begin()
        self._event({"answer": "Tomas Verrin", "choices": "none"})
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _oversized(self, prompt: str) -> None:
        self._begin()
        piece = {"choices": [{"index": 0, "delta": {"content": "denied " * 150_000}}]}
        for _ in range(20):
            self._event(piece)

    def _no_tls(self, prompt: str) -> None:
        raise AssertionError("nobody gets here without a certificate")

    def _begin(self, kind: str = "text/event-stream") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _event(self, value: Any) -> None:
        self._chunk(b"data: " + json.dumps(value).encode() + b"\n\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _status(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def mark_of(beginning: str, prompt: str) -> str:
    """The number, "[7]", under which a prompt gives the first sentence that begins so."""
    line = next(line for line in prompt.splitlines() if beginning in line)
    return line.partition("]")[0] + "]"


@contextmanager
def model_server(says: Says = "", fault: str = "") -> Iterator[ModelServer]:
    """A running server. With fault "no tls" it speaks plain HTTP where https is asked for."""
    server = ModelServer(says, fault)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
