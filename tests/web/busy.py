"""The whole app on a real port of this process, over an assistant that answers when it is let go."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from apps import CHEAP, PASSWORD

from assistant.accounts.credentials import Passwords
from assistant.accounts.database import database_at
from assistant.accounts.permissions import Role
from assistant.assistant import Assistant
from assistant.desk import Desk
from assistant.settings import Settings
from assistant.types.answers import NotFound
from assistant.types.turns import PriorTurn, Turn
from assistant.web.create_app import create_app
from indexes import Index
from indexes.types.filters import EVERYTHING, Filter


class Slow(Assistant):
    """Finds nothing, as soon as it is let go; ``begun`` are the questions it was at."""

    def __init__(self, index: Index) -> None:
        super().__init__(index)
        self.begun: list[str] = []
        self.go = threading.Event()

    def converse(
        self, question: str, where: Filter = EVERYTHING, turns: Sequence[PriorTurn] = (), as_it_is: bool = False
    ) -> Generator[Turn]:
        self.begun.append(question)
        assert self.go.wait(60)
        yield Turn(question, question, NotFound(question, ()))

    def lacks(self) -> str:
        return ""


@dataclass
class Busy:
    """``url`` of the app, its users' ``desk``, its ``assistant``, and the event loop it runs on."""

    url: str
    desk: Desk
    assistant: Slow
    loop: asyncio.AbstractEventLoop

    def session(self, name: str) -> dict[str, str]:
        """What the browser of a user sends who has logged in."""
        token = self.desk.sessions.begin(self.desk.users.named(name))
        return {"Cookie": f"onrecord={token}", "Origin": self.url}

    def tasks(self) -> int:
        """How many tasks run on the server's loop."""

        async def count() -> int:
            return len(asyncio.all_tasks())

        return asyncio.run_coroutine_threadsafe(count(), self.loop).result(30)


@contextmanager
def busy(
    folder: Path, users: Sequence[str] = ("ada", "bo", "cy"), kind: Callable[[Index], Slow] = Slow, **given: Any
) -> Iterator[Busy]:
    settings = Settings(home=folder, **{"auth": "users", "asks_per_minute": 10_000, **given})
    with (
        Index(folder) as index,
        Desk(database_at(folder / "desk.db"), auth=settings.auth, passwords=Passwords(CHEAP)) as desk,
        socket.create_server(("127.0.0.1", 0), backlog=2048) as listening,
    ):
        for name in users:
            desk.users.add(name, Role.EDITOR, PASSWORD)
        assistant = kind(index)
        config = uvicorn.Config(create_app(assistant, desk, settings), log_level="warning", access_log=False)
        server = uvicorn.Server(config)
        loops: list[asyncio.AbstractEventLoop] = []

        async def serve() -> None:
            loops.append(asyncio.get_running_loop())
            await server.serve(sockets=[listening])

        thread = threading.Thread(target=lambda: asyncio.run(serve()))
        thread.start()
        try:
            until(lambda: server.started)
            yield Busy(f"http://127.0.0.1:{listening.getsockname()[1]}", desk, assistant, loops[0])
        finally:
            assistant.go.set()
            server.should_exit = True
            thread.join()


def until(holds: Callable[[], bool]) -> None:
    for _ in range(3000):
        if holds():
            return
        time.sleep(0.02)
    raise AssertionError("it never came to that")


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """In a thread of its own: the browser's tests may have left an event loop in this one."""
    failed: list[BaseException] = []

    def there() -> None:
        try:
            asyncio.run(scenario())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=there)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
