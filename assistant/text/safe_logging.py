"""What a process writes about itself: where something failed and of which kind, never the words it was working on.

Any error's text may quote a question, an article or a key: libraries put into it what they were given.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from typing import Any

from assistant.text.control_characters import printable


class Discreet(logging.Formatter):
    """Formats a record on one line, control characters left out, and of an error the places it passed and its kind."""

    def format(self, record: logging.LogRecord) -> str:
        said = record.getMessage()
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:  # asyncio, for one, says further lines of what was being done
            said = said.partition("\n")[0]
        line = f"{record.levelname.lower()} {record.name}: {printable(said)}"
        return f"{line}\n{in_outline(error)}" if error is not None else line


def in_outline(error: BaseException) -> str:
    """The traceback without what the errors say. The system's own words and SQLite's are told: they quote nothing."""
    return "\n".join(line for one in _chain(error) for line in _outline(one))


def be_discreet() -> None:
    """From now on nothing in this process writes more, whichever library does it, and its files are its owner's alone.

    It leaves no dump of its memory.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(Discreet())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.disable(logging.INFO)  # at lower levels libraries tell what they send and receive
    warnings.simplefilter("ignore")  # they quote values, and are for developers
    sys.excepthook = lambda _, error, __: _print(error)
    threading.excepthook = lambda failed: _print(failed.exc_value)
    sys.unraisablehook = lambda failed: _print(failed.exc_value)
    traceback.print_exc = _print_current  # Gradio prints the errors of its events by itself
    os.umask(0o077)  # what it writes is for its owner alone
    _leave_no_dump()


def _outline(error: BaseException) -> Iterator[str]:
    for frame, line in traceback.walk_tb(error.__traceback__):
        yield f"  {frame.f_code.co_filename}:{line} in {frame.f_code.co_name}"
    yield f"{type(error).__module__}.{type(error).__qualname__}{_told(error)}"


def _told(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno:
        return f": {os.strerror(error.errno).lower()}"
    return f": {printable(str(error))}" if isinstance(error, sqlite3.Error) else ""


def _chain(error: BaseException) -> list[BaseException]:
    """The errors that led to this one, the first first."""
    chain: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in chain:
        chain.insert(0, one)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return chain


def _print(error: BaseException | None) -> None:
    if error is not None:
        print(in_outline(error), file=sys.stderr, flush=True)


def _print_current(*_: Any, **__: Any) -> None:
    _print(sys.exc_info()[1])


def _leave_no_dump() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
