"""The loader process: receives open files one by one and returns their articles. Has no access to the index.

Started by :mod:`indexes.loaders.sandbox.pool`; never imported by anything else.
"""

from __future__ import annotations

import array
import importlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from indexes.loaders.documents import MEGABYTE, Refusal, too_large
from indexes.loaders.registry import Asked, load_libraries
from indexes.loaders.sandbox.lockdown import die_with, lock_down
from indexes.loaders.sandbox.protocol import LENGTH, Item, framed, item_json, packed
from indexes.types.errors import Unreadable

Read = Callable[[BinaryIO, Asked], Iterator[Item]]
_IDLE_SECONDS = 60
_MOST_DOCUMENTS, _MOST_MEGABYTES = 1000, 250
"""After this many documents, or at this size, it exits and is replaced."""
_PIECE, _PIECE_SECONDS = 65536, 0.5
"""How much is buffered before it is sent, and for how long."""


def main() -> None:
    requests_at, cpu_seconds, megabytes, reader = sys.argv[1:]
    replies = _only_way_out()
    die_with(sys.stdin.fileno())
    requests = socket.socket(fileno=int(requests_at))
    requests.settimeout(_IDLE_SECONDS)
    module, _, name = reader.rpartition(".")
    read = getattr(importlib.import_module(module), name)
    load_libraries()
    replies.write(packed({"unprotected": lock_down(int(megabytes))}))
    Worker(requests, replies, read, float(cpu_seconds), int(megabytes)).serve()


def _only_way_out() -> BinaryIO:
    """The original standard output; anything a library prints is discarded."""
    replies = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return cast(BinaryIO, os.fdopen(replies, "wb", 0))


@dataclass
class Worker:
    requests: socket.socket
    replies: BinaryIO
    read: Read
    cpu_seconds: float
    megabytes: int

    def serve(self) -> None:
        """Reads documents until there are no more, or until it should be replaced."""
        for _ in range(_MOST_DOCUMENTS):
            handed = self._next()
            if handed is None:
                return
            with handed[0] as file:
                out = _Outbox(self.replies, 2 * handed[1].max_bytes + _PIECE)
                grown = not self._answer(file, handed[1], out) or _megabytes_held() > _MOST_MEGABYTES
                out.end(last=grown)
            if grown:
                return

    def _next(self) -> tuple[BinaryIO, Asked] | None:
        """The next open file and its description; None if there are no more, or none for a while."""
        try:
            head, control, _, _ = self.requests.recvmsg(LENGTH.size, socket.CMSG_SPACE(array.array("i").itemsize))
            if not head:
                return None
            (length,) = LENGTH.unpack(head)
            body = b""
            while len(body) < length:
                body += self.requests.recvmsg(length - len(body))[0]
        except TimeoutError:
            return None
        (descriptor,) = array.array("i", control[0][2])
        return cast(BinaryIO, os.fdopen(descriptor, "rb")), Asked(**json.loads(body))

    def _answer(self, file: BinaryIO, asked: Asked, out: _Outbox) -> bool:
        """Sends what is in ``file``. Returns whether the process can go on."""
        try:
            file.seek(0)
            self._start_clock()
            for item in self.read(file, asked):
                out.put(item)
                self._start_clock()
        except (Unreadable, OSError) as error:
            out.put(Refusal("", getattr(error, "strerror", None) or str(error)))
        except MemoryError:
            out.put(Refusal("", f"reading it needs more than {self.megabytes} MB"))
            return False
        except Exception as error:  # any error a library raises on a malformed file
            out.put(Refusal("", f"it is damaged: {type(error).__name__} while it was read"))
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        return True

    def _start_clock(self) -> None:
        """Starts the CPU time limit, after which SIGPROF ends this process."""
        signal.setitimer(signal.ITIMER_PROF, self.cpu_seconds)


@dataclass
class _Outbox:
    """Buffers items and sends them in batches."""

    replies: BinaryIO
    max_bytes: int
    waiting: list[bytes] = field(default_factory=list)
    size: int = 0
    since: float = field(default_factory=time.monotonic)

    def put(self, item: Item) -> None:
        body = _encoded(item)
        if len(body) > self.max_bytes:
            body = _encoded(Refusal("", too_large(len(body), self.max_bytes // 2)))
        self.waiting.append(body)
        self.size += len(body)
        if self.size > _PIECE or time.monotonic() - self.since > _PIECE_SECONDS:
            self._send(b"null")

    def end(self, last: bool) -> None:
        self._send(b'"last"' if last else b'"more"')

    def _send(self, end: bytes) -> None:
        rest = memoryview(framed(b'{"items":[' + b",".join(self.waiting) + b'],"end":' + end + b"}"))
        while rest:
            rest = rest[self.replies.write(rest) :]
        self.waiting, self.size, self.since = [], 0, time.monotonic()


def _encoded(item: Item) -> bytes:
    return json.dumps(item_json(item), ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def _megabytes_held() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE


if __name__ == "__main__":
    main()
