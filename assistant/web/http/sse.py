"""Answers work that goes step by step: whole, or as server-sent events, each step as soon as it is done."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

from fastapi.sse import EventSourceResponse, ServerSentEvent, format_sse_event
from pydantic import BaseModel
from starlette.requests import Request

from assistant.web.http.problems import BUSY, UNAVAILABLE, ProblemRaised, problem_of
from assistant.web.http.queue import stepwise
from indexes.types.errors import OnRecordError

Events = AsyncGenerator[ServerSentEvent]
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def event(data: Any, name: str | None = None) -> ServerSentEvent:
    """One event, its data as JSON."""
    return ServerSentEvent(data=data, event=name)


def comment(words: str) -> ServerSentEvent:
    """What keeps a connection open and is passed over by whoever reads events."""
    return ServerSentEvent(comment=words)


async def event_stream(events: Events) -> EventSourceResponse:
    """Sends ``events`` as they come. Raises what goes wrong before the first."""
    return streamed(_from(await anext(events), events))


def streamed(events: Events) -> EventSourceResponse:
    """Sends ``events`` as they come, past any proxy's buffer.

    FastAPI itself makes a stream only of a route that always streams, and has sent the status before the first event;
    ours answer as they are asked, and what fails before the first event is a problem with a status of its own.
    """
    return EventSourceResponse(_written(events), headers=_HEADERS)


async def _written(events: Events) -> AsyncIterator[bytes]:
    async with aclosing(events):
        async for one in events:
            yield format_sse_event(data_str=_data(one), event=one.event, comment=one.comment)


def _data(one: ServerSentEvent) -> str | None:
    """None of a comment."""
    if one.data is None:
        return one.raw_data
    return one.data.model_dump_json() if isinstance(one.data, BaseModel) else json.dumps(one.data, ensure_ascii=False)


async def _from(first: ServerSentEvent, rest: Events) -> Events:
    async with aclosing(rest):
        yield first
        async for one in rest:
            yield one


Step = tuple[str, dict[str, Any]]
"""What was done: ``outcome``, of an article, or ``visit``, of a feed; and what became of it."""
Work = Callable[[threading.Event], Generator[Step]]
"""Makes the steps. The event is set when whoever sent the request has gone: they are to end as soon as they can."""
Answer = TypeVar("Answer")
_KINDS = ("added", "updated", "unchanged", "refused")
_MOST_WAITING = 20
_LOOK_AGAIN, _TELL_AGAIN = 0.25, 5.0
"""Seconds between two looks whether there is a place, and between two words to whoever waits for one."""
_log = logging.getLogger(__name__)


class IntakeSlots:
    """Such work waits for servers elsewhere and for its turn to write, so it has threads of its own, but not many.

    To be taken on the event loop alone; given back from anywhere.
    """

    def __init__(self, count: int) -> None:
        self.count, self.waiting = count, 0
        self._taken = 0
        self._changing = threading.Lock()

    @property
    def full(self) -> bool:
        return self._taken >= self.count

    def take(self) -> None:
        with self._changing:
            self._taken += 1

    def give_back(self) -> None:
        with self._changing:
            self._taken -= 1


_PLACES = IntakeSlots(4)


async def answered(request: Request, work: Work, done: Callable[[], None] = lambda: None) -> Any:
    """The answer to ``request`` that this work makes: events, where it accepts them. ``done`` is called in the end.

    The work ends with the connection; what was done before holds. While all places are taken, those who accept events
    are told that they wait.

    Raises:
        ProblemRaised: there is no place, or whoever sent it has gone.
        ProblemRaised, OnRecordError: the work failed; where events are sent, its first step did.
    """
    streams = "text/event-stream" in request.headers.get("accept", "")
    if _PLACES.full:
        if not streams or _PLACES.waiting >= _MOST_WAITING:
            done()
            raise _no_place()
        return streamed(_when_there_is_a_place(work, done))
    gone = threading.Event()
    taken = _begun(work, done, gone)
    try:
        if not streams:
            return _whole(await _while_connected(request, _all(taken)))
        return streamed(_events(await _while_connected(request, _first(taken)), taken))
    except BaseException:
        gone.set()
        raise


def _no_place() -> ProblemRaised:
    detail = f"Others are adding articles, as many as can at once ({_PLACES.count}). Send it again in a few seconds."
    return BUSY.problem(detail, {"Retry-After": "5"})


def _begun(work: Work, done: Callable[[], None], gone: threading.Event) -> AsyncGenerator[Step]:
    """The steps, taken from now on in a thread of their own, which holds a place until it ends."""

    def begin(work: Callable[[], None]) -> None:
        def in_its_place() -> None:
            try:
                work()
            finally:
                _PLACES.give_back()
                done()

        _PLACES.take()
        threading.Thread(target=in_its_place, name="intake", daemon=True).start()

    return stepwise(work(gone), begin, gone)


async def _when_there_is_a_place(work: Work, done: Callable[[], None]) -> Events:
    _PLACES.waiting += 1
    try:
        waited = 0.0
        while _PLACES.full:
            if waited % _TELL_AGAIN == 0:
                yield comment("waiting, while others are adding")
            await asyncio.sleep(_LOOK_AGAIN)
            waited += _LOOK_AGAIN
    except BaseException:
        done()
        raise
    finally:
        _PLACES.waiting -= 1
    async with contextlib.aclosing(_events(None, _begun(work, done, threading.Event()))) as events:
        async for one in events:
            yield one


async def _while_connected(request: Request, answer: Coroutine[Any, Any, Answer]) -> Answer:
    """The answer, if ``request`` is still there to be told; else it is given up. Once its body was read.

    Raises:
        ProblemRaised: whoever sent it has gone.
    """
    working, leaving = asyncio.ensure_future(answer), asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise UNAVAILABLE.problem("Whoever sent this has gone.")
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _all(taken: AsyncGenerator[Step]) -> list[Step]:
    async with contextlib.aclosing(taken):
        return [step async for step in taken]


async def _first(taken: AsyncGenerator[Step]) -> Step | None:
    return await anext(taken, None)


async def _events(first: Step | None, rest: AsyncGenerator[Step]) -> Events:
    steps = []
    async with contextlib.aclosing(rest):
        try:
            if first is not None:
                steps.append(first)
                yield _event(first)
            async for step in rest:
                steps.append(step)
                yield _event(step)
        except Exception as error:
            if not isinstance(error, OnRecordError):
                _log.exception("adding failed")
            yield event(problem_of(error).document, "problem")
            return
    yield event(_counts(steps), "done")


def _event(step: Step) -> ServerSentEvent:
    name, what = step
    return event(what, name)


def _whole(steps: Sequence[Step]) -> dict[str, Any]:
    told = {"outcomes": [what for name, what in steps if name == "outcome"]}
    return {**told, "visits": [what for name, what in steps if name == "visit"], **_counts(steps)}


def _counts(steps: Sequence[Step]) -> dict[str, int]:
    counts = Counter(what["kind"] for name, what in steps if name == "outcome")
    return {kind: counts[kind] for kind in _KINDS}
