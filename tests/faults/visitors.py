"""Visitors who ask: by the API whole and in a stream, with a token of the widget, by OpenAI's protocol, and in the chat
page as a browser speaks with it. Each has a conversation of their own.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from tests.faults.newsroom import PAGE, Newsroom

_PATIENCE = httpx.Timeout(600, connect=60)
_TRIES = 20
_COME_AGAIN = re.compile(r"Too many questions are waiting. Try again in (\d+) seconds")
_OF_A_TURN = re.compile(r"/receipts/[\w-]+")


@dataclass(frozen=True)
class Reply:
    """What was answered, without what differs between two askings of the same; ``ok`` if it was an answer at all."""

    ok: bool
    text: str
    seconds: float
    retry_after: str = ""
    refusals: int = 0


def client_of(newsroom: Newsroom) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    return httpx.AsyncClient(base_url=newsroom.url, timeout=_PATIENCE, limits=limits)


@dataclass
class Visitor:
    """Asks ``/api/v1/ask`` and hands back the answers before as its conversation."""

    client: httpx.AsyncClient
    headers: dict[str, str]
    streams: bool = False
    turns: list[Any] = field(default_factory=list)

    protocol = "api"

    async def ask(self, question: str) -> Reply:
        began = time.monotonic()
        body = {"question": question, "turns": self.turns, "stream": self.streams}
        answer = await self.client.post("/api/v1/ask", json=body, headers=self.headers)
        seconds = time.monotonic() - began
        if answer.status_code != 200:
            return refused(answer, seconds)
        told = _last_turn(answer.text) if self.streams else answer.json()
        if told is None:
            return Reply(False, answer.text[-500:], seconds)
        self.turns = [*self.turns, told]
        return Reply(True, _said(told), seconds)

    async def insist(self, question: str) -> Reply:
        """As :meth:`ask`; told to come again, the visitor does when they were told to, and waits that long."""
        began = time.monotonic()
        reply, refusals = await self.ask(question), 0
        while reply.retry_after and refusals < _TRIES:
            refusals += 1
            await asyncio.sleep(int(reply.retry_after))
            reply = await self.ask(question)
        return replace(reply, seconds=time.monotonic() - began, refusals=refusals)

    async def arrive(self) -> None:
        """Whatever comes before the first question."""

    async def leave(self) -> None:
        """Whatever comes after the last."""


class WidgetVisitor(Visitor):
    """Asks as the widget does, with a token that the page's server got with its key."""

    async def arrive(self) -> None:
        answer = await self.client.post("/api/v1/widget/tokens", json={"page": PAGE}, headers=self.headers)
        self.headers = {"Authorization": f"Bearer {answer.raise_for_status().json()['token']}"}


class ProtocolVisitor(Visitor):
    """Asks by OpenAI's protocol, which knows a conversation by its words alone."""

    protocol = "openai"

    async def ask(self, question: str) -> Reply:
        began = time.monotonic()
        messages = [*self.turns, {"role": "user", "content": question}]
        body = {"model": "onrecord", "messages": messages}
        answer = await self.client.post("/v1/chat/completions", json=body, headers=self.headers)
        seconds = time.monotonic() - began
        if answer.status_code != 200:
            return refused(answer, seconds)
        said = answer.json()["choices"][0]["message"]["content"]
        self.turns = [*messages, {"role": "assistant", "content": said}]
        return Reply(True, said, seconds)


