"""Runs ``onrecord`` in a process of its own, without the five seconds that its imports take each time.

Processes are forked from one that has imported everything and does nothing else. Each has its own arguments, working
folder, environment and streams, and can be sent signals and killed like any other. Tests of how Python itself starts
(flags, ``PYTHON…`` variables, what is imported when) start the installed program instead.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.support.imported"])


class Command:
    """A running ``onrecord``. ``stdout`` can be read while it runs; its standard input is empty."""

    def __init__(self, arguments: Sequence[str | Path], cwd: Path, env: Mapping[str, str]) -> None:
        read, write = os.pipe()
        self.stdout: IO[str] = os.fdopen(read, encoding="utf-8")
        with open(os.devnull, "rb") as nothing, open(write, "wb") as out:
            self._process = _forked(arguments, cwd, env, nothing, out, None)

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Its exit code once it has ended: negative if a signal ended it."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float) -> int:
        """Waits for its end, and gives its exit code.

        Raises:
            subprocess.TimeoutExpired: it has not ended within ``timeout`` seconds.
        """
        return _ended(self._process, timeout)


def run(
    arguments: Sequence[str | Path], cwd: Path, env: Mapping[str, str], typed: str = "", timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end; ``typed`` is its standard input.

    Raises:
        subprocess.TimeoutExpired: it took more than ``timeout`` seconds, and was killed.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(typed.encode())
        given.seek(0)
        process = _forked(arguments, cwd, env, given, out, err)
        try:
            code = _ended(process, timeout)
        finally:
            process.kill()
        told = [_all_of(stream) for stream in (out, err)]
    return subprocess.CompletedProcess(["onrecord", *arguments], code, *told)


def _all_of(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode()


def _ended(process: multiprocessing.context.ForkServerProcess, timeout: float) -> int:
    process.join(timeout)
    if process.exitcode is None:
        raise subprocess.TimeoutExpired("onrecord", timeout)
    return process.exitcode


def _forked(
    arguments: Sequence[str | Path],
    cwd: Path,
    env: Mapping[str, str],
    given: IO[bytes],
    out: IO[bytes],
    err: IO[bytes] | None,
) -> multiprocessing.context.ForkServerProcess:
    streams = [_handed_over(stream) for stream in (given, out, err) if stream is not None]
    process = _FORKING.Process(target=_be, args=(tuple(map(str, arguments)), str(cwd), dict(env), streams))
    process.start()
    for stream in streams:
        stream.close()
    return process


def _handed_over(stream: IO[bytes]) -> Connection:
    """As a connection, the only form in which ``multiprocessing`` passes file descriptors on."""
    stream.flush()
    return Connection(os.dup(stream.fileno()))


def _be(arguments: tuple[str, ...], cwd: str, env: dict[str, str], streams: list[Connection]) -> None:
    from assistant.cli import main

    for number, stream in enumerate(streams):
        os.dup2(stream.fileno(), number)
        stream.close()
    sys.stdin, sys.stdout = os.fdopen(0, encoding="utf-8"), os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8", errors="backslashreplace")
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    tempfile.tempdir = None
    sys.argv = ["onrecord", *arguments]
    try:
        main()
    finally:  # as the interpreter ends; multiprocessing leaves out the second
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
