"""Where an answer becomes LlamaIndex's nodes, responses and messages, and its messages become turns. Nowhere else."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.base.response.schema import Response
from llama_index.core.schema import NodeRelationship, NodeWithScore, RelatedNodeInfo, TextNode

from assistant.conversation.follow_up import EarlierTurns
from assistant.output.lines import said_lines
from assistant.types.answers import Answer, Answered, Notice
from assistant.types.citations import Citation, Near
from assistant.types.turns import MOST_TURNS, PriorTurn, Remembered, Turn

WITHDRAWN = "(What stands above was withdrawn while it was being checked. The answer:)"
_MARKS = re.compile(r"(?:\s*\[\d+\])+")
_FOR_PEOPLE = ("title", "source", "published")

Pieces = Generator[tuple[str, Turn]]
"""An answer as it grows: what each turn adds to the text, and the turn."""


def to_source_nodes(answer: Answer) -> list[NodeWithScore]:
    """A node for each citation of ``answer``, in the order of their numbers; none if it cites nothing.

    A node's text is the quotation. Its ``start_char_idx`` and ``end_char_idx``, in its metadata ``start`` and ``end``,
    are offsets in code points into the text of version ``version`` of the article ``article_id``. It has no score:
    what an answer rests on is not ranked.
    """
    numbers = answer.numbers if isinstance(answer, Answered) else {}
    return [NodeWithScore(node=_source_node(citation, number)) for citation, number in numbers.items()]


def _source_node(citation: Citation, number: int) -> TextNode:
    metadata = {
        "number": number,
        "article_id": citation.article_id,
        "version": citation.version,
        "sha256": citation.sha256,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "title": citation.title,
        "source": citation.outlet,
        "url": citation.url,
        "published": citation.published.isoformat() if citation.published else None,
        "authors": list(citation.authors),
    }
    unread = [name for name in metadata if name not in _FOR_PEOPLE]
    return TextNode(
        id_=f"{citation.article_id}:{citation.version}:{citation.start}-{citation.end}",
        text=citation.quote,
        start_char_idx=citation.start,
        end_char_idx=citation.end,
        metadata=metadata,
        excluded_llm_metadata_keys=unread,
        excluded_embed_metadata_keys=unread,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=citation.article_id)},
    )


def to_response(turn: Turn) -> Response:
    """The answer of ``turn`` as text with the numbers of its sources, its ``source_nodes``, and what else is known."""
    return Response(text_of(turn.answer), to_source_nodes(turn.answer), facts_of(turn))


def text_of(answer: Answer) -> str:
    """What an answer says: in a few words first, then its sentences with the numbers of their sources."""
    return "\n".join(said_lines(replace(answer, notice=""))).strip() if isinstance(answer, Answered) else answer.text


def facts_of(turn: Turn) -> dict[str, Any]:
    """``kind`` is answered, not_found, talk or notice; ``nearest``, if not_found, passages on the subject."""
    answer = turn.answer
    return {
        "kind": answer.kind,
        "short": turn.short,
        "searched": turn.searched,
        "filter": str(turn.where),
        "remarks": list(turn.remarks),
        "notice": answer.text if isinstance(answer, Notice) else answer.notice,
        "failed": isinstance(answer, Notice) and answer.failed,
        "nearest": [_near(one) for one in answer.nearest],
    }


def _near(near: Near) -> dict[str, Any]:
    cited = near.citation
    place = {"article_id": cited.article_id, "version": cited.version, "start": cited.start, "end": cited.end}
    return {**place, "text": cited.quote}


def pieces(turns: Iterable[Turn]) -> Pieces:
    """Each turn with what it adds to the text. A stream takes nothing back, so what has to go is called withdrawn."""
    sent = withdrawn = ""
    for turn in turns:
        if not (withdrawn + text_of(turn.answer)).startswith(sent):
            withdrawn = f"{sent}\n\n{WITHDRAWN}\n\n"
        now = withdrawn + text_of(turn.answer)
        yield now[len(sent) :], turn
        sent = now


async def in_threads(growing: Pieces) -> AsyncGenerator[tuple[str, Turn]]:
    """The pieces, each made in a thread, so that the event loop goes on meanwhile."""
    try:
        while (piece := await asyncio.to_thread(next, growing, None)) is not None:
            yield piece
    finally:
        with suppress(ValueError):  # cancelled while a thread is at work: it ends with its piece
            growing.close()


def from_messages(
    history: Sequence[ChatMessage], known: Mapping[str, PriorTurn] = MappingProxyType({})
) -> tuple[Remembered, ...]:
    """The turns of a conversation, as far as they are used; messages of a system or a tool are passed over.

    ``known`` has the turns of which more is known than their text, by :func:`key_of` it. The others are read as text.
    """
    earlier = EarlierTurns()
    for question, answer in _pairs(history[-2 * MOST_TURNS :]):
        told = key_of(answer)
        earlier.add(known.get(told) or _read(earlier.follow_up(question), told))
    return tuple(earlier)


def key_of(answer: str) -> str:
    """An answer's text without what was withdrawn before it."""
    return answer.rpartition(WITHDRAWN)[2].strip()


def _read(searched: str, told: str) -> Remembered:
    return Remembered(searched, None, (_MARKS.sub("", told),) if told else ())


def _pairs(history: Sequence[ChatMessage]) -> Iterator[tuple[str, str]]:
    """Each message of a user with the answer that follows it, or with nothing."""
    said = [message for message in history if message.role in (MessageRole.USER, MessageRole.ASSISTANT)]
    for n, message in enumerate(said):
        if message.role == MessageRole.USER:
            answers = [after.content or "" for after in said[n + 1 : n + 2] if after.role == MessageRole.ASSISTANT]
            yield message.content or "", "".join(answers)


def to_message(turn: Turn) -> ChatMessage:
    """The answer of ``turn`` as a message of the assistant's."""
    return ChatMessage(text_of(turn.answer), role=MessageRole.ASSISTANT)
