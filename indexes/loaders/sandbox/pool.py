"""Reads documents in worker processes, which may crash, hang or be compromised without harm to this one.

Does not know the formats. A document that kills its worker is refused, and another worker goes on.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from indexes.loaders.documents import Document, Refusal
from indexes.loaders.sandbox.protocol import LENGTH, Item, ProtocolError, item_from, packed, unpacked
from indexes.types.article import Article
from indexes.types.errors import OnRecordError

_AHEAD = 16
"""Documents sent ahead before the first result is needed. Results wait in a pipe of PIPE bytes."""
_PIPE = 1 << 20
_START_SECONDS = 120
_SPARE = 2
"""How many idle workers are kept; each exits by itself after a minute."""


class ReadingFailed(OnRecordError):
    """No loader process can be started. Seen by the person adding articles, and by the operator."""


@dataclass(frozen=True)
class Limits:
    """Limits for one document: seconds of CPU time, megabytes of memory, seconds without a sign of life."""

    cpu_seconds: float = 10
    megabytes: int = 512
    silent_seconds: float = 120
    reader: str = "indexes.loaders.registry.read"
    """The function that reads, by its dotted name."""


class _Died(Exception):
    """The worker ended in the middle of a document. ``crashed``: not by hitting a limit."""

    def __init__(self, reason: str, crashed: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.crashed = reason, crashed


class Worker:
    """One loader process. It ends when it is closed, when this process ends, or when it has been idle for long."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.answered, self.spent = limits, 0, False
        self.unprotected: list[str] | None = None
        self._buffer = bytearray()
        self._requests, theirs = socket.socketpair()
        with theirs:
            self._process = _started(theirs, limits)
        assert self._process.stdout is not None
        self._replies = self._process.stdout.fileno()
        _widen(self._replies)
        self._poll = select.poll()
        self._poll.register(self._replies, select.POLLIN)

    def alive(self) -> bool:
        return self._process.poll() is None and not self.spent

    def close(self) -> None:
        """Kills the process, whatever it is doing."""
        self._requests.close()
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def __del__(self) -> None:
        if hasattr(self, "_process"):
            self.close()

    def hand_over(self, document: Document) -> None:
        """Sends an open file, to be read after those before it."""
        asked = {name: getattr(document, name) for name in ("kind", "max_bytes", "max_records", "url", "charset")}
        with suppress(OSError):  # it has ended, which is noticed when waiting for its answer
            socket.send_fds(self._requests, [packed(asked)], [document.file.fileno()])

    def answers(self, document: Document) -> Iterator[Item]:
        """The items of the first outstanding document.

        Raises:
            _Died: the worker ended before finishing it.
            ReadingFailed: the worker never became ready.
        """
        self.get_ready()
        most, end = 2 * document.max_bytes + (1 << 18), None
        while end is None:
            try:
                message = unpacked(self._message(most, self.limits.silent_seconds))
                items, end = message.get("items"), message.get("end")
                if not isinstance(items, list) or end not in (None, "more", "last"):
                    raise ProtocolError
                yield from map(item_from, items)
            except ProtocolError:
                raise _Died("it made the reader send an invalid reply") from None
        self.answered += 1
        self.spent = end == "last"

    def get_ready(self) -> None:
        """Waits until it has started and locked itself down. Raises ReadingFailed."""
        if self.unprotected is None:
            try:
                hello = unpacked(self._message(4096, _START_SECONDS))
                self.unprotected = list(map(str, hello["unprotected"]))
            except (_Died, ProtocolError, KeyError, TypeError):
                self.close()
                how = self._process.returncode
                raise ReadingFailed(
                    f"The process that reads files ended ({_signal(how)}) before it began. Free some memory, then run: "
                    "onrecord doctor"
                ) from None

    def _message(self, most: int, seconds: float) -> bytes:
        (length,) = LENGTH.unpack(self._bytes(LENGTH.size, seconds))
        if length > most:
            raise ProtocolError
        return self._bytes(length, seconds)

    def _bytes(self, count: int, seconds: float) -> bytes:
        until = time.monotonic() + seconds
        while len(self._buffer) < count:
            if not self._poll.poll(1000 * max(0.0, until - time.monotonic())):
                raise _Died(f"the reader was stuck on it for {seconds:g} seconds")
            piece = os.read(self._replies, _PIPE)
            if not piece:
                raise self._how_it_died()
            self._buffer += piece
            until = time.monotonic() + seconds
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _how_it_died(self) -> _Died:
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if code == -signal.SIGPROF:
            return _Died(f"reading it took more than {self.limits.cpu_seconds:g} seconds of CPU time")
        return _Died(f"it made the reader crash ({_signal(code)})", crashed=True)


