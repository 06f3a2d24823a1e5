"""Asking: from a question in the box to the turn in the conversation, step by step."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from assistant.answers import Notice
from assistant.assistant import FAILED, Assistant
from assistant.conversation.suggesting import MOST
from assistant.conversation.turns import Turn
from assistant.desk.audit import acting
from assistant.desk.permission import Action
from assistant.saying import capitalised
from assistant.web.gate.paces import whose
from assistant.web.line import Line, LineFull, Waiting
from assistant.web.page.gradio import gr
from assistant.web.page.layout import ask_or_stop
from assistant.web.page.messages import Message, Messages, is_unfinished, message
from assistant.web.page.shelf import Kept, Shelf
from assistant.web.render import Pages
from assistant.web.visitor import Visitor, visitor_of
from indexes.errors import DiskFailed
from indexes.filters import ImpossibleFilter, filter_from

_log = logging.getLogger(__name__)
_SECONDS_FOR_MODELS = 60
_SOON = 2

Shown = tuple[Any, ...]
"""What asking changes: the box, the messages, the conversation, the searched question, and which button shows."""

NOT_KEPT = "This could not be kept: nothing can be written now. Copy what you need, and tell whoever runs On Record."
NOT_LOGGED_IN = "You are not logged in, or not any more. Load this page again, log in, and ask once more."


@dataclass(frozen=True)
class Days:
    """The filter as it is set in the page. Gradio gives None for a field that was not touched yet."""

    since: str | None
    until: str | None
    outlets: list[str] | None


@dataclass(frozen=True)
class Asking:
    """Questions of whoever sends the request, in a conversation of theirs."""

    assistant: Assistant
    line: Line
    shelf: Shelf
    pages: Pages

    async def ask(
        self,
        question: str,
        chat: Messages,
        conversation_id: str,
        since: str | None,
        until: str | None,
        outlets: list[str] | None,
        request: gr.Request,
    ) -> AsyncIterator[Shown]:
        """The question as a follow-up to those before it."""
        visitor, days = visitor_of(request.request), Days(since, until, outlets)
        asked = _Asked(question, visitor, whose(request.request), conversation_id, days)
        async for shown in self._told(asked, chat):
            yield shown

    async def ask_again(
        self,
        searched: str,
        chat: Messages,
        conversation_id: str,
        since: str | None,
        until: str | None,
        outlets: list[str] | None,
        request: gr.Request,
    ) -> AsyncIterator[Shown]:
        """The question just as it stands."""
        visitor, days = visitor_of(request.request), Days(since, until, outlets)
        asked = _Asked(searched, visitor, whose(request.request), conversation_id, days, as_it_is=True)
        async for shown in self._told(asked, chat):
            yield shown

    def stop(self, chat: Messages) -> Shown:
        """A turn that was stopped stays as far as it got, and says so; it is not kept, and follow-ups pass it over."""
        if chat and is_unfinished(chat[-1]):
            chat = [*chat[:-1], message("assistant", self.pages.waiting("Stopped."))]
        return chat, *ask_or_stop()

    async def suggest(self, conversation_id: str, request: gr.Request) -> list[Any]:
        """Questions to go on with, or to begin with; the first visitor of a server waits for its models.

        While others wait for their answers there are none: making them is work, too.
        """
        visitor = visitor_of(request.request)
        if not visitor.may(Action.ASK) or self.line.waiting:
            return suggestions([])
        for _ in range(_SECONDS_FOR_MODELS):
            if not self.assistant.lacks():
                break
            await asyncio.sleep(1)
        try:
            return await self.line.done(whose(request.request), lambda: self._suggestions(visitor, conversation_id))
        except LineFull:
            return suggestions([])

    def _suggestions(self, visitor: Visitor, conversation_id: str) -> list[Any]:
        turns = [kept.turn for kept in self.shelf.turns(visitor, conversation_id)]
        return suggestions(self.assistant.suggested(turns) if turns else self.assistant.openings())

    async def _told(self, asked: _Asked, chat: Messages) -> AsyncIterator[Shown]:
        """Its steps, whatever fails in them: a page whose event fails would wait for the answer for good."""
        try:
            async for shown in self._steps(asked, chat):
                chat = shown[1]
                yield shown
        except Exception:
            _log.exception("an answer could not be shown")
            done = chat[:-1] if chat and is_unfinished(chat[-1]) else chat
            yield _shown([*done, message("assistant", FAILED)], running=False)

    async def _steps(self, asked: _Asked, chat: Messages) -> AsyncIterator[Shown]:
        if not asked.question.strip():
            yield _shown(chat, running=False)
            return
        chat = [*chat, message("user", self.pages.question(asked.question))]
        yield _shown([*chat, self._waiting()], box="")
        turn = None
        async with aclosing(self._in_turn(asked)) as steps:
            async for step in steps:
                if isinstance(step, Waiting):
                    yield _shown([*chat, self._waiting(step.seconds)])
                else:
                    turn = step
                    yield _shown([*chat, self._answer(turn, finished=False)], searched=turn.searched)
        assert turn is not None
        kept = await asyncio.to_thread(self._keep, asked, turn)
        if kept.failed:
            turn = replace(turn, remarks=(*turn.remarks, NOT_KEPT))
        answer = self._answer(turn, id=kept.turn_id)
        yield _shown([*chat, answer], kept.conversation_id or asked.conversation_id, turn.searched, running=False)

    async def _in_turn(self, asked: _Asked) -> AsyncGenerator[Turn | Waiting]:
        """The turn as it grows, when it is its turn; where there is no place to wait in, a notice of that."""
        try:
            async with aclosing(self.line.taken(asked.whose, self._turns(asked))) as steps:
                async for step in steps:
                    yield step
        except LineFull as full:
            yield _notice(asked.question, capitalised(full))

    def _waiting(self, seconds: int = 0) -> Message:
        is_long = seconds > _SOON
        words = f"Many are asking just now: about {seconds} seconds to wait." if is_long else "Reading the articles …"
        return message("assistant", self.pages.waiting(words))

    def _turns(self, asked: _Asked) -> Generator[Turn]:
        """The turn as it grows; the last is whole."""
        if not asked.visitor.may(Action.ASK):
            yield _notice(asked.question, NOT_LOGGED_IN)
            return
        try:
            where = filter_from(asked.days.since or "", asked.days.until or "", asked.days.outlets or ())
        except ImpossibleFilter as error:
            yield _notice(asked.question, capitalised(error))
            return
        before = [kept.turn for kept in self.shelf.turns(asked.visitor, asked.conversation_id)]
        with acting(asked.visitor.id):  # Gradio runs events apart from the request that asked for them
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
    days: Days
    as_it_is: bool = False


def suggestions(questions: list[str]) -> list[Any]:
    """The buttons that offer these questions."""
    return [gr.update(value=question, visible=bool(question)) for question in [*questions, *[""] * MOST][:MOST]]


def _notice(question: str, text: str) -> Turn:
    return Turn(question, question, Notice(question, text))


def _shown(
    chat: Messages, conversation_id: Any = None, searched: Any = None, box: Any = None, running: bool = True
) -> Shown:
    """What is not given stays as it is: above all the box, in which the next question may be being typed."""
    same = gr.skip()
    return (
        same if box is None else box,
        chat,
        same if conversation_id is None else conversation_id,
        same if searched is None else searched,
        *ask_or_stop(running),
    )
