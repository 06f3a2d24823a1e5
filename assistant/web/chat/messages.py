"""Messages of the conversation, as Gradio's Chatbot takes them. They are made here from what is kept, never from what
a page sends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.history.conversations import KeptTurn
from assistant.text.wording import on_one_line
from assistant.web.pages.templates import Pages

Message = dict[str, Any]
Messages = list[Message]
_ASIDES = 20
"""So many of one window are kept."""


@dataclass(frozen=True)
class UnsavedTurn:
    """A question and what came of it that stand in one window alone, as they are not kept: it was stopped, or there is
    a notice instead of an answer. ``after`` is the id of the kept turn they stand behind, empty at the beginning.
    """

    after: str
    question: str
    said: tuple[Message, Message]


@dataclass(frozen=True)
class Window:
    """What one window shows and nobody keeps. Gradio holds it as long as the window; no page can send it.

    ``thumbs`` are those with which its answers were first drawn, None where that is not known: drawn in another way, an
    answer would lose what is open under it.
    """

    thumbs: Mapping[str, str] | None = None
    asides: tuple[UnsavedTurn, ...] = ()

    def with_aside(self, aside: UnsavedTurn) -> Window:
        """The latest are kept."""
        return replace(self, asides=(*self.asides, aside)[-_ASIDES:])


def message(role: str, html: str) -> Message:
    """A message of our own escaped HTML, on one line: so Markdown takes it for one block and changes nothing in it."""
    return {"role": role, "content": on_one_line(html)}


def messages_of(kept: Sequence[KeptTurn], window: Window, pages: Pages) -> Messages:
    """A conversation as it stands in ``window``, with what can be done with each of its answers.

    Asides behind a turn that is not there any more stand at the beginning.
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
    """Whether an answer was still growing. What an article supplied is escaped and cannot look like this."""
    return last["role"] == "assistant" and 'class="waiting"' in str(last["content"])
