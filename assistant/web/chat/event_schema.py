"""Validates what a page sends to Gradio: the known events, and the one accepted form of each input.

Gradio acts on files and addresses named in values from the page. So no event may take a component whose value is more
than text, and every value that comes in is rebuilt here from strings of bounded length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from assistant.assistant import LONGEST_QUESTION
from assistant.web.chat.gradio_patches import gr
from assistant.web.chat.layout import LONGEST_ID
from assistant.web.http.problems import INVALID

Take = Callable[[Any], Any]
"""Rebuilds the value for Gradio from the one sent. Raises ValueError if that has another form."""

_LONGEST_CHOICE = 1000
_HALF = re.compile("[\ud800-\udfff]")
_MOST_CHOICES = 100
_KNOWN = frozenset({"data", "event_data", "fn_index", "trigger_id"})


class Events:
    """The events of one page, by Gradio's number for each."""

    def __init__(self, page: gr.Blocks) -> None:
        """
        Raises:
            TypeError: an event of the page takes a component whose value is more than text.
        """
        self._inputs = {number: [_taking(one) for one in event.inputs] for number, event in page.fns.items()}
        self._components = frozenset({page._id, *page.blocks})

    def taken(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The request to begin an event, rebuilt from the known fields of ``body``.

        Raises:
            ProblemRaised: a field is unknown or has the wrong form. It names the field, not the value.
        """
        if not body.keys() <= _KNOWN:
            raise _wrong("A field")
        number, trigger, data = body.get("fn_index"), body.get("trigger_id"), body.get("data")
        if type(number) is not int or number not in self._inputs:
            raise _wrong("fn_index")
        if trigger is not None and (type(trigger) is not int or trigger not in self._components):
            raise _wrong("trigger_id")
        if not _is_text(body.get("event_data"), LONGEST_QUESTION):  # none of our events uses it, so none gets it
            raise _wrong("event_data")
        takes = self._inputs[number]
        if type(data) is not list or len(data) != len(takes):
            raise _wrong("data")
        return {"fn_index": number, "trigger_id": trigger, "event_data": None, "data": _all(takes, data)}


def _all(takes: list[Take], data: list[Any]) -> list[Any]:
    made = []
    for place, (take, value) in enumerate(zip(takes, data, strict=True)):
        try:
            made.append(take(value))
        except ValueError:
            raise _wrong(f"data.{place}") from None
    return made


def _wrong(where: str) -> Exception:
    return INVALID.problem(f"{where} is not in the form that the chat page sends. Reload the page.")


def _taking(component: gr.components.Component) -> Take:
    """What an input of this kind accepts. Matches types exactly, as subclasses may hold more than text."""
    kind = type(component)
    if kind is gr.State:  # Gradio keeps it, and ignores what is sent
        return _nothing
    if kind is gr.Textbox:
        return _text(component.max_length or LONGEST_QUESTION)
    if kind is gr.Button:
        return _text(LONGEST_QUESTION)
    if kind is gr.Radio:
        return _text(LONGEST_ID)
    if kind is gr.CheckboxGroup:
        return _choices
    raise TypeError(f"an event of the chat page takes a {kind.__name__}, whose value may be more than text.")


def _nothing(value: Any) -> None:
    if value is not None:
        raise ValueError


def _text(longest: int) -> Take:
    def take(value: Any) -> Any:
        if not _is_text(value, longest):
            raise ValueError
        return value

    return take


def _is_text(value: Any, longest: int) -> bool:
    """Whether it is None or valid text of at most ``longest`` characters, without lone surrogates."""
    return value is None or (type(value) is str and len(value) <= longest and _HALF.search(value) is None)


def _choices(value: Any) -> Any:
    if value is None:
        return []
    if type(value) is not list or len(value) > _MOST_CHOICES:
        raise ValueError
    if not all(one is not None and _is_text(one, _LONGEST_CHOICE) for one in value):
        raise ValueError
    return value
