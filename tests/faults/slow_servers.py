"""A server on loopback that keeps whoever asks it waiting, or sends without end: each path in its own way."""

from __future__ import annotations

import gzip
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
_ITEM = b"<item><link>http://127.0.0.1/a</link></item>"
MOST_BYTES = 100_000
"""What is taken from it at most, in the trial."""
_BEGIN = b"<rss version='2.0'><channel>"


def _drip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield piece
        time.sleep(0.2)


def _silence() -> Iterator[bytes]:
    while True:
        yield b""
        time.sleep(0.2)


def _unpacking() -> Iterator[bytes]:
    yield _HEAD + b"Content-Encoding: gzip\r\n\r\n"
    yield gzip.compress(bytes(10 * MOST_BYTES), 9)


WAYS: dict[str, Callable[[], Iterator[bytes]]] = {
    "says nothing": _silence,
    "sends its head a letter at a time": lambda: _drip(bytes([letter]) for letter in _HEAD * 1000),
    "sends headers without end": lambda: (b"HTTP/1.1 200 OK\r\n" if not n else b"X: y\r\n" for n in itertools.count()),
    "sends its body a letter at a time": lambda: itertools.chain([_HEAD + b"\r\n"], _drip(itertools.repeat(b"a"))),
    "stops in the middle": lambda: itertools.chain([_HEAD + b"Content-Length: 999\r\n\r\n" + _BEGIN], _silence()),
    "sends items without end": lambda: itertools.chain([_HEAD + b"\r\n" + _BEGIN], itertools.repeat(_ITEM * 100)),
    "sends chunks without end": lambda: itertools.chain(
        [_HEAD + b"Transfer-Encoding: chunked\r\n\r\n"], itertools.repeat(b"5\r\naaaaa\r\n" * 1000)
    ),
    "sends what unpacks to too much": _unpacking,
    "leads round in a circle": lambda: iter([b"HTTP/1.1 302 Found\r\nLocation: /7\r\nContent-Length: 0\r\n\r\n"]),
    "breaks off": lambda: iter([_HEAD + b"Content-Length: 999\r\n\r\nabc"]),
    "says it speaks another tongue": lambda: iter([b"SSH-2.0-x\r\n"]),
}
"""What the server does to those who ask for ``/0``, ``/1`` and so on."""


@contextmanager
def serving(pages: Mapping[str, bytes]) -> Iterator[str]:
    """The address of the server, which also sends ``pages`` as feeds under their names."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_take_up, args=(server, pages), daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def _take_up(server: socket.socket, pages: Mapping[str, bytes]) -> None:
    while True:
        try:
            asking, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(asking, pages), daemon=True).start()


def _answer(asking: socket.socket, pages: Mapping[str, bytes]) -> None:
    with asking:
        try:
            path = asking.recv(65536).split(b" ")[1][1:].decode()
            way = list(WAYS.values())[int(path)] if path.isdecimal() else None
            for piece in way() if way else [_HEAD + b"Content-Length: %d\r\n\r\n" % len(pages[path]) + pages[path]]:
                asking.sendall(piece or b"")
                if not piece and _gone(asking):
                    return
        except OSError:  # whoever asked has had enough
            return


def _gone(asking: socket.socket) -> bool:
    asking.setblocking(False)
    try:
        return asking.recv(1) == b""
    except BlockingIOError:
        return False
    finally:
        asking.setblocking(True)


@contextmanager
def watching(place: tuple[str, int]) -> Iterator[list[str]]:
    """Listens at ``place``, for connections and datagrams, and tells of each that comes."""
    came: list[str] = []
    with socket.create_server(place) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(place)
        threading.Thread(target=_note, args=(server.accept, came), daemon=True).start()
        threading.Thread(target=_note, args=(lambda: datagrams.recvfrom(9), came), daemon=True).start()
        yield came


def _note(wait: Callable[[], object], came: list[str]) -> None:
    while True:
        try:
            came.append(str(wait()))
        except OSError:
            return