class ChatVisitor(Visitor):
    """Asks in the chat page: one stream of events at a time, and the steps that follow each answer."""

    protocol = "chat"

    async def arrive(self) -> None:
        config = (await self.client.get("/config", headers=self.headers)).raise_for_status().json()
        self.steps = {step["api_name"]: step["id"] for step in config["dependencies"]}
        self.session, self.events = uuid.uuid4().hex, list[str]()
        self.conversation = self.shown = ""
        self.heart = asyncio.create_task(self._beat())
        await self.do("arrive", [])

    async def ask(self, question: str) -> Reply:
        began = time.monotonic()
        told = await self.do("ask", [question, self.conversation, None, None, None, []])
        seconds = time.monotonic() - began
        if isinstance(told, httpx.Response):
            return refused(told, seconds)
        if told is None or not told[1]:
            return Reply(False, str(told), seconds)
        self.turns = told[1]
        self.conversation = told[2] if isinstance(told[2], str) else self.conversation
        self.shown = shown = str(self.turns[-1]["content"][0]["text"])
        later = _COME_AGAIN.search(shown)
        await self.do("listed", ["", self.conversation])
        await self.do("tools_for", [self.conversation])
        await self.do("suggest", [self.conversation])
        return Reply(not later, _OF_A_TURN.sub("", shown), seconds, later[1] if later else "")

    async def do(self, step: str, data: Sequence[Any]) -> list[Any] | httpx.Response | None:
        """The step's outcome: its data, None where it failed, or the answer to who may not even join."""
        body = {"data": data, "fn_index": self.steps[step], "session_hash": self.session, "trigger_id": None}
        joined = await self.client.post("/gradio_api/queue/join", json=body, headers=self.headers)
        if joined.status_code != 200:
            return joined
        event = joined.json()["event_id"]
        self.events.append(event)
        heard = f"/gradio_api/queue/data?session_hash={self.session}"
        async with self.client.stream("GET", heard, headers=self.headers) as answer:
            async for message in _messages(answer):
                if message.get("event_id") == event and message["msg"] == "process_completed":
                    done: list[Any] | None = message["output"].get("data") if message["success"] else None
                    return done
        return None

    async def leave(self) -> None:
        self.heart.cancel()
        await asyncio.wait({self.heart})

    async def _beat(self) -> None:
        """What keeps the session, as long as the page is open."""
        async with self.client.stream("GET", f"/gradio_api/heartbeat/{self.session}", headers=self.headers) as answer:
            async for _ in answer.aiter_bytes():
                pass


def visitor(n: int, client: httpx.AsyncClient, newsroom: Newsroom) -> Visitor:
    """The n-th visitor: of five, two are programs with keys, one a user's stream, one a widget, one the chat page."""
    user, key = newsroom.sessions[n % len(newsroom.sessions)], newsroom.keys[n % len(newsroom.keys)]
    kinds: tuple[Callable[[], Visitor], ...] = (
        lambda: ChatVisitor(client, user),
        lambda: Visitor(client, key),
        lambda: Visitor(client, user, streams=True),
        lambda: WidgetVisitor(client, key, streams=True),
        lambda: ProtocolVisitor(client, key),
    )
    return kinds[n % len(kinds)]()


async def numbers(client: httpx.AsyncClient, newsroom: Newsroom) -> dict[str, float]:
    """What the server counts of itself, by name."""
    text = (await client.get("/metrics", headers=newsroom.keys[0])).raise_for_status().text
    pairs = [line.split() for line in text.splitlines() if not line.startswith("#") and "{" not in line]
    return {name: float(value) for name, value in pairs}


def refused(answer: httpx.Response, seconds: float) -> Reply:
    return Reply(False, f"{answer.status_code} {answer.text[:300]}", seconds, answer.headers.get("retry-after", ""))


def _said(told: dict[str, Any]) -> str:
    """An answer without the moment it was asked at."""
    basis = {name: value for name, value in (told["basis"] or {}).items() if name != "asked"}
    return json.dumps({**told, "basis": basis}, sort_keys=True)


def _last_turn(stream: str) -> Any:
    """The last turn of a stream of events; None if it was not whole."""
    blocks = [block.split("\n", 1) for block in stream.strip().split("\n\n") if not block.startswith(":")]
    turns = [json.loads(data.removeprefix("data: ")) for name, data in blocks if name == "event: turn"]
    return turns[-1] if turns and blocks[-1][0] == "event: done" else None


async def _messages(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in answer.aiter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))
