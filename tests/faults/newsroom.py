"""A newsroom to be asked: the sample articles behind a real server, with users who have logged in, and keys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from argon2 import PasswordHasher

from assistant.accounts.credentials import Passwords
from assistant.accounts.database import database_at
from assistant.accounts.permissions import Role, Scope
from assistant.desk import Desk
from benchmarks.samples import SAMPLES

PAGE = "https://intranet.example"
PASSWORD = "correct horse battery"
ONRECORD = str(Path(sys.executable).with_name("onrecord"))
_QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass(frozen=True)
class Newsroom:
    """Where the server is, and what its users' browsers (``sessions``) and programs (``keys``) send along."""

    url: str
    pid: int
    sessions: tuple[dict[str, str], ...]
    keys: tuple[dict[str, str], ...]

    def files(self) -> int:
        """How many files and connections the server has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def threads(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/task"))


@contextmanager
def newsroom(people: int, **settings: str) -> Iterator[Newsroom]:
    """So many users with as many keys, and ``onrecord serve``, ready, under these settings."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        added = {name.upper(): value for name, value in settings.items()}
        given = {"HOME": str(home), "PORT": "0", "AUTH": "users", "WIDGET_PAGES": json.dumps([PAGE]), **added}
        environment = {**os.environ, **{f"ONRECORD_{name}": value for name, value in given.items()}}
        environment.pop("OMP_NUM_THREADS", None)  # as shipped: it works on all cores
        adding = [ONRECORD, "add", str(SAMPLES)]
        subprocess.run(adding, env=environment, cwd=folder, check=True, capture_output=True)
        sessions, keys = _let_in(home, people)
        with serving(Path(folder), environment) as (url, pid):
            here = tuple({"Cookie": f"onrecord={token}", "Origin": url} for token in sessions)
            yield Newsroom(url, pid, here, tuple({"Authorization": f"Bearer {key}"} for key in keys))


@contextmanager
def serving(
    folder: Path, environment: Mapping[str, str], through: Callable[[list[str]], list[str]] = list
) -> Iterator[tuple[str, int]]:
    """Address and process of ``onrecord serve``, ready. ``through`` may put another command before it."""
    log = (folder / "server.log").open("w")  # Gradio writes there of every step that it refuses
    command = through([ONRECORD, "serve", "--json"])
    server = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True)
    assert server.stdout is not None
    try:
        url: str = json.loads(server.stdout.readline())["url"]
        _wait_until_ready(url)
        yield url, server.pid
    finally:
        server.terminate()
        try:
            server.wait(timeout=60)
        except subprocess.TimeoutExpired:
            server.kill()
            raise
        finally:
            log.close()


def _let_in(home: Path, people: int) -> tuple[list[str], list[str]]:
    """Tokens of sessions and keys, made at the desk: 200 logins would take a minute of hashing."""
    with Desk(database_at(home / "desk.db"), auth="users", passwords=_QUICK) as desk:
        users = [desk.users.add(f"user{n}", Role.EDITOR, PASSWORD) for n in range(people)]
        scopes = [Scope.ASK, Scope.SEARCH, Scope.READ, Scope.METRICS, Scope.ADD, Scope.REMOVE]
        keys = [desk.keys.add(f"key{n}", scopes)[0] for n in range(people)]
        return [desk.sessions.begin(user) for user in users], keys


def _wait_until_ready(url: str) -> None:
    until = time.monotonic() + 300
    while httpx.get(url + "/api/v1/ready", timeout=60).status_code != 200:
        if time.monotonic() > until:
            raise TimeoutError("the server was not ready after five minutes")
        time.sleep(0.5)
