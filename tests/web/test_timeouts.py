"""Connections on which nobody goes on are closed; those on which somebody is slow, or waits for us, are not."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from busy import until
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from assistant.web.server.shutdown import Server
from assistant.web.server.timeouts import Timeouts, notice_the_dead

LONG = 30
POST = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n"


class Echo:
    """Tells what it was sent, after ``seconds``; ``left`` counts those who went before they had sent it."""

    def __init__(self) -> None:
        self.seconds, self.left = 0.0, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            self.left += 1
            return
        await asyncio.sleep(self.seconds)
        await PlainTextResponse(body)(scope, receive, send)


@contextmanager
def serving(echo: Echo, timeouts: Timeouts) -> Iterator[socket.socket]:
    """A connection to a server that has so much ``timeouts``."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        server = Server(echo, timeouts, grace=0)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
        thread.start()
        try:
            until(lambda: server.started)
            with socket.create_connection(address, LONG) as connection:
                yield connection
        finally:
            server.should_exit = True
            thread.join()


def is_closed(connection: socket.socket) -> bool:
    """Whether the other end closes it; waits for that."""
    try:
        return connection.recv(1000) == b""
    except ConnectionResetError:
        return True


def answered(connection: socket.socket) -> bool:
    """Whether the body comes back whole; waits for it."""
    told = b""
    while not told.endswith(b"0123456789"):
        more = connection.recv(1000)
        if not more:
            return False
        told += more
    return told.startswith(b"HTTP/1.1 200")


def _is_closed_after(connection: socket.socket, letter: bytes) -> bool:
    try:
        connection.sendall(letter)
        return connection.recv(1000) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: he"])
def test_a_connection_that_sends_no_whole_head_is_closed(sent: bytes) -> None:
    with serving(Echo(), Timeouts(head=0.2)) as connection:
        connection.sendall(sent)
        assert is_closed(connection)


def test_a_head_that_comes_letter_by_letter_is_not_waited_for_longer() -> None:
    with serving(Echo(), Timeouts(head=0.5)) as connection:
        connection.sendall(b"GET /")
        connection.settimeout(0.05)
        assert any(_is_closed_after(connection, b"a") for _ in range(LONG * 20))


def test_after_an_answer_the_next_head_has_to_come_whole_too() -> None:
    with serving(Echo(), Timeouts(head=0.2)) as connection:
        connection.sendall(POST + b"0123456789")
        assert answered(connection)
        connection.sendall(b"GET / HTTP/1.1\r\n")
        assert is_closed(connection)


def test_a_body_of_which_nothing_more_comes_is_given_up() -> None:
    echo = Echo()
    with serving(echo, Timeouts(body=0.2)) as connection:
        connection.sendall(POST + b"01234")
        assert is_closed(connection)
        until(lambda: echo.left == 1)


def test_a_body_that_comes_slowly_is_waited_for() -> None:
    with serving(Echo(), Timeouts(head=0.6, body=0.6)) as connection:
        connection.sendall(POST)
        for letter in b"0123456789":
            time.sleep(0.1)
            connection.sendall(bytes([letter]))
        assert answered(connection)


def test_whoever_waits_for_a_slow_answer_is_not_closed() -> None:
    echo = Echo()
    echo.seconds = 1
    with serving(echo, Timeouts(head=0.2, body=0.2)) as connection:
        connection.sendall(POST + b"0123456789")
        assert answered(connection)


def test_the_system_watches_accepted_connections_for_ends_that_are_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        notice_the_dead(listening)
        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
                if hasattr(socket, "TCP_KEEPIDLE"):
                    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) <= 60
