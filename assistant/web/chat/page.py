"""The chat page, in Gradio: conversations and filters, the conversation, and the pane in which citations open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.web.chat.event_schema import Events
from assistant.web.chat.events import PageEvents, forms_closed, tools_for
from assistant.web.chat.gradio_patches import gr
from assistant.web.chat.history import ConversationList
from assistant.web.chat.layout import Parts, newspaper
from assistant.web.chat.question import Asking
from assistant.web.http.queue import AnswerQueue
from assistant.web.middleware.gradio_guard import guard_chat
from assistant.web.services.services import Services

if TYPE_CHECKING:
    from fastapi import FastAPI

_HEAD = (
    '<link rel="icon" href="{base}/site/icon.svg">'
    '<link rel="stylesheet" href="{base}/site/showing.css">'
    '<link rel="stylesheet" href="{base}/site/chat.css"><script src="{base}/site/chat.js" type="module"></script>'
    '<link rel="stylesheet" href="{base}/site/sections.css">'
    '<link rel="stylesheet" href="{base}/site/answer.css"><script src="{base}/site/answer.js" defer></script>'
)
_AT_ONCE = 8
"""Concurrent events of each kind except asking, which waits in the answer queue."""

_MOST = 1000
"""Events that may wait in Gradio's own queue; it answers any more with 503."""

_SESSIONS = 1000
"""Windows whose state Gradio keeps, the most recently used; for closed ones see ``chat/gradio_patches.py``."""


def mount_chat(app: FastAPI, services: Services) -> None:
    """Mounts the chat at ``/``, behind its guard, without anything that loads from or links to another host."""
    assistant, queue, pages, shelf = services.assistant, services.queue, services.pages, ConversationList(services.desk)
    page = _Page(Asking(assistant, queue, shelf, pages), PageEvents(assistant, shelf, pages)).blocks()
    _size_queue(page, queue)
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        theme=newspaper(),
        head=_HEAD.format(base=pages.base),
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size="1kb",
        enable_monitoring=False,
        mcp_server=False,
    )
    guard_chat(app, Events(page).taken)


def _size_queue(page: gr.Blocks, queue: AnswerQueue) -> None:
    """Sizes Gradio's queue so that questions waiting in ``queue`` leave enough places for everything else."""
    threads, page.max_threads = page.max_threads, queue.at_once + queue.most + 50
    page.queue(default_concurrency_limit=_AT_ONCE, max_size=_MOST)
    page.max_threads = threads
    page.state_session_capacity = _SESSIONS