def _started(requests: socket.socket, limits: Limits) -> subprocess.Popen[bytes]:
    """Starts the process with an empty environment, no open files but the three it uses, and its own session."""
    arguments = [requests.fileno(), limits.cpu_seconds, limits.megabytes, limits.reader]
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "indexes.loaders.sandbox.worker", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[requests.fileno()],
            start_new_session=True,
            cwd="/",
            env={**kept, "LANG": "C.UTF-8", "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
        )
    except OSError as error:
        raise ReadingFailed(f"The process that reads files could not be started: {error}.") from None


def _widen(pipe: int) -> None:
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):  # a smaller pipe will do
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


def _signal(code: int | None) -> str:
    return signal.Signals(-code).name if code and code < 0 else f"exit code {code}"


@dataclass
class Workers:
    """The pool of idle workers. Thread-safe."""

    limits: Limits = field(default_factory=Limits)
    _idle: list[Worker] = field(default_factory=list)
    _changing: threading.Lock = field(default_factory=threading.Lock)

    def hire(self) -> Worker:
        """Takes an idle worker, or starts one."""
        while True:
            with self._changing:
                worker = self._idle.pop() if self._idle else None
            if worker is None:
                return Worker(self.limits)
            if worker.alive():
                return worker
            worker.close()

    def let_go(self, worker: Worker) -> None:
        """Returns a worker that has answered everything it was sent."""
        with self._changing:
            if worker.alive() and len(self._idle) < _SPARE:
                self._idle.append(worker)
                return
        worker.close()


WORKERS = Workers()


def read_documents(found: Iterable[Document | Refusal], workers: Workers = WORKERS) -> Iterator[Item]:
    """The items in the documents, in order. Some documents are sent at once and read ahead."""
    reading = _Reading(iter(found), workers)
    reading.look_ahead()
    return reading.items()


@dataclass
class _Reading:
    found: Iterator[Document | Refusal]
    workers: Workers
    ahead: deque[Document | Refusal] = field(default_factory=deque)
    worker: Worker | None = None

    def look_ahead(self) -> None:
        """Sends documents until enough are outstanding."""
        while len(self.ahead) < _AHEAD and (item := next(self.found, None)) is not None:
            self.ahead.append(item)
            if isinstance(item, Document):
                self.worker = self.worker or self.workers.hire()
                self.worker.hand_over(item)

    def items(self) -> Iterator[Item]:
        try:
            while self.ahead:
                first = self.ahead[0]
                if isinstance(first, Refusal):
                    yield first
                else:
                    with first.file:
                        yield from self._read(first)
                self.ahead.popleft()
                self.look_ahead()
            if self.worker is not None:
                self.workers.let_go(self.worker)
                self.worker = None
        finally:
            self._leave()

    def _read(self, document: Document) -> Iterator[Item]:
        """Reads the first document. After a crash that an earlier one may have caused, it is tried once more."""
        told = 0
        while True:
            assert self.worker is not None
            try:
                for item in self.worker.answers(document):
                    told += 1
                    yield _placed(item, document)
                if self.worker.spent:
                    self._start_anew(skip=1)
                return
            except _Died as died:
                again = died.crashed and not told and self.worker.answered
                self._start_anew(skip=0 if again else 1)
                if not again:
                    yield Refusal(document.where, died.reason)
                    return

    def _start_anew(self, skip: int) -> None:
        """Starts another worker for the outstanding documents."""
        assert self.worker is not None
        self.worker.close()
        self.worker = self.workers.hire()
        for item in list(self.ahead)[skip:]:
            if isinstance(item, Document):
                self.worker.hand_over(item)

    def _leave(self) -> None:
        """Drops the rest: the caller has stopped iterating."""
        if self.worker is not None:
            self.worker.close()
        for item in self.ahead:
            if isinstance(item, Document):
                item.file.close()


def _placed(item: Item, document: Document) -> Item:
    """The item with its location."""
    if isinstance(item, Refusal):
        return Refusal(document.where + item.where, item.reason)
    return replace(item, origin=document.origin) if isinstance(item, Article) else item


def unprotected() -> list[str]:
    """The restrictions this system cannot enforce on the loader process; see :mod:`lockdown`.

    Raises:
        ReadingFailed: it cannot be started.
    """
    worker = WORKERS.hire()
    worker.get_ready()
    WORKERS.let_go(worker)
    return worker.unprotected or []
