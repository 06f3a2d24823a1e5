"""Gradio, imported without what it does for whoever edits code: from here, and nowhere else.

Each time it is imported, Gradio 6 parses the source of each of its components, renders a stub file (.pyi) from it and
compares it with the one beside the source, or writes that: half the time of its import, and writing into an installed
package. It leaves that alone where a component's source has no file. And it imports the Model Context Protocol, where
that is installed, for a server of its own that is not used here.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

_getfile = inspect.getfile


def _getfile_of_others(thing: Any) -> str:
    if isinstance(thing, type) and thing.__module__.startswith("gradio."):
        raise OSError(f"{thing.__qualname__} is not looked for")
    return _getfile(thing)


@contextmanager
def _missing(name: str) -> Iterator[None]:
    """While inside, a module that was not imported yet cannot be."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


with patch.object(inspect, "getfile", _getfile_of_others), _missing("mcp"):
    import gradio as gr

from gradio import state_holder  # noqa: E402

CLOSED_KEPT = 100
"""Windows that may come back after their connection was lost, as they were: the latest used."""


class _Nothing(dict[int, dict[str, Any]]):
    """Takes whatever it is given, and has none of it."""

    def __setitem__(self, key: int, value: dict[str, Any]) -> None:
        """Forgets it."""

    def __missing__(self, key: int) -> dict[str, Any]:
        return {}


class _Session(state_holder.SessionState):  # type: ignore[misc]
    """What Gradio keeps of a window, but for all its parts as they last looked, conversation included: a hundred
    kilobytes each, kept for links to a state of a page, which there are none of here.
    """

    def __init__(self, blocks: gr.Blocks) -> None:
        self._holder, self._blocks = blocks.state_holder, blocks
        super().__init__(blocks)
        self.config_values = _Nothing()

    @property
    def is_closed(self) -> bool:
        """Whether the window was closed, or lost its connection. It may be used on."""
        return self._is_closed

    @is_closed.setter
    def is_closed(self, closed: bool) -> None:
        """Of those that are, the latest are kept; Gradio would keep as many as of open ones, fifty kilobytes each."""
        self._is_closed = closed
        if closed:
            with self._holder.lock:
                all_closed = [name for name, session in self._holder.session_data.items() if session.is_closed]
                for name in all_closed[:-CLOSED_KEPT]:
                    del self._holder.session_data[name]
                    self._holder.time_last_used.pop(name, None)
                    self._leave_queue(name)

    def _leave_queue(self, name: str) -> None:
        """Forgets what waits to be told to the window ``name``. Gradio keeps it for two thousand windows, and for good
        that there was one; but what is still worked on for it needs its place.
        """
        queue = self._blocks._queue
        if not queue.pending_event_ids_session.get(name, set()) & queue.event_ids_to_events.keys():
            queue.pending_event_ids_session.pop(name, None)
            queue.pending_messages_per_session.pop(name, None)

    def _update_config(self, key: int) -> None:
        """Works nothing out that would be forgotten."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """Likewise. It was a tenth of what a server of many works with under Python's lock."""


state_holder.SessionState = _Session

__all__ = ["gr", "state_holder"]
