"""Visitors who come, ask and often vanish in the middle, for long: what the server keeps of them.

    python -m tests.faults.soak [MINUTES]

prints the same table for so many minutes, and writes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from benchmarks import machine
from benchmarks.trial import Row, Trial
from tests.faults.load import OFTEN, Conversation, conversations
from tests.faults.newsroom import Newsroom, newsroom
from tests.faults.visitors import client_of, numbers, visitor

MINUTES, A_MOMENT = 30.0, 0.2
_PEOPLE = 20
_VANISH = 0.4
_QUIET = 25
"""Seconds after which nothing may be left of the last visitors: Gradio looks for who has gone every 15."""

_MEGABYTES_AN_HOUR = 20
_LEEWAY = 8
"""Threads and files more than in the beginning are none that were forgotten: pools have grown."""


@dataclass(frozen=True)
class Sample:
    """What the server held, so many seconds after the beginning."""

    seconds: float
    megabytes: float
    files: int
    threads: int


def run(short: bool) -> Iterator[Row | str]:
    yield from soak(A_MOMENT if short else MINUTES)


def soak(minutes: float) -> Iterator[Row | str]:
    with newsroom(_PEOPLE, **OFTEN) as served:
        yield from asyncio.run(_soaked(served, minutes))


async def _soaked(served: Newsroom, minutes: float) -> list[Row]:
    talks, samples, counts = conversations(_PEOPLE, False), list[Sample](), {"answered": 0, "vanished": 0, "failed": 0}
    began = time.monotonic()

    def sample() -> Sample:
        size = machine.resident_megabytes(served.pid)
        return Sample(time.monotonic() - began, size, served.files(), served.threads())

    async with client_of(served) as client:
        visits = [asyncio.create_task(_visits(n, served, client, talks, counts)) for n in range(_PEOPLE)]
        while time.monotonic() - began < 60 * minutes:
            await asyncio.sleep(min(10, 6 * minutes))
            samples.append(sample())
        for task in visits:
            task.cancel()
        await asyncio.wait(visits)
        await asyncio.sleep(_QUIET)
        left = sample()
        working = await numbers(client, served)
    return _rows(minutes, counts, samples, left, working)


async def _visits(
    n: int, served: Newsroom, client: httpx.AsyncClient, talks: list[Conversation], counts: dict[str, int]
) -> None:
    """One visit after the other; some end in the middle of an answer, with every connection cut."""
    chance = random.Random(n)
    while True:
        one, talk = visitor(chance.randrange(1000), client, served), chance.choice(talks)
        await one.arrive()
        with contextlib.suppress(TimeoutError):
            try:
                for question in talk:
                    vanishes = chance.random() < _VANISH
                    async with asyncio.timeout(chance.uniform(0, 1.5) if vanishes else None):
                        reply = await one.insist(question)
                    counts["answered" if reply.ok else "failed"] += 1
            except TimeoutError:
                counts["vanished"] += 1
            finally:
                await one.leave()


def _rows(
    minutes: float, counts: dict[str, int], samples: list[Sample], left: Sample, line: dict[str, float]
) -> list[Row]:
    """What was kept is judged from the second quarter on: before that caches and pools fill."""
    later = samples[len(samples) // 4 :]
    first = later[0]
    an_hour = _slope(later)
    lasted = (samples[-1].seconds - first.seconds) / 3600
    is_long = minutes >= 10
    said = ", ".join(f"{count} {what}" for what, count in counts.items())
    in_line = f"{line['onrecord_waiting']:.0f} waiting, {line['onrecord_working']:.0f} worked for"
    return [
        Row(f"{minutes:g} minutes of {_PEOPLE} visitors, some of whom vanish", said, "none failed",
            not counts["failed"] and counts["answered"] > 0, "22"),
        Row("… memory, from the second quarter on", f"{an_hour:+.1f} MB an hour; {first.megabytes:.0f} MB, in the end "
            f"{left.megabytes:.0f} MB, over {60 * lasted:.0f} minutes", f"{_MEGABYTES_AN_HOUR} MB an hour at most",
            an_hour <= _MEGABYTES_AN_HOUR if is_long else None, "22"),
        Row("… files and connections open when all have gone", f"{left.files} (most {max(s.files for s in samples)})",
            f"{_LEEWAY} more than the fewest before", left.files <= min(s.files for s in samples) + _LEEWAY, "22"),
        Row("… threads when all have gone", f"{left.threads} (most {max(s.threads for s in samples)})",
            f"{_LEEWAY} more than the fewest before", left.threads <= min(s.threads for s in samples) + _LEEWAY, "22"),
        Row("… questions left in the line", in_line, "none",
            not line["onrecord_waiting"] and not line["onrecord_working"], "22"),
    ]  # fmt: skip


def _slope(samples: list[Sample]) -> float:
    """Megabytes an hour, by the least squares."""
    if len(samples) < 2:
        return 0.0
    line = statistics.linear_regression([s.seconds / 3600 for s in samples], [s.megabytes for s in samples])
    return line.slope


TRIAL = Trial("soak", "Visitors who vanish, for half an hour", run)

if __name__ == "__main__":
    for row in soak(float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES):
        print(row)
