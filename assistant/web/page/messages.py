"""Messages of the conversation, as Gradio's Chatbot takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.desk.conversations import KeptTurn
from assistant.web.render import Pages

Message = dict[str, Any]
Messages = list[Message]


def message(role: str, html: str) -> Message:
    """A message of our own escaped HTML."""
    return {"role": role, "content": on_one_line(html)}


def on_one_line(html: str) -> str:
    """``html`` as a single HTML block, in which Markdown changes nothing."""
    return " ".join(html.split())


def messages_of(kept: Sequence[KeptTurn], thumbs: Mapping[str, str], pages: Pages) -> Messages:
    """A conversation as it was, with what can be done with each of its answers; ``thumbs`` were given for some."""
    return [
        one
        for turn in kept
        for one in (
            message("user", pages.question(turn.turn.question)),
            message("assistant", pages.turn(turn.turn, id=turn.id, thumb=thumbs.get(turn.id, ""))),
        )
    ]


def is_unfinished(last: Message) -> bool:
    """Whether an answer was still growing. What an article supplied is escaped and cannot look like this."""
    return last["role"] == "assistant" and 'class="waiting"' in str(last["content"])
