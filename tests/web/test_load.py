"""More questions than can be answered at once, over HTTP: who waits, who is told to come again, and what goes on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from busy import Busy, busy, run
from prometheus_client.parser import text_string_to_metric_families

from assistant.accounts.permissions import Scope
from assistant.web import create_app as assembly
from assistant.web.http import queue as lines
from assistant.web.http.queue import AnswerQueue
from tests.faults.visitors import ChatVisitor, ProtocolVisitor, Reply, Visitor

NAMES = tuple("abcdefgh")


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Busy]:
    """One question is worked on at once, four may wait, one of each visitor."""
    monkeypatch.setattr(assembly, "AnswerQueue", lambda: AnswerQueue(at_once=1, most=4))
    monkeypatch.setattr(lines, "_TOLD_EVERY", 0.1)
    with busy(tmp_path, NAMES) as app:
        yield app


def key(app: Busy) -> dict[str, str]:
    text, _ = app.desk.keys.add("machine", [Scope.METRICS, Scope.SEARCH, Scope.READ])
    return {"Authorization": f"Bearer {text}"}


def visitors(app: Busy, client: httpx.AsyncClient) -> list[Visitor]:
    """Of each kind, each another user."""
    kinds: list[Callable[[dict[str, str]], Visitor]] = [
        lambda user: Visitor(client, user),
        lambda user: Visitor(client, user, streams=True),
        lambda user: ProtocolVisitor(client, user),
        lambda user: ChatVisitor(client, user),
    ]
    return [kind(app.session(name)) for kind, name in zip(kinds, NAMES, strict=False)]


async def numbers(app: Busy, client: httpx.AsyncClient, machine: dict[str, str]) -> dict[str, float]:
    text = (await client.get("/metrics", headers=machine)).text
    return {one.name: one.value for family in text_string_to_metric_families(text) for one in family.samples}


async def until_waiting(app: Busy, client: httpx.AsyncClient, machine: dict[str, str], many: int) -> None:
    async with asyncio.timeout(60):
        while (await numbers(app, client, machine))["onrecord_waiting"] != many:
            await asyncio.sleep(0.05)


def test_whoever_finds_no_place_is_told_when_to_come_again_and_all_else_goes_on(app: Busy) -> None:
    async def scenario() -> None:
        async with httpx.AsyncClient(base_url=app.url, timeout=60) as client:
            machine = key(app)
            early = [Visitor(client, app.session(name)) for name in NAMES[3:]]
            waiting = [asyncio.create_task(one.ask("early?")) for one in early]
            await until_waiting(app, client, machine, 4)
            for path in ("/api/v1/health", "/api/v1/search?q=ferry", "/api/v1/articles", "/articles", "/site/chat.css"):
                answer = await client.get(path, headers=machine if path.startswith("/api") else early[0].headers)
                assert answer.status_code == 200, path
            whole, stream, protocol, chat = visitors(app, client)
            await chat.arrive()
            late = [await one.ask("late?") for one in (whole, stream, protocol, chat)]
            counted = await numbers(app, client, machine)
            app.assistant.go.set()
            assert all(reply.ok for reply in await asyncio.gather(*waiting))
            after = await chat.ask("later?")
            await chat.leave()
        assert [is_told(reply) for reply in late[:3]] == [True] * 3
        assert "urn:onrecord:problem:overloaded" in late[0].text
        assert '"server_error"' in late[2].text
        assert late[3].text.count("Too many questions are waiting. Try again in ") == 1
        assert (counted["onrecord_refused_total"], counted["onrecord_working"]) == (4, 1)
        assert after.ok
        assert app.assistant.begun == ["early?"] * 5 + ["later?"]

    run(scenario)


def is_told(reply: Reply) -> bool:
    return reply.text.startswith("503 ") and 1 <= int(reply.retry_after) <= 120


def test_no_work_is_done_for_those_who_hang_up_and_nothing_of_them_is_left(app: Busy) -> None:
    async def scenario() -> None:
        async with httpx.AsyncClient(base_url=app.url, timeout=60) as client:
            machine, before = key(app), await asyncio.to_thread(app.tasks)
            first = asyncio.create_task(Visitor(client, app.session(NAMES[7])).ask("first?"))
            async with asyncio.timeout(60):
                while not app.assistant.begun:
                    await asyncio.sleep(0.02)
            going = visitors(app, client)
            for one in going:
                await one.arrive()
            asking = [asyncio.create_task(one.ask("gone?")) for one in going]
            await until_waiting(app, client, machine, 4)
            for task, one in zip(asking, going, strict=True):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
                await one.leave()
            await until_waiting(app, client, machine, 0)
            app.assistant.go.set()
            assert (await first).ok
        async with asyncio.timeout(60):
            while await asyncio.to_thread(app.tasks) > before:
                await asyncio.sleep(0.2)
        assert app.assistant.begun == ["first?"]

    run(scenario)


def test_a_newsroom_asking_at_once_holds_up_nothing_and_each_is_answered(tmp_path: Path) -> None:
    async def scenario() -> None:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=app.url, timeout=60, limits=limits) as client:
            machine = key(app)
            people = [Visitor(client, app.session(name), streams=True) for name in NAMES for _ in range(12)]
            asking = [asyncio.create_task(one.ask(f"question {n}?")) for n, one in enumerate(people)]
            await until_waiting(app, client, machine, len(people) - 2)
            health = await client.get("/api/v1/health")
            app.assistant.go.set()
            replies = await asyncio.gather(*asking)
        assert health.status_code == 200
        assert all(f'"question": "question {n}?"' in reply.text for n, reply in enumerate(replies))

    with busy(tmp_path, NAMES) as app:
        run(scenario)
