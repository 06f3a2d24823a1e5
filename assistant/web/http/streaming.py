"""Server-sent events, as soon as there is one to send."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from starlette.responses import StreamingResponse

_HEADERS = {"Cache-Control": "no-store"}


def event(data: Any, name: str = "") -> str:
    """One event, its data as JSON on one line."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}\n\n"


def comment(words: str) -> str:
    """What keeps a connection open and is passed over by whoever reads events."""
    return f": {words}\n\n"


async def event_stream(events: AsyncGenerator[str]) -> StreamingResponse:
    """Sends ``events`` as they come. Raises what goes wrong before the first."""
    return streamed(_from(await anext(events), events))


def streamed(events: AsyncIterator[str]) -> StreamingResponse:
    """Sends ``events`` as they come, past any proxy's buffer."""
    return StreamingResponse(events, media_type="text/event-stream", headers=_HEADERS)


async def _from(first: str, rest: AsyncGenerator[str]) -> AsyncIterator[str]:
    async with aclosing(rest):
        yield first
        async for one in rest:
            yield one
