"""Server-sent events from what is made step by step in a thread; it stops when no one listens any more."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Generator
from typing import Any

from anyio import CancelScope
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

_HEADERS = {"Cache-Control": "no-store"}


def event(data: Any, name: str = "") -> str:
    """One event, its data as JSON on one line."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}\n\n"


def event_stream(events: Generator[str]) -> StreamingResponse:
    """Sends ``events`` as they come. On a disconnect they are closed when the step they are at is done."""
    return streamed(_stepped(events))


def streamed(events: AsyncIterator[str]) -> StreamingResponse:
    """Sends ``events`` as they come, past any proxy's buffer."""
    return StreamingResponse(events, media_type="text/event-stream", headers=_HEADERS)


async def _stepped(events: Generator[str]) -> AsyncIterator[str]:
    try:
        while (one := await run_in_threadpool(next, events, None)) is not None:
            yield one
    finally:
        with CancelScope(shield=True):
            await run_in_threadpool(events.close)
