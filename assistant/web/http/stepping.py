"""Work that goes step by step in a thread, taken from it on the event loop. Knows nothing of what the steps are."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any, TypeVar

Step = TypeVar("Step")


class NobodyListens(Exception):
    """Raised by work that notices in the middle of a step that nobody wants it any more. Never shown."""


def stepwise(
    steps: Generator[Step], start: Callable[[Callable[[], None]], Any], gone: threading.Event | None = None
) -> AsyncGenerator[Step]:
    """The steps, begun at once. ``start`` begins a thread that calls what it is handed: it waits for no one, so that
    whoever is slow to listen holds up no others. When nobody listens any more ``gone`` is set, and the step it is at is
    the last.
    """
    loop, told = asyncio.get_running_loop(), asyncio.Queue[Step | BaseException | None]()
    gone = gone or threading.Event()

    def tell(what: Step | BaseException | None) -> None:
        with contextlib.suppress(RuntimeError):  # the server has stopped meanwhile
            loop.call_soon_threadsafe(told.put_nowait, what)

    context = contextvars.copy_context()  # whoever asked is who acts, in the thread too
    start(lambda: context.run(_take, steps, tell, gone))
    return _told(told, gone)


async def _told(told: asyncio.Queue[Step | BaseException | None], gone: threading.Event) -> AsyncGenerator[Step]:
    try:
        while (one := await told.get()) is not None:
            if isinstance(one, BaseException):
                raise one
            yield one
    finally:
        gone.set()


def _take(steps: Generator[Step], tell: Callable[[Step | BaseException | None], None], gone: threading.Event) -> None:
    try:
        with contextlib.closing(steps):
            for step in steps:
                if gone.is_set():
                    break
                tell(step)
        tell(None)
    except BaseException as error:
        tell(error)
