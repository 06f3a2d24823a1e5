"""The line: who is worked for when, who is told to come again, and what becomes of the work of those who go."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from contextlib import aclosing

import pytest
from busy import run

from assistant.web.http import queue as lines
from assistant.web.http.queue import AnswerQueue, QueueFull, Waiting


class Desk:
    """Work that is done when it is let go: one step that notes who was worked for, in order."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go = threading.Event()

    def work(self, name: str) -> Generator[str]:
        self.begun.append(name)
        assert self.go.wait(30)
        yield name
        yield f"{name} again"


async def asked(line: AnswerQueue, desk: Desk, whose: str, name: str) -> list[str | Waiting]:
    async with aclosing(line.taken(whose, desk.work(name))) as steps:
        return [step async for step in steps]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.01)


def test_a_few_are_worked_for_at_once_and_the_others_in_turn_a_visitor_at_a_time() -> None:
    async def scenario() -> None:
        line, desk = AnswerQueue(at_once=1, most=100), Desk()
        came = [("ada", "a1"), ("ada", "a2"), ("ada", "a3"), ("bo", "b1"), ("cy", "c1"), ("bo", "b2")]
        tasks = []
        for whose, name in came:
            tasks.append(asyncio.create_task(asked(line, desk, whose, name)))
            await asyncio.sleep(0)
        await until(lambda: bool(desk.begun))
        assert (line.working, line.waiting, desk.begun) == (1, 5, ["a1"])
        desk.go.set()
        told = await asyncio.gather(*tasks)
        assert desk.begun == ["a1", "a2", "b1", "c1", "a3", "b2"]
        assert told[0] == ["a1", "a1 again"]
        assert [one for one in told[5] if not isinstance(one, Waiting)] == ["b2", "b2 again"]
        assert told[5][0] == Waiting(5)
        assert told[5][-3] == Waiting(0)
        await until(lambda: line.working == 0)
        assert line.waiting == 0

    run(scenario)


def test_a_full_line_says_when_to_come_again_and_one_visitor_fills_a_quarter_of_it() -> None:
    async def scenario() -> None:
        line, desk, refused = AnswerQueue(at_once=1, most=8), Desk(), list[int]()
        line.on_refused = lambda: refused.append(1)
        tasks = [asyncio.create_task(asked(line, desk, f"visitor {n % 6}", str(n))) for n in range(9)]
        await until(lambda: line.waiting == 8)
        with pytest.raises(QueueFull, match=r"too many questions are waiting. Try again in \d+ seconds.") as full:
            await asked(line, desk, "late", "x")
        assert 1 <= full.value.seconds <= 120
        assert len(refused) == 1
        desk.go.set()
        await asyncio.gather(*tasks)
        await until(lambda: line.working == 0)

        greedy, desk.go = Desk(), threading.Event()
        tasks = [asyncio.create_task(asked(line, greedy, "ada", str(n))) for n in range(3)]
        await until(lambda: line.waiting == 2)
        with pytest.raises(QueueFull):
            await asked(line, greedy, "ada", "x")
        tasks.append(asyncio.create_task(asked(line, greedy, "bo", "b")))
        await until(lambda: line.waiting == 3)
        greedy.go.set()
        await asyncio.gather(*tasks)
        assert greedy.begun[2] == "b"

    run(scenario)


def test_nobody_is_let_into_a_line_that_would_take_too_long() -> None:
    async def scenario() -> None:
        line, desk = AnswerQueue(at_once=1, most=1000, longest=3), Desk()
        tasks = [asyncio.create_task(asked(line, desk, str(n), str(n))) for n in range(10)]
        await until(lambda: sum(task.done() for task in tasks) == 6)
        assert line.waiting == 3  # a turn is taken to last a second, until one did
        desk.go.set()
        told = await asyncio.gather(*tasks, return_exceptions=True)
        assert sum(isinstance(one, QueueFull) for one in told) == 6

    run(scenario)


def test_whoever_goes_before_their_turn_is_not_worked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_TOLD_EVERY", 0.02)

    async def scenario() -> None:
        line, desk = AnswerQueue(at_once=1), Desk()
        first = asyncio.create_task(asked(line, desk, "ada", "first"))
        await until(lambda: desk.begun == ["first"])
        leaves = line.taken("bo", desk.work("leaves"))
        assert await anext(leaves) == Waiting(1)
        cancelled = asyncio.create_task(asked(line, desk, "cy", "cancelled"))
        last = asyncio.create_task(asked(line, desk, "dee", "last"))
        await until(lambda: line.waiting == 3)
        await leaves.aclose()
        cancelled.cancel()
        await until(lambda: line.waiting == 1)
        desk.go.set()
        assert (await last)[-1] == "last again"
        await first
        assert desk.begun == ["first", "last"]

    run(scenario)


def test_whoever_goes_when_told_that_it_is_their_turn_is_not_worked_for() -> None:
    async def scenario() -> None:
        line, desk = AnswerQueue(at_once=1), Desk()
        first = asyncio.create_task(asked(line, desk, "ada", "first"))
        await until(lambda: desk.begun == ["first"])
        leaves = line.taken("bo", desk.work("leaves"))
        assert await anext(leaves) == Waiting(1)
        desk.go.set()
        await first
        assert await anext(leaves) == Waiting(0)
        await leaves.aclose()
        await until(lambda: line.working == 0)
        assert desk.begun == ["first"]

    run(scenario)


def test_work_that_goes_on_keeps_its_place_and_ends_with_the_step_under_way() -> None:
    async def scenario() -> None:
        line, desk, taken = AnswerQueue(at_once=1), Desk(), list[str]()

        def work() -> Generator[str]:
            for n in range(1000):
                assert desk.go.wait(30)
                taken.append(str(n))
                yield str(n)

        steps = line.taken("ada", work())
        task = asyncio.create_task(anext(steps))
        await until(lambda: line.working == 1)
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.wait({task})
        assert line.working == 1  # its step is under way
        desk.go.set()
        await until(lambda: line.working == 0)
        assert taken == ["0"]

    run(scenario)


def test_what_goes_wrong_in_the_work_is_told_and_frees_the_place() -> None:
    async def scenario() -> None:
        line = AnswerQueue(at_once=1)
        with pytest.raises(ZeroDivisionError):
            await line.done("ada", lambda: 1 // 0)
        await until(lambda: line.working == 0)
        assert await line.done("ada", lambda: 7) == 7

    run(scenario)


def test_what_is_less_urgent_goes_when_nobody_waits_or_after_its_patience() -> None:
    async def scenario() -> None:
        line, desk = AnswerQueue(at_once=1), Desk()
        tasks = [asyncio.create_task(asked(line, desk, "ada", name)) for name in "ab"]
        await until(lambda: line.waiting == 1)
        await asyncio.to_thread(line.lull, 0.1)
        assert line.waiting == 1
        patient = asyncio.create_task(asyncio.to_thread(line.lull, 30))
        desk.go.set()
        await patient
        assert line.waiting == 0
        await asyncio.gather(*tasks)

    run(scenario)
