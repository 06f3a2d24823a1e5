"""Debian's PostgreSQL, started in a folder of its own, as a user who may do little."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import URL, NullPool, create_engine

PASSWORD = "quay side lantern"
_NOBODY = 65534
_SETTINGS = ("listen_addresses=127.0.0.1", "fsync=off", "full_page_writes=off", "max_connections=60")


@dataclass
class PostgreSQL:
    """A server that can be stopped and started; ``url`` is that of a database in it."""

    programs: Path
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    databases: list[str] = field(default_factory=list)

    def url(self, database: str, password: str = PASSWORD, user: str = "onrecord", port: int = 0) -> str:
        made = URL.create("postgresql", user, password, "127.0.0.1", port or self.port, database)
        return made.render_as_string(hide_password=False)

    def new_database(self) -> str:
        """The URL of an empty one."""
        self.databases.append(f"newsroom{len(self.databases)}")
        self.run("postgres", f"CREATE DATABASE {self.databases[-1]}")
        return self.url(self.databases[-1])

    def emptied_database(self) -> str:
        """The URL of one that is emptied each time, which is quicker than to make one."""
        if "desk" not in self.databases:
            self.databases.append("desk")
            self.run("postgres", "CREATE DATABASE desk")
        self.run("desk", "DROP SCHEMA IF EXISTS onrecord CASCADE")
        return self.url("desk")

    def run(self, database: str, statement: str) -> list[Any]:
        """What the server answers its operator."""
        url = self.url(database).replace("postgresql:", "postgresql+psycopg:")
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as db:
            found = db.exec_driver_sql(statement)
            return list(found.all()) if found.returns_rows else []

    def start(self) -> None:
        options = [part for setting in _SETTINGS for part in ("-c", setting)]
        command = [str(self.programs / "postgres"), "-D", "data", "-p", str(self.port), "-k", str(self.folder)]
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            [*command, *options], cwd=self.folder, stdout=log, stderr=log, **_unprivileged()
        )
        give_up = time.monotonic() + 60
        while subprocess.run([self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode:
            assert time.monotonic() < give_up, (self.folder / "log").read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """At once: every connection breaks."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60)


def programs() -> Path | None:
    """The folder of the server's programs, the newest; None where there is no PostgreSQL."""
    debian = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    elsewhere = shutil.which("initdb")
    return max(debian, key=lambda folder: int(folder.parent.name), default=None) or (
        Path(elsewhere).parent if elsewhere else None
    )


@contextmanager
def running(programs: Path) -> Iterator[PostgreSQL]:
    """A server until the end, with a role ``onrecord`` that has a password."""
    folder = Path(tempfile.mkdtemp(prefix="postgresql"))
    try:
        (folder / "password").write_text(PASSWORD)
        for path in (folder, folder / "password"):
            if os.getuid() == 0:
                os.chown(path, _NOBODY, _NOBODY)
        made = ["-D", "data", "-U", "onrecord", "--pwfile=password", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C"]
        command = [str(programs / "initdb"), *made, "--no-sync"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, **_unprivileged())
        server = PostgreSQL(programs, folder, _free_port())
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.getuid() == 0 else {}


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
