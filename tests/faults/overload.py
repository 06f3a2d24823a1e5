"""Far more questions at once than there are places to wait in: what becomes of them, and of all else meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence

import httpx

from assistant.evaluation.runs import timing
from assistant.web.http.queue import AT_ONCE, MOST
from benchmarks.trial import Row
from tests.faults.newsroom import Newsroom
from tests.faults.visitors import Reply, Visitor, client_of, numbers

_QUESTION = "Who denied the call?"
_MANY, _A_FEW = 1000, 300
_PROMPT = 1.0
_BESIDE = {"health": "/api/v1/health", "a search": "/api/v1/search?q=canal%20strike", "articles": "/api/v1/articles"}


async def overload(served: Newsroom, short: bool) -> list[Row]:
    """In short, whoever waits goes away when the others were refused: that is to leave no work behind."""
    async with client_of(served) as client:
        alone = await Visitor(client, served.keys[0]).ask(_QUESTION)
        many, took = _A_FEW if short else _MANY, defaultdict[str, list[float]](list)
        beside = asyncio.create_task(_ask_beside(client, served, took))
        keys = [served.keys[n % len(served.keys)] for n in range(many)]
        asking = [asyncio.create_task(Visitor(client, key).ask(_QUESTION)) for key in keys]
        while sum(task.done() for task in asking) < (many - MOST - AT_ONCE if short else many):
            await asyncio.sleep(0.1)
        for task in asking:
            task.cancel()
        told = await asyncio.gather(*asking, return_exceptions=True)
        beside.cancel()
        await asyncio.wait({beside})
        emptied = await _emptied(client, served)
        again = await Visitor(client, served.keys[0]).ask(_QUESTION)
    return [_kinds(told, alone), *_others(took, short), _afterwards(again, alone, emptied)]


async def _emptied(client: httpx.AsyncClient, served: Newsroom) -> float:
    """Seconds until nobody waits any more; those who went away are noticed after some."""
    began = time.monotonic()
    while (await numbers(client, served))["onrecord_waiting"]:
        await asyncio.sleep(0.2)
    return time.monotonic() - began


async def _ask_beside(client: httpx.AsyncClient, served: Newsroom, took: dict[str, list[float]]) -> None:
    """What others want meanwhile. A failure is a time without end."""
    while True:
        for what, path in _BESIDE.items():
            began = time.monotonic()
            answer = await client.get(path, headers=served.keys[-1])
            took[what].append(time.monotonic() - began if answer.status_code == 200 else float("inf"))
        await asyncio.sleep(0.3)


def _kinds(told: Sequence[Reply | BaseException], alone: Reply) -> Row:
    replies = [reply for reply in told if isinstance(reply, Reply)]
    right = sum(reply.ok and reply.text == alone.text for reply in replies)
    later = sum(reply.text.startswith("503") and reply.retry_after.isdecimal() for reply in replies)
    gone = sum(isinstance(one, asyncio.CancelledError) for one in told)
    others = [one for one in told if not isinstance(one, (Reply, asyncio.CancelledError))]
    others += [reply for reply in replies if not reply.ok and not reply.text.startswith("503")]  # type: ignore[misc]
    other = len(told) - right - later - gone
    went = f", {gone} went away" if gone else ""
    which = f" ({str(others[0])[:200]})" if others else ""
    measured = f"{right} right answers, {later} times 503 with Retry-After{went}, {other} others{which}"
    return Row(
        f"{len(told)} questions in one moment",
        measured,
        "nothing but right answers and 503",
        not other and later > 0,
        "21",
    )


def _others(took: dict[str, list[float]], short: bool) -> list[Row]:
    """In short nothing is decided by a time: the machine may be any."""
    rows = []
    for what, seconds in took.items():
        times = timing(seconds)
        measured = f"median {times.median:.0f} ms, 95th percentile {times.p95:.0f} ms, {len(seconds)} times"
        within = None if short else times.p95 <= _PROMPT * 1000
        rows.append(Row(f"… {what} meanwhile", measured, f"95 % within {_PROMPT:g} s", within, "21"))
    return rows


def _afterwards(again: Reply, alone: Reply, emptied: float) -> Row:
    is_right = again.ok and again.text == alone.text
    took = f"after {again.seconds:.1f} s (alone {alone.seconds:.1f} s); the line was empty after {emptied:.1f} s"
    measured = f"{'right' if is_right else again.text[:200]}, {took}"
    return Row("… and a question afterwards", measured, "right", is_right, "21")
