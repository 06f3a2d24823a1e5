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
        super().__init__(blocks)
        self.config_values = _Nothing()


state_holder.SessionState = _Session

__all__ = ["gr", "state_holder"]
