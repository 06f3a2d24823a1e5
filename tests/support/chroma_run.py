"""Chroma's own server, ``chroma run``, on loopback: stopped, killed and started at will."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx


@dataclass
class Chroma:
    """A server on a folder of its own, at the same port whenever it is started again."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        program = Path(sys.executable).with_name("chroma")
        where = ["--path", str(self.folder / "data"), "--host", "127.0.0.1", "--port", str(self.port)]
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen([program, "run", *where], cwd=self.folder, stdout=log, stderr=log)
        give_up = time.monotonic() + 60
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < give_up
            time.sleep(0.02)

    def stop(self) -> None:
        self._ended(lambda process: process.terminate())

    def kill(self) -> None:
        self._ended(lambda process: process.kill())

    def _ended(self, end: Callable[[subprocess.Popen[bytes]], None]) -> None:
        if self.process is not None:
            end(self.process)
            self.process.wait(timeout=60)
            self.process = None

    def emptied(self) -> None:
        """Stops it, forgets all it held, and starts it."""
        self.stop()
        shutil.rmtree(self.folder / "data")
        self.start()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/v2/heartbeat", trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False


@contextmanager
def running() -> Iterator[Chroma]:
    folder = Path(tempfile.mkdtemp(prefix="chroma"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    server = Chroma(folder, port)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
