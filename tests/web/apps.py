"""The whole app in this process, over an empty index, asked as by a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from assistant.accounts.credentials import Passwords
from assistant.accounts.database import database_at
from assistant.accounts.errors import UserExists
from assistant.accounts.permissions import Role
from assistant.assistant import Assistant
from assistant.desk import Desk
from assistant.settings import Settings
from assistant.web.create_app import create_app
from indexes import Index

HERE = "http://127.0.0.1"
OWN = {"Origin": HERE}
PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class App:
    """``client`` keeps cookies; ``another`` is one that has none."""

    asgi: ASGIApp
    desk: Desk
    client: TestClient
    index: Index

    def another(self, address: str = "127.0.0.1", base: str = HERE) -> TestClient:
        """Asks from ``address``, without beginning or ending the app."""
        client = TestClient(
            self.asgi, base, client=(address, 50000), follow_redirects=False, raise_server_exceptions=False
        )
        client.portal = self.client.portal
        return client

    def logged_in(self, name: str) -> TestClient:
        client = self.another()
        answer = client.post("/login", data={"name": name, "password": PASSWORD}, headers=OWN)
        assert answer.status_code == 303, answer.text
        return client


@contextmanager
def running(folder: Path, **given: Any) -> Iterator[App]:
    settings = Settings(home=folder, **{"auth": "users", **given})
    url = settings.database_url.get_secret_value()
    with (
        Index(folder, database_url=url) as index,
        Desk(database_at(folder / "desk.db", url), auth=settings.auth, passwords=Passwords(CHEAP)) as desk,
    ):
        if settings.auth == "users":
            for name, role in (("ada", Role.EDITOR), ("bo", Role.READER), ("cy", Role.ADMIN)):
                with suppress(UserExists):  # another app on the same database was here
                    desk.users.add(name, role, PASSWORD)
        asgi = create_app(Assistant(index), desk, settings)
        with TestClient(asgi, HERE, client=("127.0.0.1", 50000), follow_redirects=False) as client:
            yield App(asgi, desk, client, index)
