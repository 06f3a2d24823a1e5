"""Work in processes of its own, forked from this one: imported once, and killed without this one taking part.

This process must open no index itself: a fork of a process that has threads may wait for ever.
"""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

Tell = Callable[[Any], None]


class ChildFailed(Exception):
    """A forked process was ended by a signal, raised, or did not come to an end. Says which."""


class Child:
    """A forked process that runs ``work``, which may tell things; they can be read whatever becomes of it."""

    def __init__(self, work: Callable[[Tell], None], log: Path | None = None) -> None:
        self._read, write = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.close(self._read)
            _be_child(work, write, log)
        os.close(write)
        self._told = b""

    def kill(self) -> bool:
        """SIGKILL. Whether it was still running."""
        os.kill(self.pid, signal.SIGKILL)
        return self._wait() == -signal.SIGKILL

    def is_running(self) -> bool:
        """Without waiting: it has not closed its end of the pipe."""
        while select.select([self._read], [], [], 0)[0]:
            some = os.read(self._read, 1 << 16)
            if not some:
                return False
            self._told += some
        return True

    def result(self, timeout: float = 600) -> list[Any]:
        """Everything it told, when it has come to its end.

        Raises:
            ChildFailed: it did not come to a good one.
        """
        give_up = time.monotonic() + timeout
        while self.is_running():
            if time.monotonic() > give_up:
                self.kill()
                raise ChildFailed(f"still running after {timeout:.0f} s")
            select.select([self._read], [], [], 0.1)
        status = self._wait()
        told = self.told()
        if status:
            raise ChildFailed(told[-1] if status > 0 and told else f"ended by {signal.Signals(-status).name}")
        return told

    def told(self) -> list[Any]:
        """What it told in whole lines. After it has ended."""
        while self.is_running():
            pass
        os.close(self._read)
        return [json.loads(line) for line in self._told.split(b"\n")[:-1]]

    def _wait(self) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def in_child(work: Callable[[], Any], log: Path | None = None) -> Any:
    """What ``work`` gives, as JSON, run in a process of its own. Raises ChildFailed."""
    return Child(lambda tell: tell(work()), log).result()[-1]


def _be_child(work: Callable[[Tell], None], write: int, log: Path | None) -> NoReturn:
    def tell(what: Any) -> None:
        os.write(write, json.dumps(what).encode() + b"\n")

    quiet = os.open(log or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(quiet, 2)
    logging.basicConfig(level=logging.WARNING, force=True)
    status = 0
    try:
        work(tell)
    except BaseException as error:
        tell(f"{type(error).__name__}: {error} ({traceback.extract_tb(error.__traceback__)[-1]})")
        status = 1
    os._exit(status)
