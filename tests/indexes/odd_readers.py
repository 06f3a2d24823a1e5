"""Readers that do what a hostile file may bring a library to do. The process that reads loads one of them by name."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from indexes.article import Article, new_article
from indexes.reading.formats import Asked


def odd(file: BinaryIO, asked: Asked) -> Iterator[Article]:
    """Does what the file says, and then tells it as an article."""
    words = file.read().decode()
    told = {
        "crash": lambda: os.kill(os.getpid(), signal.SIGSEGV) or _fall(),
        "hang": lambda: time.sleep(600),
        "compute": _compute,
        "take memory": lambda: len(bytearray(2_000_000_000)),
        "exit": lambda: os._exit(0),
        "connect": lambda: _attempt(lambda: socket.create_connection(("127.0.0.1", int(asked.url or 9)))),
        "run": lambda: _attempt(lambda: subprocess.run(["/bin/true"])),
        "write": lambda: _attempt(lambda: Path("/tmp/onrecord-was-here").write_text("x")),
        "remove": lambda: _attempt(lambda: os.unlink(__file__)),
        "print": lambda: print("nonsense", flush=True),
        "environment": lambda: " ".join(sorted(os.environ)),
        "descriptors": lambda: " ".join(sorted(os.listdir("/proc/self/fd"), key=int)),
        "pid": lambda: os.getpid(),
    }.get(words, lambda: None)()
    yield new_article(f"{words}: {told}")


def garbled(file: BinaryIO, asked: Asked) -> Iterator[Article]:
    """Answers for itself, as a library that was taken over might."""
    for descriptor in range(3, 10):
        try:
            os.write(descriptor, b"\xff\xff\xff\xff" + b"x" * 100)
        except OSError:
            continue
    yield new_article(file.read().decode())


def unlocked(file: BinaryIO, asked: Asked) -> Iterator[Article]:
    yield new_article(str("torch" in sys.modules))


def _attempt(what: object) -> str:
    try:
        what()  # type: ignore[operator]
    except OSError as error:
        return f"{type(error).__name__}, {error.strerror}"
    return "done"


def _compute() -> None:
    while True:
        pass


def _fall() -> None:
    import ctypes

    ctypes.string_at(0)
