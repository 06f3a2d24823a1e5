"""Event handlers for opening the page and for listing, opening, renaming and deleting conversations."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.accounts.errors import NoSuchConversation, NotAcceptable
from assistant.accounts.permissions import Action
from assistant.text.control_characters import plain
from assistant.text.wording import capitalised, on_one_line
from assistant.web.chat.gradio_patches import gr
from assistant.web.chat.history import LISTED, ConversationList
from assistant.web.chat.layout import First, ask_or_stop
from assistant.web.chat.messages import Messages, Window, messages_of
from assistant.web.http.request import NOBODY, Visitor, visitor_of
from assistant.web.pages.templates import Pages

if TYPE_CHECKING:
    from assistant.assistant import Assistant

OUTLETS = 60
"""The most outlets offered as filters; smaller ones can be named in the question."""

Changes = tuple[Any, ...]


@dataclass(frozen=True)
class PageEvents:
    """Handlers for everything outside the question box. Each checks anew who sent the request."""

    assistant: Assistant
    shelf: ConversationList
    pages: Pages

    def first(self) -> First:
        """The page as first sent, before the visitor is known."""
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
        """What the index holds, and when it was last added to."""
        return on_one_line(self.pages.holdings(self.assistant.index.store.counts()))

    def listed(self, words: str | None, conversation_id: str | None, request: gr.Request) -> Changes:
        """The conversations, and the note below them."""
        return self._list(visitor_of(request.request), words or "", conversation_id or None)

    def open(self, conversation_id: str | None, request: gr.Request) -> Changes:
        """Opens the chosen conversation, if it belongs to the visitor."""
        visitor = visitor_of(request.request)
        kept = self.shelf.turns(visitor, conversation_id or "")
        if not kept:
            raise gr.Error("This conversation no longer exists. It may have been deleted.", print_exception=False)
        window = Window(self.shelf.thumbs(visitor, kept))
        return self._shown(messages_of(kept, window, self.pages), conversation_id or "", window, kept[-1].turn.searched)

    def begin(self) -> Changes:
        """Starts a new conversation. None is chosen in the list at the same moment: a click on the one that still was
        would choose nothing.
        """
        return *self._shown([], "", Window({}), ""), gr.update(value=None)

    def ask_title(self, conversation_id: str | None, request: gr.Request) -> Changes:
        """Opens the form for renaming, filled with the current title."""
        try:
            title = self.shelf.title(visitor_of(request.request), conversation_id or "")
        except NoSuchConversation as error:
            raise gr.Error(capitalised(error), print_exception=False) from None
        return gr.update(visible=True), title, gr.update(visible=False)

    def rename(self, conversation_id: str | None, title: str | None, request: gr.Request) -> Changes:
        """Renames the conversation; the form stays open if the title is not acceptable."""
        try:
            self.shelf.rename(visitor_of(request.request), conversation_id or "", title or "")
        except (NoSuchConversation, NotAcceptable) as error:
            raise gr.Error(capitalised(error), print_exception=False) from None
        return forms_closed()

    def delete(self, conversation_id: str | None, request: gr.Request) -> Changes:
        """Deletes the conversation and starts a new one."""
        with contextlib.suppress(NoSuchConversation):  # already deleted, which is the wanted result
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
        """The masthead: the product, the user, and the pages open to them."""
        writer = self.assistant.writer.described if self.assistant.writer else ""
        return on_one_line(self.pages.masthead(writer, visitor.user, visitor.may(Action.ADD)))

    def _invitation(self, visitor: Visitor) -> str:
        return on_one_line(self.pages.invitation(self.assistant.index.is_empty(), visitor.may(Action.ADD)))


def forms_closed() -> Changes:
    """Hides the forms for renaming and deleting."""
    return gr.update(visible=False), gr.update(visible=False)


def tools_for(conversation_id: str | None) -> Any:
    """Shows Rename and Delete if a conversation is open."""
    return gr.update(visible=bool(conversation_id))
