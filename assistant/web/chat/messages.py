"""Messages of the conversation, as Gradio's Chatbot takes them. They are built from saved turns, never from what a page
sends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.history.conversations import KeptTurn
from assistant.web.pages.templates import Pages

Message = dict[str, Any]
Messages = list[Message]
_ASIDES = 20
"""The most asides kept for one window."""


@dataclass(frozen=True)
class Aside:
    """A question shown in one window but not saved, because it was stopped or got a notice instead of an answer.
    ``after`` is the id of the saved turn it follows, empty at the beginning.
    """

    after: str
    question: str
    said: tuple[Message, Message]


@dataclass(frozen=True)
class Window:
    """State of one window that is not saved. Gradio keeps it as long as the window; no page can send it.

    ``thumbs`` are those its answers were first drawn with, None if not known: redrawn differently, an answer would lose
    a form that is open under it.
    """

    thumbs: Mapping[str, str] | None = None
    asides: tuple[Aside, ...] = ()

    def with_aside(self, aside: Aside) -> Window:
        """The window with ``aside`` added; only the latest are kept."""
        return replace(self, asides=(*self.asides, aside)[-_ASIDES:])


def message(role: str, html: str) -> Message:
    """A message of our own escaped HTML."""
    return {"role": role, "content": on_one_line(html)}


def on_one_line(html: str) -> str:
    """``html`` as a single HTML block that Markdown leaves alone."""
    return " ".join(html.split())


def messages_of(kept: Sequence[KeptTurn], window: Window, pages: Pages) -> Messages:
    """A conversation as shown in ``window``, with the tools for each answer.

    Asides after a turn that no longer exists come first.
    """
    thumbs = window.thumbs or {}
    behind = defaultdict[str, Messages](list)
    ids = {turn.id for turn in kept}
    for aside in window.asides:
        behind[aside.after if aside.after in ids else ""].extend(aside.said)
    said = behind[""]
    for turn in kept:
        said.append(message("user", pages.question(turn.turn.question)))
        said.append(message("assistant", pages.turn(turn.turn, id=turn.id, thumb=thumbs.get(turn.id, ""))))
        said.extend(behind[turn.id])
    return said


def is_unfinished(last: Message) -> bool:
    """Whether the answer was still in progress. Article text is escaped, so it cannot look like this."""
    return last["role"] == "assistant" and 'class="waiting"' in str(last["content"])
