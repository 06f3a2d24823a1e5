"""A reader that a hostile file has taken over: it does what the file says. The process that reads loads it by name."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from indexes.loaders.registry import Asked
from indexes.types.article import Article, new_article

READER = f"{__name__}.read"


def read(file: BinaryIO, asked: Asked) -> Iterator[Article]:
    """Does the deed the file names, and tells as an article what came of it. ``asked.url`` is what to do it to."""
    deed = file.read().decode()
    yield new_article(f"{deed}: {_DEEDS[deed](asked.url)}" if deed in _DEEDS else deed)


def _attempted(deed: Callable[[str], object], url: str) -> str:
    return _tried(lambda: deed(url))


def _tried(deed: Callable[[], object]) -> str:
    try:
        deed()
    except (OSError, ValueError) as error:
        return f"failed, {error}"
    return "done"


def _compute() -> None:
    while True:
        pass


def _lie() -> None:
    """Answers in place of the process, on every descriptor there is."""
    for descriptor in range(3, 10):
        _tried(partial(os.write, descriptor, b"\xff" * 100))


def _send(port: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
        sending.sendto(b"secret", ("127.0.0.1", int(port)))


def _thread() -> None:
    import threading

    try:
        threading.Thread(target=_compute, daemon=True).start()
    except RuntimeError as error:
        raise OSError(str(error)) from None


ATTEMPTS: dict[str, Callable[[str], object]] = {
    "connect": lambda port: socket.create_connection(("127.0.0.1", int(port)), timeout=2),
    "send a datagram": _send,
    "open a local socket": lambda _: socket.socket(socket.AF_UNIX),
    "listen": lambda _: socket.create_server(("127.0.0.1", 0)),
    "run a program": lambda _: subprocess.run([sys.executable, "-c", ""], check=True),
    "fork": lambda _: os.fork() or os._exit(0),
    "start a thread": lambda _: _thread(),
    "write a file": lambda _: Path("captured.txt").write_text("x"),
    "write in the temporary folder": lambda _: Path("/tmp/onrecord-captured.txt").write_text("x"),
    "make a folder": lambda _: os.mkdir("/tmp/onrecord-captured"),
    "make a link": lambda _: os.symlink("/etc/passwd", "/tmp/onrecord-captured-link"),
    "remove a file": lambda _: os.unlink(__file__),
    "rename a file": lambda _: os.rename(__file__, f"{__file__}.old"),
    "cut a file": lambda _: os.truncate(__file__, 0),
    "change rights": lambda _: os.chmod(__file__, 0o777),
    "change a date": lambda _: os.utime(__file__),
    "end another process": lambda _: os.kill(os.getppid(), 0),
    "have another process signalled": lambda _: fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid()),
    "raise a limit": lambda _: __import__("resource").setrlimit(4, (1 << 30, 1 << 30)),
}
"""What a reader that was taken over might try, and what of all that must fail."""

_DEEDS: dict[str, Callable[[str], object]] = {
    **{name: partial(_attempted, deed) for name, deed in ATTEMPTS.items()},
    "crash": lambda _: ctypes.string_at(0),
    "hang": lambda _: time.sleep(600),
    "compute": lambda _: _compute(),
    "take memory": lambda _: len(bytearray(600_000_000)),
    "exit": lambda _: os._exit(0),
    "lie": lambda _: _lie(),
    "print": lambda _: print("nonsense", flush=True),
    "process": lambda _: os.getpid(),
    "environment": lambda _: " ".join(sorted(os.environ)),
}
