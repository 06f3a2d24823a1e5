"""Opening the page and its conversations: what is shown to whom, and what they do with their conversations."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.accounts.errors import NoSuchConversation, NotAcceptable
from assistant.accounts.permissions import Action
from assistant.text.control_characters import plain
from assistant.text.wording import capitalised
from assistant.web.chat.gradio_patches import gr
from assistant.web.chat.history import LISTED, Shelf
from assistant.web.chat.layout import First, ask_or_stop
from assistant.web.chat.messages import Messages, Window, messages_of, on_one_line
from assistant.web.http.request import NOBODY, Visitor, visitor_of
from assistant.web.pages.templates import Pages

if TYPE_CHECKING:
    from assistant.assistant import Assistant

OUTLETS = 60
"""Outlets offered as a filter; where there are more, the smaller ones are asked for in words."""

Changes = tuple[Any, ...]


@dataclass(frozen=True)
class Opening:
    """Answers to what a visitor does outside the question box. Every one asks anew whose request it is."""

    assistant: Assistant
    shelf: Shelf
    pages: Pages

    def first(self) -> First:
        """The page as it is sent, to anyone."""
        outlets, _ = self._outlets()
        return First(self._masthead(NOBODY), outlets, self.holdings(), self._invitation(NOBODY))

    def arrive(self, request: gr.Request) -> Changes:
        """Masthead, outlets, the note on them, holdings, list, note on it, and the invitation, for this visitor."""
        visitor = visitor_of(request.request)
        choices, more = self._outlets()
        outlets = gr.update(choices=choices)
        invitation = gr.update(placeholder=self._invitation(visitor))
        return self._masthead(visitor), outlets, more, self.holdings(), *self._list(visitor, "", None), invitation

    def holdings(self) -> str:
        """What the index holds, and how fresh it is."""
        return on_one_line(self.pages.holdings(self.assistant.index.store.counts()))

    def listed(self, words: str | None, conversation_id: str | None, request: gr.Request) -> Changes:
        """The conversations, and the note below them."""
        return self._list(visitor_of(request.request), words or "", conversation_id or None)

    def open(self, conversation_id: str | None, request: gr.Request) -> Changes:
        """The conversation that was chosen, if it is one of the visitor's."""
        visitor = visitor_of(request.request)
        kept = self.shelf.turns(visitor, conversation_id or "")
        if not kept:
            raise gr.Error("This conversation no longer exists. It may have been deleted.", print_exception=False)
        window = Window(self.shelf.thumbs(visitor, kept))
        return self._shown(messages_of(kept, window, self.pages), conversation_id or "", window, kept[-1].turn.searched)

    def begin(self) -> Changes:
        """A new conversation."""
        return self._shown([], "", Window({}), "")

    def ask_title(self, conversation_id: str | None, request: gr.Request) -> Changes:
        """The form for renaming, with the title as it is."""
        try:
            title = self.shelf.title(visitor_of(request.request), conversation_id or "")
        except NoSuchConversation as error:
            raise gr.Error(capitalised(error), print_exception=False) from None
        return gr.update(visible=True), title, gr.update(visible=False)

    def rename(self, conversation_id: str | None, title: str | None, request: gr.Request) -> Changes:
        """The conversation under its new name; the form stays while the name is none."""
        try:
            self.shelf.rename(visitor_of(request.request), conversation_id or "", title or "")
        except (NoSuchConversation, NotAcceptable) as error:
            raise gr.Error(capitalised(error), print_exception=False) from None
        return forms_closed()

    def delete(self, conversation_id: str | None, request: gr.Request) -> Changes:
        """The conversation gone, and a new one begun."""
        with contextlib.suppress(NoSuchConversation):  # gone already, which is what was asked for
            self.shelf.delete(visitor_of(request.request), conversation_id or "")
        return self.begin()

    def _shown(self, chat: Messages, conversation_id: str, window: Window, searched: str) -> Changes:
        tools = gr.update(visible=bool(conversation_id))
        return chat, conversation_id, window, searched, *ask_or_stop(), tools, *forms_closed()

    def _list(self, visitor: Visitor, words: str, chosen: str | None) -> Changes:
        found = self.shelf.latest(visitor, words)
        choices = [(plain(one.title), one.id) for one in found]
        value = chosen if any(one.id == chosen for one in found) else None
        note = self.pages.shelf_note(len(found), LISTED, words.strip(), self.shelf.retention())
        return gr.update(choices=choices, value=value), on_one_line(note)

    def _outlets(self) -> tuple[list[tuple[str, str]], str]:
        counts = self.assistant.index.outlets()
        choices = [(f"{plain(name)} ({count})", name) for name, count in list(counts.items())[:OUTLETS]]
        left = len(counts) - len(choices)
        more = f'{left} smaller outlets: add source:"Name" to the question.' if left else ""
        return choices, more

    def _masthead(self, visitor: Visitor) -> str:
        """What this is, who is there, and where they may go."""
        writer = self.assistant.writer.described if self.assistant.writer else ""
        return on_one_line(self.pages.masthead(writer, visitor.user, visitor.may(Action.ADD)))

    def _invitation(self, visitor: Visitor) -> str:
        return on_one_line(self.pages.invitation(self.assistant.index.is_empty(), visitor.may(Action.ADD)))


def forms_closed() -> Changes:
    """Neither renaming nor deleting."""
    return gr.update(visible=False), gr.update(visible=False)


def tools_for(conversation_id: str | None) -> Any:
    """Rename and Delete, where a conversation is open."""
    return gr.update(visible=bool(conversation_id))
