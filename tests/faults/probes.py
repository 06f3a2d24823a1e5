"""Visitors of the chat page who try what is another's: session, events, conversation and receipts."""

from __future__ import annotations

import re
from collections.abc import Sequence

import httpx

from tests.faults.visitors import ChatVisitor, Visitor

_MOST = 10
_EACH = 5


async def probes(client: httpx.AsyncClient, visitors: Sequence[Visitor]) -> tuple[str, str, bool]:
    """What was measured of how many tries, the target, and whether it holds."""
    chats = [one for one in visitors if isinstance(one, ChatVisitor) and one.conversation][: _MOST + 1]
    leaks, tries = list[str](), 0
    for prying, owner in zip(chats, chats[1:] + chats[:1], strict=True):
        for what, got in (await _tries(client, prying, owner)).items():
            tries += 1
            leaks += [what] if got else []
    told = f"{len(leaks)} of {tries} tries told or changed anything" + (f": {leaks[0]}" if leaks else "")
    return told, f"0 of {_EACH * _MOST} or more", not leaks and len(chats) > 1


async def _tries(client: httpx.AsyncClient, prying: ChatVisitor, owner: ChatVisitor) -> dict[str, bool]:
    """By what was tried: whether it told anything or was let through."""
    mine, step = prying.headers, {"fn_index": prying.steps["listed"], "data": ["", owner.conversation]}
    session, event = owner.session, owner.events[0]
    await client.post("/gradio_api/queue/join", json={**step, "session_hash": session}, headers=mine)
    cancel = {"session_hash": session, "fn_index": prying.steps["ask"], "event_id": event}
    cancelled = await client.post("/gradio_api/cancel", json=cancel, headers=mine)
    heard = await client.get("/gradio_api/queue/data", params={"session_hash": session}, headers=mine)
    opened = await prying.do("open", [owner.conversation])
    receipt = await client.get(f"/receipts/{_turn_of(owner)}", headers=mine)
    return {
        "asking under another's session for their conversation": owner.conversation in heard.text,
        "cancelling another's event": cancelled.status_code < 400,
        "hearing another's session": any(one in heard.text for one in owner.events),
        "opening another's conversation": opened is not None,
        "another's receipt": receipt.status_code < 400,
    }


def _turn_of(owner: ChatVisitor) -> str:
    found = re.search(r"/receipts/([\\w-]+)", owner.shown)
    return found[1] if found else "none"
