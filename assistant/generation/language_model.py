"""A language model the operator configured, as a stream of text with a deadline.

Models come through LlamaIndex's own classes. Answers run on a background event loop, so that they can be cancelled at
any moment, whatever the other side does.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from assistant.generation.llm_errors import ModelFailed, failure
from assistant.generation.output_parser import LONGEST

if TYPE_CHECKING:
    from llama_index.core.llms import LLM, ChatMessage

CONNECTING = 4.0
"""Seconds in which a connection must be established."""

_LONGEST_WAIT = 3.0
"""The longest wait, in seconds, when a model asks for a retry."""

_DONE = object()


class LanguageModel:
    """``label`` and ``place`` tell people which model it is and where it runs. Safe to share between threads."""

    def __init__(self, llm: LLM, label: str, place: str, context: int, seconds: float, silence: float) -> None:
        """``context``: tokens it can take. ``seconds``: limit for a whole answer; ``silence``: for each next piece."""
        self._llm, self.label, self.place, self.context = llm, label, place, context
        self._seconds, self._silence = seconds, silence
        self.on_sent: Callable[[str], None] = _nothing
        """Called with every text that is sent."""

    def stream(self, prompt: str, spent: float = 0.0) -> Iterator[str]:
        """The text the model writes to ``prompt``, in pieces. Closing the iterator ends the request.

        ``spent``: seconds of its limit already used for the same turn.

        Raises:
            ModelFailed: it gave nothing, or stopped in the middle.
        """
        from llama_index.core.llms import ChatMessage

        messages = [ChatMessage(role="user", content=prompt)]
        until = time.monotonic() + self._seconds - spent
        try:
            yield from self._once(messages, until)
        except ModelFailed as failed:
            wait = failed.retry_after
            if wait is None or wait > min(_LONGEST_WAIT, until - time.monotonic()):
                raise
            time.sleep(wait)
            yield from self._once(messages, until)

    def _once(self, messages: Sequence[ChatMessage], until: float) -> Iterator[str]:
        self.on_sent("".join(message.content or "" for message in messages))
        pieces: queue.SimpleQueue[Any] = queue.SimpleQueue()
        running = asyncio.run_coroutine_threadsafe(self._write(messages, until, pieces.put), _loop())
        written = 0
        try:
            while True:
                try:
                    piece = pieces.get(timeout=max(0.1, until - time.monotonic() + 1.0))
                except queue.Empty:
                    raise ModelFailed(f"{self.label} did not answer in time.") from None
                if piece is _DONE:
                    break
                if isinstance(piece, BaseException):
                    raise failure(piece, self.label) from piece
                written += len(piece)
                yield piece
                if written > LONGEST:
                    return
        finally:
            running.cancel()
        if not written:
            raise ModelFailed(f"{self.label} gave an empty answer.")

    async def _write(self, messages: Sequence[ChatMessage], until: float, put: Any) -> None:
        try:
            async with asyncio.timeout(max(0.1, until - time.monotonic())):
                async with asyncio.timeout(self._silence):
                    answer = await self._llm.astream_chat(messages)
                while True:
                    async with asyncio.timeout(self._silence):
                        part = await anext(answer, None)
                    if part is None:
                        break
                    if part.delta:
                        put(str(part.delta))
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            put(error)
        else:
            put(_DONE)


def _nothing(text: str) -> None:
    pass


_starting = threading.Lock()
_running: asyncio.AbstractEventLoop | None = None


def _loop() -> asyncio.AbstractEventLoop:
    """The event loop all models run on, started on first use."""
    global _running
    with _starting:
        if _running is None:
            _running = asyncio.new_event_loop()
            threading.Thread(target=_running.run_forever, name="language-model", daemon=True).start()
        return _running
