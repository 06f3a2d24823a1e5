"""Answers work that goes step by step: whole, or as server-sent events, each step as soon as it is done."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Sequence
from typing import Any

from starlette.requests import Request

from assistant.web.api.problems import problem_of
from assistant.web.api.streaming import event, streamed
from assistant.web.stepping import stepwise
from indexes.errors import OnRecordError

Step = tuple[str, dict[str, Any]]
"""What was done: ``outcome``, of an article, or ``visit``, of a feed; and what became of it."""
_KINDS = ("added", "updated", "unchanged", "refused")
_AT_ONCE = threading.BoundedSemaphore(4)
"""Such work waits for servers elsewhere and for its turn to write, so it has threads of its own, but not many."""
_log = logging.getLogger(__name__)


async def answered(request: Request, steps: Generator[Step], done: Callable[[], None] = lambda: None) -> Any:
    """The answer to ``request`` that these steps make: events, where it accepts them. ``done`` is called in the end.

    Raises:
        ProblemRaised, OnRecordError: the work failed; where events are sent, its first step did.
    """
    taken = _taken(steps, done)
    if "text/event-stream" not in request.headers.get("accept", ""):
        return _whole([step async for step in taken])
    return streamed(_events(await anext(taken, None), taken))


def _taken(steps: Generator[Step], done: Callable[[], None]) -> AsyncGenerator[Step]:
    """The steps, taken in a thread of their own."""

    def begin(work: Callable[[], None]) -> None:
        def in_turn() -> None:
            try:
                with _AT_ONCE:
                    work()
            finally:
                done()

        threading.Thread(target=in_turn, name="intake", daemon=True).start()

    return stepwise(steps, begin)


async def _events(first: Step | None, rest: AsyncGenerator[Step]) -> AsyncIterator[str]:
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


def _event(step: Step) -> str:
    name, what = step
    return event(what, name)


def _whole(steps: Sequence[Step]) -> dict[str, Any]:
    told = {"outcomes": [what for name, what in steps if name == "outcome"]}
    return {**told, "visits": [what for name, what in steps if name == "visit"], **_counts(steps)}


def _counts(steps: Sequence[Step]) -> dict[str, int]:
    counts = Counter(what["kind"] for name, what in steps if name == "outcome")
    return {kind: counts[kind] for kind in _KINDS}
