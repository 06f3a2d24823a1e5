"""``onrecord`` in processes of its own, as a person starts it, without the seconds that its imports take each time.

They are forked from one process that imported everything and does nothing else. A command has its own arguments,
folder, environment and streams; it ends, is sent signals and is killed as any process. What depends on how Python
itself is started (its flags, PYTHON… in the environment, what is imported when) is for a process started anew.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.support.imported"])


class Command:
    """``onrecord`` that runs. ``stdout`` is what it prints, read while it runs; it has nothing to read itself."""

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
        """Its exit code, if it has ended; of one that a signal ended, less than 0."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float) -> int:
        """Its exit code, when it has ended.

        Raises:
            subprocess.TimeoutExpired: it has not, after these seconds.
        """
        return _ended(self._process, timeout)


def run(
    arguments: Sequence[str | Path], cwd: Path, env: Mapping[str, str], typed: str = "", timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """What a command printed, and its exit code, when it has ended.

    Raises:
        subprocess.TimeoutExpired: it was killed after so many seconds.
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
    """As a connection, which can be sent to another process."""
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
    finally:
        sys.stdout.flush()
        atexit._run_exitfuncs()
