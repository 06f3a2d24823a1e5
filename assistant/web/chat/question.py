"""Event handlers for asking: from a question in the box to a turn in the conversation, step by step."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from assistant.accounts.audit import acting
from assistant.accounts.permissions import Action
from assistant.assistant import FAILED, Assistant
from assistant.conversation.suggestions import MOST
from assistant.history.conversations import KeptTurn
from assistant.text.wording import capitalised
from assistant.types.answers import Notice
from assistant.types.turns import Turn
from assistant.web.chat.gradio_patches import gr
from assistant.web.chat.history import ConversationList, Kept
from assistant.web.chat.layout import ask_or_stop
from assistant.web.chat.messages import Message, Messages, UnsavedTurn, Window, is_unfinished, message, messages_of
from assistant.web.http.queue import AnswerQueue, QueueFull, Waiting
from assistant.web.http.request import Visitor, visitor_of
from assistant.web.middleware.rate_limits import whose
from assistant.web.pages.templates import Pages
from indexes.types.errors import DiskFailed
from indexes.types.filters import ImpossibleFilter, filter_from

_log = logging.getLogger(__name__)
_SECONDS_FOR_MODELS = 60
_SOON = 2

Shown = tuple[Any, ...]
"""The outputs of asking: box, messages, conversation, window, the searched question, and which button shows."""

NOT_KEPT = "This answer could not be saved. Copy what you need and tell your On Record administrator."
NOT_LOGGED_IN = "You are not logged in. Reload this page, log in and ask again."


@dataclass(frozen=True)
class Days:
    """The filter as set on the page. Gradio gives None for a field that has not been touched."""

    since: str | None
    until: str | None
    outlets: list[str] | None


@dataclass(frozen=True)
class Asking:
    """Asks a visitor's question in one of their conversations. The page sends the conversation's id and the question;
    earlier turns are read from the database.
    """

    assistant: Assistant
    queue: AnswerQueue
    shelf: ConversationList
    pages: Pages

    async def ask(
        self,
        question: str | None,
        conversation_id: str | None,
        window: Window,
        since: str | None,
        until: str | None,
        outlets: list[str] | None,
        request: gr.Request,
    ) -> AsyncIterator[Shown]:
        """Asks the question as a follow-up to those before it."""
        asked = _asked(question, conversation_id, window, Days(since, until, outlets), request)
        async for shown in self._told(asked):
            yield shown

    async def ask_again(
        self,
        searched: str | None,
        conversation_id: str | None,
        window: Window,
        since: str | None,
        until: str | None,
        outlets: list[str] | None,
        request: gr.Request,
    ) -> AsyncIterator[Shown]:
        """Asks the question exactly as it is, ignoring earlier ones."""
        asked = _asked(searched, conversation_id, window, Days(since, until, outlets), request)
        async for shown in self._told(replace(asked, as_it_is=True)):
            yield shown

    def stop(self, conversation_id: str | None, window: Window, request: gr.Request) -> Shown:
        """Marks the stopped question as such. It is not saved, and follow-ups ignore it.

        Its aside was added when it was asked; if it was saved just before it was stopped, it is shown only once.
        """
        kept = self.shelf.turns(visitor_of(request.request), conversation_id or "")
        last = window.asides[-1:]
        if last and kept and last[0].after != kept[-1].id and last[0].question == kept[-1].turn.question:
            window = replace(window, asides=window.asides[:-1])
        return messages_of(kept, window, self.pages), window, *ask_or_stop()

    async def suggest(self, conversation_id: str | None, request: gr.Request) -> list[Any]:
        """Suggests further questions, or opening ones; a server's first visitor waits for its models.

        There are none while others wait for answers, as making them costs time too.
        """
        visitor = visitor_of(request.request)
        if not visitor.may(Action.ASK) or self.queue.waiting:
            return suggestions([])
        for _ in range(_SECONDS_FOR_MODELS):
            if not self.assistant.lacks():
                break
            await asyncio.sleep(1)
        try:
            return await self.queue.done(
                whose(request.request), lambda: self._suggestions(visitor, conversation_id or "")
            )
        except QueueFull:
            return suggestions([])

    def _suggestions(self, visitor: Visitor, conversation_id: str | None) -> list[Any]:
        turns = [kept.turn for kept in self.shelf.turns(visitor, conversation_id or "")]
        return suggestions(self.assistant.suggested(turns) if turns else self.assistant.openings())

    async def _told(self, asked: _Asked) -> AsyncIterator[Shown]:
        """The steps of the answer; errors become notices, as a page whose event fails would wait forever."""
        chat: Messages = []
        try:
            async for shown in self._steps(asked):
                chat = shown[1] if isinstance(shown[1], list) else chat
                yield shown
        except Exception:
            _log.exception("an answer could not be shown")
            done = chat[:-1] if chat and is_unfinished(chat[-1]) else [*chat, self._question(asked)]
            yield _shown([*done, message("assistant", FAILED)], running=False)

    async def _steps(self, asked: _Asked) -> AsyncIterator[Shown]:
        if not asked.question.strip():
            yield _shown(running=False)
            return
        kept, window, said = await asyncio.to_thread(self._before, asked)
        chat, after = [*said, self._question(asked)], kept[-1].id if kept else ""

        def aside(answer: Message) -> Window:
            return window.with_aside(UnsavedTurn(after, asked.question, (chat[-1], answer)))

        yield _shown([*chat, self._waiting()], window=aside(self._stopped()), box="")
        turn = None
        async with aclosing(self._in_turn(asked, [one.turn for one in kept])) as steps:
            async for step in steps:
                if isinstance(step, Waiting):
                    yield _shown([*chat, self._waiting(step.seconds)])
                else:
                    turn = step
                    yield _shown([*chat, self._answer(turn, finished=False)], searched=turn.searched)
        assert turn is not None
        now = await asyncio.to_thread(self._keep, asked, turn)
        if now.failed:
            turn = replace(turn, remarks=(*turn.remarks, NOT_KEPT))
        answer = self._answer(turn, id=now.turn_id)
        window = window if now.turn_id else aside(answer)
        conversation_id = now.conversation_id or asked.conversation_id
        yield _shown([*chat, answer], conversation_id, window, turn.searched, running=False)

    def _before(self, asked: _Asked) -> tuple[list[KeptTurn], Window, Messages]:
        """The conversation so far: its saved turns, and its messages in the window."""
        kept, window = self.shelf.turns(asked.visitor, asked.conversation_id), asked.window
        if window.thumbs is None:
            window = replace(window, thumbs=self.shelf.thumbs(asked.visitor, kept))
        return kept, window, messages_of(kept, window, self.pages)

    async def _in_turn(self, asked: _Asked, before: Sequence[Turn]) -> AsyncGenerator[Turn | Waiting]:
        """The turn as it grows, once the queue reaches it; a notice if the queue is full."""
        try:
            async with aclosing(self.queue.taken(asked.whose, self._turns(asked, before))) as steps:
                async for step in steps:
                    yield step
        except QueueFull as full:
            yield _notice(asked.question, capitalised(full))

    def _question(self, asked: _Asked) -> Message:
        return message("user", self.pages.question(asked.question))

    def _stopped(self) -> Message:
        return message("assistant", self.pages.waiting("Stopped."))

    def _waiting(self, seconds: int = 0) -> Message:
        is_long = seconds > _SOON
        words = (
            f"Many questions are waiting: about {seconds} seconds until yours." if is_long else "Reading the articles …"
        )
        return message("assistant", self.pages.waiting(words))

    def _turns(self, asked: _Asked, before: Sequence[Turn]) -> Generator[Turn]:
        """The turn as it grows, after the earlier ones; the last is complete."""
        if not asked.visitor.may(Action.ASK):
            yield _notice(asked.question, NOT_LOGGED_IN)
            return
        try:
            where = filter_from(asked.days.since or "", asked.days.until or "", asked.days.outlets or ())
        except ImpossibleFilter as error:
            yield _notice(asked.question, capitalised(error))
            return
        with acting(asked.visitor.id):  # Gradio runs events outside the request that started them
            yield from self.assistant.converse(asked.question, where, before, asked.as_it_is)

    def _keep(self, asked: _Asked, turn: Turn) -> Kept:
        if isinstance(turn.answer, Notice):
            return Kept()
        try:
            return self.shelf.keep(asked.visitor, asked.conversation_id, turn)
        except DiskFailed as error:
            _log.error("an answer could not be kept: %s", error)
            return Kept(failed=True)

    def _answer(self, turn: Turn, finished: bool = True, id: str = "") -> Message:
        return message("assistant", self.pages.turn(turn, finished, id))


@dataclass(frozen=True)
class _Asked:
    question: str
    visitor: Visitor
    whose: str
    conversation_id: str
    window: Window
    days: Days
    as_it_is: bool = False


def _asked(
    question: str | None, conversation_id: str | None, window: Window, days: Days, request: gr.Request
) -> _Asked:
    sent = request.request
    return _Asked(question or "", visitor_of(sent), whose(sent), conversation_id or "", window, days)


def suggestions(questions: list[str]) -> list[Any]:
    """The buttons for these questions."""
    return [gr.update(value=question, visible=bool(question)) for question in [*questions, *[""] * MOST][:MOST]]


def _notice(question: str, text: str) -> Turn:
    return Turn(question, question, Notice(question, text))


def _shown(
    chat: Messages | None = None,
    conversation_id: str | None = None,
    window: Window | None = None,
    searched: str | None = None,
    box: str | None = None,
    running: bool = True,
) -> Shown:
    """Outputs that are not given stay unchanged, above all the box, where the next question may be being typed."""
    changed = [gr.skip() if one is None else one for one in (box, chat, conversation_id, window, searched)]
    return (*changed, *ask_or_stop(running))
