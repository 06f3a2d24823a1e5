"""The assistant as a LlamaIndex query engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from typing import Any

from llama_index.core.base.response.schema import AsyncStreamingResponse, Response, StreamingResponse
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.schema import NodeWithScore

from assistant.assistant import Assistant
from assistant.llama_index.conversion import Pieces, facts_of, in_threads, pieces, to_response, to_source_nodes
from indexes.types.filters import EVERYTHING, Filter


class OnRecordQueryEngine(CustomQueryEngine):
    """Answers a query as :meth:`assistant.Assistant.ask` does, with a source node for each citation.

    ``where`` holds for every query. With ``streaming`` the text comes as it grows, and ``source_nodes`` are whole once
    the stream has ended. What went wrong is told in the text, with ``metadata["kind"]`` "notice"; nothing is raised.
    """

    streaming: bool = False
    _assistant: Assistant = PrivateAttr()
    _where: Filter = PrivateAttr()

    def __init__(self, assistant: Assistant, where: Filter = EVERYTHING, **data: Any) -> None:
        super().__init__(**data)
        self._assistant, self._where = assistant, where

    def custom_query(self, query_str: str) -> Response | StreamingResponse:
        if self.streaming:
            nodes: list[NodeWithScore] = []
            facts: dict[str, Any] = {}
            return StreamingResponse(_told(self._asked(query_str), nodes, facts), nodes, facts)
        *_, (_, turn) = self._asked(query_str)
        return to_response(turn)

    async def acustom_query(self, query_str: str) -> Response | AsyncStreamingResponse:
        if self.streaming:
            nodes: list[NodeWithScore] = []
            facts: dict[str, Any] = {}
            return AsyncStreamingResponse(_atold(self._asked(query_str), nodes, facts), nodes, facts)
        found = await asyncio.to_thread(self.custom_query, query_str)
        assert isinstance(found, Response)
        return found

    def _asked(self, question: str) -> Pieces:
        return pieces(self._assistant.converse(question, self._where))


def _told(growing: Pieces, nodes: list[NodeWithScore], facts: dict[str, Any]) -> Generator[str]:
    for piece, turn in growing:
        nodes[:] = to_source_nodes(turn.answer)
        facts.update(facts_of(turn))
        yield piece


async def _atold(growing: Pieces, nodes: list[NodeWithScore], facts: dict[str, Any]) -> AsyncGenerator[str]:
    async for piece, turn in in_threads(growing):
        nodes[:] = to_source_nodes(turn.answer)
        facts.update(facts_of(turn))
        yield piece
