"""The assistant as a LlamaIndex chat engine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from threading import Thread

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager, trace_method
from llama_index.core.chat_engine.types import AgentChatResponse, BaseChatEngine, StreamingAgentChatResponse
from llama_index.core.memory import BaseMemory, ChatMemoryBuffer
from llama_index.core.tools import ToolOutput

from assistant.assistant import Assistant
from assistant.llama_index.conversion import (
    Pieces,
    from_messages,
    in_threads,
    key_of,
    pieces,
    text_of,
    to_message,
    to_response,
)
from assistant.types.turns import Turn
from indexes.types.filters import EVERYTHING, Filter


class OnRecordChatEngine(BaseChatEngine):
    """A conversation with the assistant: follow-ups are understood after the messages before them.

    ``memory`` keeps the messages; any of LlamaIndex's will do. A ``chat_history`` handed over takes their place,
    and is read as text where this engine did not write it. The ``source_nodes`` of a streamed answer, and the response
    in its ``sources``, are whole once the stream has ended. What went wrong is told in the text; nothing is raised.
    """

    def __init__(
        self,
        assistant: Assistant,
        where: Filter = EVERYTHING,
        memory: BaseMemory | None = None,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        self._assistant, self._where = assistant, where
        self._memory = memory or ChatMemoryBuffer.from_defaults()
        self._known: dict[str, Turn] = {}
        self.callback_manager = callback_manager or CallbackManager([])

    @trace_method("chat")
    def chat(self, message: str, chat_history: list[ChatMessage] | None = None) -> AgentChatResponse:
        if chat_history is not None:
            self._memory.set(chat_history)
        *_, (_, turn) = self._asked(message, self._memory.get_all())
        self._memory.put(ChatMessage(message, role=MessageRole.USER))
        self._memory.put(to_message(turn))
        return _chat_response(message, turn)

    @trace_method("chat")
    async def achat(self, message: str, chat_history: list[ChatMessage] | None = None) -> AgentChatResponse:
        if chat_history is not None:
            await self._memory.aset(chat_history)
        async for _, turn in in_threads(self._asked(message, await self._memory.aget_all())):  # noqa: B007
            pass
        await self._memory.aput(ChatMessage(message, role=MessageRole.USER))
        await self._memory.aput(to_message(turn))
        return _chat_response(message, turn)

    @trace_method("chat")
    def stream_chat(self, message: str, chat_history: list[ChatMessage] | None = None) -> StreamingAgentChatResponse:
        if chat_history is not None:
            self._memory.set(chat_history)
        growing = self._asked(message, self._memory.get_all())
        self._memory.put(ChatMessage(message, role=MessageRole.USER))
        response = StreamingAgentChatResponse()
        response.chat_stream = (_grown(message, piece, turn, response) for piece, turn in growing)
        writing = Thread(target=response.write_response_to_history, args=(self._memory,), daemon=True)
        response.write_response_to_history_thread = writing
        writing.start()
        return response

    @trace_method("chat")
    async def astream_chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> StreamingAgentChatResponse:
        if chat_history is not None:
            await self._memory.aset(chat_history)
        growing = self._asked(message, await self._memory.aget_all())
        await self._memory.aput(ChatMessage(message, role=MessageRole.USER))
        response = StreamingAgentChatResponse()
        response.achat_stream = (_grown(message, piece, turn, response) async for piece, turn in in_threads(growing))
        writing = response.awrite_response_to_history(self._memory)
        response.awrite_response_to_history_task = asyncio.create_task(writing)
        return response

    def reset(self) -> None:
        """Forgets the conversation."""
        self._memory.reset()
        self._known.clear()

    @property
    def chat_history(self) -> list[ChatMessage]:
        return self._memory.get_all()

    def _asked(self, message: str, history: Sequence[ChatMessage]) -> Pieces:
        """Nothing is done before the first piece is asked for: with asyncio that is in a thread."""
        turn = None
        turns = from_messages(history, self._known)
        for piece, turn in pieces(self._assistant.converse(message, self._where, turns)):
            yield piece, turn
        if turn is not None:
            self._known[key_of(text_of(turn.answer))] = turn


def _chat_response(message: str, turn: Turn) -> AgentChatResponse:
    found = to_response(turn)
    return AgentChatResponse(str(found), [_source(message, found)], found.source_nodes, metadata=found.metadata)


def _grown(message: str, piece: str, turn: Turn, response: StreamingAgentChatResponse) -> ChatResponse:
    """What a stream says next; ``response`` is brought up to it."""
    found = to_response(turn)
    response.source_nodes[:] = found.source_nodes
    response.sources[:] = [_source(message, found)]
    return ChatResponse(message=to_message(turn), delta=piece)


def _source(message: str, found: Response) -> ToolOutput:
    return ToolOutput(tool_name="onrecord", content=str(found), raw_input={"message": message}, raw_output=found)