@dataclass(frozen=True)
class _Page:
    """Connects the parts of the page to their event handlers."""

    asking: Asking
    opening: PageEvents

    def blocks(self) -> gr.Blocks:
        with gr.Blocks(title="On Record", analytics_enabled=False, fill_width=True) as page:
            parts = Parts.laid_out(self.opening.first())
            self._when_loaded(page, parts)
            asked = self._when_asked(parts)
            self._when_chosen(parts, asked)
            self._when_renamed(parts)
            self._when_deleted(parts, asked)
        return page

    def _when_loaded(self, page: gr.Blocks, parts: Parts) -> None:
        shelf, filters = parts.shelf, parts.filters
        shown = [parts.masthead, filters.outlets, filters.more, parts.holdings, shelf.listed, parts.note]
        arrived = page.load(self.opening.arrive, None, [*shown, parts.talk.chat], **_QUIETLY)
        arrived.then(self.asking.suggest, parts.talk.conversation, parts.talk.suggested, **_QUIETLY)

    def _when_asked(self, parts: Parts) -> list[Any]:
        """The events that answer a question; Stop cancels them."""
        talk, filters = parts.talk, parts.filters
        given = [talk.conversation, talk.window, filters.since, filters.until, filters.outlets]
        shown = [talk.box, talk.chat, talk.conversation, talk.window, talk.searched, talk.ask, talk.stop]
        asked = [
            gr.on([talk.box.submit, talk.ask.click], self.asking.ask, [talk.box, *given], shown, **_ASKING),
            talk.again.click(self.asking.ask_again, [talk.searched, *given], shown, **_ASKING),
            *(button.click(self.asking.ask, [button, *given], shown, **_ASKING) for button in talk.suggested),
        ]
        for event in asked:  # separately, so that the next question can be asked in the meantime
            self._then_listed(event, parts)
            event.then(self.asking.suggest, parts.talk.conversation, talk.suggested, **_QUIETLY)
        window, stopped = [talk.conversation, talk.window], [talk.chat, talk.window, talk.ask, talk.stop]
        talk.stop.click(self.asking.stop, window, stopped, cancels=asked, **_QUIETLY)
        return asked

    def _when_chosen(self, parts: Parts, asked: list[Any]) -> None:
        shelf, shown = parts.shelf, _opened(parts)
        chosen = shelf.listed.input(self.opening.open, shelf.listed, shown, cancels=asked, **_QUIETLY)
        begun = shelf.new.click(self.opening.begin, None, [*shown, shelf.listed], cancels=asked, **_QUIETLY)
        begun.then(self.opening.holdings, None, parts.holdings, **_QUIETLY)
        self._then_listed(begun, parts)
        for event in (chosen, begun):
            event.then(self.asking.suggest, parts.talk.conversation, parts.talk.suggested, **_QUIETLY)
        listed = [shelf.listed, parts.note]
        # Only what was typed last is searched for. (Gradio's "input" event ignores pasted text.)
        typed: dict[str, Any] = {"trigger_mode": "always_last", **_QUIETLY}
        shelf.find.change(self.opening.listed, [shelf.find, parts.talk.conversation], listed, **typed)

    def _when_renamed(self, parts: Parts) -> None:
        tend = parts.open
        asked = [tend.renaming, tend.title, tend.deleting]
        tend.rename.click(self.opening.ask_title, parts.talk.conversation, asked, **_QUIETLY)
        renamed = gr.on(
            [tend.save.click, tend.title.submit],
            self.opening.rename,
            [parts.talk.conversation, tend.title],
            [tend.renaming, tend.deleting],
            **_QUIETLY,
        )
        self._then_listed(renamed, parts)
        tend.leave.click(forms_closed, None, [tend.renaming, tend.deleting], **_QUIETLY)

    def _when_deleted(self, parts: Parts, asked: list[Any]) -> None:
        tend = parts.open
        forms = [tend.renaming, tend.deleting]
        tend.delete.click(lambda: (gr.update(visible=False), gr.update(visible=True)), None, forms, **_QUIETLY)
        tend.keep.click(forms_closed, None, forms, **_QUIETLY)
        shown = [*_opened(parts), parts.shelf.listed]
        gone = tend.confirm.click(self.opening.delete, parts.talk.conversation, shown, cancels=asked, **_QUIETLY)
        self._then_listed(gone, parts)
        gone.then(self.asking.suggest, parts.talk.conversation, parts.talk.suggested, **_QUIETLY)

    def _then_listed(self, event: Any, parts: Parts) -> None:
        shelf = parts.shelf
        event.then(self.opening.listed, [shelf.find, parts.talk.conversation], [shelf.listed, parts.note], **_QUIETLY)
        event.then(tools_for, parts.talk.conversation, parts.open.tools, **_QUIETLY)


_QUIETLY: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""Gradio's own progress indicators cover the component, and would show a stopped question as an error."""

_ASKING: dict[str, Any] = {**_QUIETLY, "concurrency_limit": None, "trigger_mode": "always_last"}
"""A question sent between an answer's last word and the end of Gradio's event is asked afterwards, not lost; chat.js
prevents questions before that."""


def _opened(parts: Parts) -> list[Any]:
    """The outputs that opening a conversation changes."""
    talk, tend = parts.talk, parts.open
    return [
        talk.chat,
        talk.conversation,
        talk.window,
        talk.searched,
        talk.ask,
        talk.stop,
        tend.tools,
        tend.renaming,
        tend.deleting,
    ]
