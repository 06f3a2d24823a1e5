"""The tools for other assistants, used by the official client over both transports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import ONRECORD, environment

from indexes import Index

pytest.importorskip("mcp", reason="the extra onrecord[mcp] is not installed")

from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client

BOTH = pytest.mark.parametrize("transport", ["stdio", "http"])


@asynccontextmanager
async def connected(transport: str, home: Path, server: str) -> AsyncIterator[Client]:
    if transport == "http":
        async with Client(server + "/mcp") as client:
            yield client
    else:
        command = StdioServerParameters(command=ONRECORD, args=["mcp"], env=environment(home), cwd=str(home.parent))
        async with Client(stdio_client(command)) as client:
            yield client


@BOTH
def test_the_four_tools_answer(transport: str, home: Path, server: str, samples: Index) -> None:
    async def use() -> dict[str, Any]:
        async with connected(transport, home, server) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert set(tools) == {"ask", "search", "read_article", "claims"}
            assert all(tool.description and tool.annotations.read_only_hint for tool in tools.values())
            call = {"question": "who denied the call?"}
            answer = (await client.call_tool("ask", call)).structured_content
            follow_up = {"question": "What did he say about the telephone log?", "turns": [answer]}
            cited = answer["citations"][0]
            place = {name: cited[name] for name in ("article_id", "version", "start", "end")}
            about = {"about": "the call", "stance": "denied"}
            return {
                "answer": answer,
                "after": (await client.call_tool("ask", follow_up)).structured_content,
                "found": (await client.call_tool("search", {**call, "top": 2})).structured_content,
                "article": (await client.call_tool("read_article", place)).structured_content,
                "claims": (await client.call_tool("claims", about)).structured_content,
                "missing": await client.call_tool("read_article", {"article_id": "nowhere"}),
            }

    with ThreadPoolExecutor(1) as thread:  # the browser's tests may have left an event loop running in this one
        told = thread.submit(asyncio.run, use()).result()
    assert told["answer"]["answer"] == "Tomas Verrin"
    by_api = httpx.post(server + "/api/v1/ask", json={"question": "who denied the call?"}, timeout=60).json()
    assert {**told["answer"], "basis": None} == {**by_api, "basis": None}
    assert "Tomas Verrin" in told["after"]["searched"]
    assert len(told["found"]["hits"]) == 2
    cited = told["answer"]["citations"][0]
    assert told["article"]["highlight"]["quote"] == cited["quote"]
    assert told["article"]["text"] == samples.store.article(cited["article_id"], cited["version"]).text
    assert {claim["stance"] for claim in told["claims"]["claims"]} == {"denied"}
    assert told["missing"].is_error
    assert "may have been removed" in told["missing"].content[0].text


def test_a_page_of_another_site_cannot_use_the_tools(server: str) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"Accept": "application/json, text/event-stream", "Origin": "http://evil.example"}
    assert httpx.post(server + "/mcp", json=call, headers=headers).status_code == 403
    rebound = {"Accept": "application/json, text/event-stream", "Host": "evil.example"}
    assert httpx.post(server + "/mcp", json=call, headers=rebound).status_code == 400
