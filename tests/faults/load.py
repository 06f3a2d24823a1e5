"""Two hundred visitors at a time, each in a conversation of their own, and then a thousand questions at once.

Every answer is compared with the one that the same conversation got when nobody else asked. Two loads are measured: all
ask in one moment and go on without a pause, and people who read for 20 to 60 seconds before they ask on.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from assistant.evaluation.runs import timing
from benchmarks import machine
from benchmarks.conversations import CONVERSATIONS
from benchmarks.trial import Row, Trial
from tests.faults.newsroom import Newsroom, newsroom
from tests.faults.overload import overload
from tests.faults.probes import probes
from tests.faults.rate_limits import paces
from tests.faults.visitors import Reply, Visitor, client_of, visitor

PEOPLE, A_FEW = 200, 20
_KINDS = 5
_SECONDS = 10
_MEGABYTES = 500
OFTEN = {"asks_per_minute": "100000", "changes_per_minute": "100000"}

Conversation = tuple[str, ...]
"""The questions of one, in order."""


@dataclass
class Size:
    """The most memory the server held, in megabytes, and what it held before."""

    before: float
    most: float = 0.0

    @property
    def growth(self) -> float:
        return self.most - self.before


@dataclass
class Told:
    """What a visitor was told, question by question, and the visitor, for who wants to pry."""

    visitor: Visitor
    asked: Conversation
    replies: list[Reply] = field(default_factory=list)


def run(short: bool) -> Iterator[Row | str]:
    people = A_FEW if short else PEOPLE
    with newsroom(people, **OFTEN) as served:
        yield from asyncio.run(_crowds(served, people, short))
        yield from asyncio.run(overload(served, short))
    yield from paces()


async def _crowds(served: Newsroom, people: int, short: bool) -> list[Row | str]:
    talks = conversations(people, short)
    async with client_of(served) as client:
        alone = await _alone(served, client, talks)
        at_once = await _crowd(served, client, talks, lambda: 0.0)
        rows = _rows(f"{people} visitors ask in one moment, and on without a pause", at_once, alone, short)
        if not short:
            paused = await _crowd(served, client, talks, lambda: random.uniform(20, 60))
            rows += _rows(f"{people} visitors who read for 20 to 60 seconds before they ask on", paused, alone, short)
            rows.append(_carried(at_once))
            await _leave(paused)
        pried = await probes(client, [told.visitor for told in at_once.told])
        rows.append(Row("visitors who try another's session, events, conversation and receipts", *pried, "25"))
    await _leave(at_once)
    return [*rows]


async def _leave(crowd: Crowd) -> None:
    for told in crowd.told:
        await told.visitor.leave()


def conversations(people: int, short: bool) -> list[Conversation]:
    """One for each visitor, as far as there are so many; the follow-ups stand on the answers before them.

    A few conversations are given to visitors of all kinds where it has to be quick.
    """
    lines = CONVERSATIONS.read_text(encoding="utf-8").splitlines()
    all = [tuple(turn["question"] for turn in json.loads(line)["turns"]) for line in lines]
    if short:
        return [all[n // _KINDS % 4][:2] for n in range(people)]
    return [all[n % len(all)] for n in range(people)]


Alone = dict[tuple[str, Conversation], list[str]]
"""By protocol and conversation: what was answered when nobody else asked."""


async def _alone(served: Newsroom, client: httpx.AsyncClient, talks: Sequence[Conversation]) -> Alone:
    found: Alone = {}
    for n, talk in enumerate(talks):
        one = visitor(n, client, served)
        if (one.protocol, talk) not in found:
            await one.arrive()
            replies = [await one.insist(question) for question in talk]
            await one.leave()
            assert all(reply.ok for reply in replies), replies
            found[one.protocol, talk] = [reply.text for reply in replies]
    return found


@dataclass
class Crowd:
    """What everyone was told, and the server's size meanwhile."""

    told: list[Told]
    size: Size
    seconds: float


async def _crowd(
    served: Newsroom, client: httpx.AsyncClient, talks: Sequence[Conversation], pause: Callable[[], float]
) -> Crowd:
    crowd = [Told(visitor(n, client, served), talk) for n, talk in enumerate(talks)]
    for told in crowd:
        await told.visitor.arrive()

    async def converse(told: Told) -> None:
        await asyncio.sleep(random.uniform(0, 2) * pause())
        for question in told.asked:
            told.replies.append(await told.visitor.insist(question))
            await asyncio.sleep(pause())

    async with watched(served) as size:
        began = time.monotonic()
        await asyncio.gather(*map(converse, crowd))
    return Crowd(crowd, size, time.monotonic() - began)


@asynccontextmanager
async def watched(served: Newsroom) -> AsyncIterator[Size]:
    """The server's size, watched while inside."""
    size = Size(machine.resident_megabytes(served.pid))

    async def watch() -> None:
        while True:
            size.most = max(size.most, machine.resident_megabytes(served.pid))
            await asyncio.sleep(0.5)

    watching = asyncio.create_task(watch())
    try:
        yield size
    finally:
        watching.cancel()


def _carried(crowd: Crowd) -> Row:
    """Each visitor then asks once in 40 seconds, and the ten of an answer."""
    rate = sum(len(told.replies) for told in crowd.told) / crowd.seconds
    what = "visitors who pause like that and can be answered within 10 seconds, by the answers a second measured"
    return Row(what, f"about {rate * (40 + _SECONDS):.0f}", number="21")


def _rows(what: str, crowd: Crowd, alone: Alone, short: bool) -> list[Row]:
    """In short nothing is decided by a time: the machine may be any."""
    replies = [reply for told in crowd.told for reply in told.replies]
    wrong = [one for told in crowd.told for one in _wrong(told, alone)]
    times = timing([reply.seconds for reply in replies])
    right = f"{len(replies) - len(wrong)} of {len(replies)}" + (f"; the first wrong: {wrong[0][:200]}" if wrong else "")
    rate = f"{len(replies) / crowd.seconds:.1f} answers a second"
    spread = f"median {times.median / 1000:.1f} s, 95th percentile {times.p95 / 1000:.1f} s, longest "
    slowest = max(reply.seconds for reply in replies)
    came_again = f"{sum(reply.refusals for reply in replies)} times told to come again"
    size = f"{crowd.size.before:.0f} MB before, {crowd.size.most:.0f} at most"
    return [
        Row(f"{what}: answers that are the visitor's own and right", right, "all", not wrong, "21"),
        Row("… seconds to a whole answer", f"{spread}{slowest:.1f} s; {rate}; {came_again}",
            f"95 % within {_SECONDS} s",
            None if short else times.p95 <= _SECONDS * 1000, "21"),
        Row("… memory of the server", size, f"+{_MEGABYTES} MB at most", crowd.size.growth <= _MEGABYTES, "21"),
    ]  # fmt: skip


def _wrong(told: Told, alone: Alone) -> Iterator[str]:
    """Answers that were not those of this conversation, asked alone."""
    expected = alone[told.visitor.protocol, told.asked]
    for reply, text in zip(told.replies, expected, strict=True):
        if not reply.ok or reply.text != text:
            yield f"{told.visitor.protocol}: {reply.text}"


TRIAL = Trial("load", "Two hundred visitors, and a thousand questions at once", run)
