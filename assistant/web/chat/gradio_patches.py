"""Imports Gradio without its developer features. Everything else imports it from here.

On every import, Gradio 6 parses the source of each component, renders a stub file (.pyi) and compares it with the one
beside the source, or writes it there: half its import time, and a write into an installed package. It skips components
whose source has no file. It also imports the Model Context Protocol, if installed, for a server that is not used here.
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
    """Within it, a module that has not been imported yet cannot be imported."""
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
"""How many closed windows keep their state, in case they reconnect: the most recently used."""


class _Nothing(dict[int, dict[str, Any]]):
    """A mapping that discards what it is given."""

    def __setitem__(self, key: int, value: dict[str, Any]) -> None:
        """Discards it."""

    def __missing__(self, key: int) -> dict[str, Any]:
        return {}


class _Session(state_holder.SessionState):  # type: ignore[misc]
    """Gradio's state of a window, without the last values of all its components, conversation included: a hundred
    kilobytes each, kept for deep links to a page's state, which are not used here.
    """

    def __init__(self, blocks: gr.Blocks) -> None:
        self._holder, self._blocks = blocks.state_holder, blocks
        super().__init__(blocks)
        self.config_values = _Nothing()

    @property
    def is_closed(self) -> bool:
        """Whether the window was closed or lost its connection. It may reconnect."""
        return self._is_closed

    @is_closed.setter
    def is_closed(self, closed: bool) -> None:
        """Keeps only the latest closed windows; Gradio would keep as many as it has open ones, fifty kilobytes each."""
        self._is_closed = closed
        if closed:
            with self._holder.lock:
                all_closed = [name for name, session in self._holder.session_data.items() if session.is_closed]
                for name in all_closed[:-CLOSED_KEPT]:
                    del self._holder.session_data[name]
                    self._holder.time_last_used.pop(name, None)
                    self._leave_queue(name)

    def _leave_queue(self, name: str) -> None:
        """Discards the messages pending for the window ``name``, unless it still has events running. Gradio keeps those
        of two thousand windows, and their names forever.
        """
        queue = self._blocks._queue
        if not queue.pending_event_ids_session.get(name, set()) & queue.event_ids_to_events.keys():
            queue.pending_event_ids_session.pop(name, None)
            queue.pending_messages_per_session.pop(name, None)

    def _update_config(self, key: int) -> None:
        """Skips work whose result would be discarded."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """Likewise. It took a tenth of a busy server's time under the GIL."""


state_holder.SessionState = _Session

__all__ = ["gr", "state_holder"]
