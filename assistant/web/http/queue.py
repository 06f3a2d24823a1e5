"""Questions queue for the processor. When the queue is too long, clients are told when to try again.

A question uses all cores, so only a few are worked on at once and the others wait on the event loop, without a thread
each. Visitors take turns, so nobody is held up by another's many questions. Belongs to one event loop, and knows
nothing of questions.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from indexes.types.errors import OnRecordError

Step = TypeVar("Step")


class ClientGone(Exception):
    """Raised by work that notices, in the middle of a step, that its client has gone. Never shown."""


def stepwise(
    steps: Generator[Step], start: Callable[[Callable[[], None]], Any], gone: threading.Event | None = None
) -> AsyncGenerator[Step]:
    """Runs the steps, starting at once. ``start`` runs a callable in a thread, which does not wait for the client, so
    that a slow client holds up nobody else. When the client leaves, ``gone`` is set and the current step is the last.
    """
    loop, told = asyncio.get_running_loop(), asyncio.Queue[Step | BaseException | None]()
    gone = gone or threading.Event()

    def tell(what: Step | BaseException | None) -> None:
        with contextlib.suppress(RuntimeError):  # the server has stopped in the meantime
            loop.call_soon_threadsafe(told.put_nowait, what)

    context = contextvars.copy_context()  # the context names the acting user, in the thread too
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


Done = TypeVar("Done")

AT_ONCE = 2
"""While the model reads for one question, which keeps the cores busy, another is searched or cited."""

MOST = 250
"""How many may wait: a whole newsroom asking at the same moment."""

LONGEST = 120.0
"""The longest expected wait, in seconds, with which a question is accepted."""

_SHARE = 4
"""One visitor may take a quarter of the places."""

_TOLD_EVERY = 5.0
"""Seconds between updates to a waiting client, which also reveal that it has gone."""

_LATELY = 0.1
"""The weight of the latest turn in the moving average of how long turns take."""


class QueueFull(OnRecordError):
    """Too many are waiting. Seen by the client that was turned away; ``seconds`` from now there may be a place."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many questions are waiting. Try again in {seconds} seconds.")
        self.seconds = seconds


@dataclass(frozen=True)
class Waiting:
    """Waiting, with about ``seconds`` to go; 0: the work begins now, unless the client has gone."""

    seconds: int


@dataclass(eq=False)
class _Place:
    """A place in the queue, from arrival until the work is done."""

    whose: str
    turn: asyncio.Future[None]
    came: float = field(default_factory=time.monotonic)
    began: float = 0.0
    is_worked_for: bool = False


class AnswerQueue:
    """Works on ``at_once`` questions; up to ``most`` wait, none much longer than ``longest`` seconds."""

    def __init__(self, at_once: int = AT_ONCE, most: int = MOST, longest: float = LONGEST) -> None:
        self.at_once, self.most, self.longest = at_once, most, longest
        self.working = self.waiting = 0
        self.on_turn: Callable[[float], None] = _nothing
        """Called with the seconds that each one waited."""
        self.on_refused: Callable[[], None] = lambda: None
        self._threads = ThreadPoolExecutor(at_once, "asking")
        self._waiting = OrderedDict[str, deque[_Place]]()
        self._lasts = 1.0
        """Moving average of the seconds a turn takes."""

    async def taken(self, whose: str, steps: Generator[Step]) -> AsyncGenerator[Step | Waiting]:
        """Yields what ``steps`` yield once it is their turn; until then, a Waiting now and then.

        Closing it gives up the place: work that has not started never does; otherwise the current step is the last.

        Raises:
            LineFull: there is no place; raised at once, before anything is yielded.
        """
        place = self._joined(whose)
        try:
            waits = not place.turn.done()
            while not place.turn.done():
                yield Waiting(self._seconds(self._ahead(place)))
                await asyncio.wait({place.turn}, timeout=_TOLD_EVERY)
            if waits:
                yield Waiting(0)
            async with contextlib.aclosing(stepwise(steps, lambda work: self._work(place, work))) as worked:
                async for step in worked:
                    yield step
        finally:
            self._leave(place)

    async def done(self, whose: str, work: Callable[[], Done]) -> Done:
        """Runs ``work`` when it is its turn and returns its result. Raises LineFull."""
        found = list[Done]()
        async with contextlib.aclosing(self.taken(whose, _one_step(work))) as steps:
            async for step in steps:
                if not isinstance(step, Waiting):
                    found.append(step)
        return found[0]

    async def close(self) -> None:
        """Starts nothing more, and returns when the steps in progress have ended."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    def lull(self, seconds: float) -> None:
        """For background threads with less urgent work: returns when nobody waits, or after ``seconds``."""
        until = time.monotonic() + seconds
        while self.waiting and time.monotonic() < until:
            time.sleep(0.05)

    def _joined(self, whose: str) -> _Place:
        mine = len(self._waiting.get(whose, ()))
        place = _Place(whose, asyncio.get_running_loop().create_future())
        if self.working < self.at_once:
            self._begin(place)
            return place
        is_full = self.waiting >= self.most or mine >= max(1, self.most // _SHARE)
        if is_full or self._seconds(self._before(whose, mine)) > self.longest:
            self.on_refused()
            raise QueueFull(min(self._seconds(self.waiting), math.ceil(self.longest)))
        self._waiting.setdefault(whose, deque()).append(place)
        self.waiting += 1
        return place

    def _begin(self, place: _Place) -> None:
        self.working += 1
        place.began = time.monotonic()
        self.on_turn(place.began - place.came)
        place.turn.set_result(None)

    def _next(self) -> None:
        """Starts the next questions, one per visitor in round-robin order."""
        while self._waiting and self.working < self.at_once:
            whose, places = self._waiting.popitem(last=False)
            place = places.popleft()
            self.waiting -= 1
            if places:
                self._waiting[whose] = places
            self._begin(place)

    def _work(self, place: _Place, work: Callable[[], None]) -> None:
        loop, place.is_worked_for = asyncio.get_running_loop(), True

        def finished(_: object) -> None:
            with contextlib.suppress(RuntimeError):  # the server has stopped in the meantime
                loop.call_soon_threadsafe(self._finished, place)

        self._threads.submit(work).add_done_callback(finished)

    def _finished(self, place: _Place) -> None:
        """Frees the processor only now that the work has ended, even if the client left earlier."""
        if place.is_worked_for:
            self._lasts += _LATELY * (time.monotonic() - place.began - self._lasts)
        self.working -= 1
        self._next()

    def _leave(self, place: _Place) -> None:
        if not place.turn.done():
            self._waiting[place.whose].remove(place)
            self.waiting -= 1
            if not self._waiting[place.whose]:
                del self._waiting[place.whose]
        elif not place.is_worked_for:
            self._finished(place)

    def _ahead(self, place: _Place) -> int:
        """How many come before it."""
        places = self._waiting.get(place.whose, deque())
        return self._before(place.whose, places.index(place)) if place in places else 0

    def _before(self, whose: str, mine: int) -> int:
        """How many come before a visitor's question that has ``mine`` of their own before it."""
        return mine + sum(min(len(places), mine + 1) for who, places in self._waiting.items() if who != whose)

    def _seconds(self, ahead: int) -> int:
        return max(1, math.ceil((ahead + 1) * self._lasts / self.at_once))


def _one_step(work: Callable[[], Done]) -> Generator[Done]:
    yield work()


def _nothing(seconds: float) -> None:
    pass
