"""Safe logging: records where something failed and the kind of error, never the text being processed.

Any error message may quote a question, an article or a key, since libraries include their inputs in it.
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


class SafeFormatter(logging.Formatter):
    """Formats a record on one line without control characters, and an error as its traceback and type only."""

    def format(self, record: logging.LogRecord) -> str:
        said = record.getMessage()
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:  # asyncio, for one, adds lines that describe what was being done
            said = said.partition("\n")[0]
        line = f"{record.levelname.lower()} {record.name}: {printable(said)}"
        return f"{line}\n{in_outline(error)}" if error is not None else line


def in_outline(error: BaseException) -> str:
    """The traceback without error messages, except those of the system and of SQLite, which quote no input."""
    return "\n".join(line for one in _chain(error) for line in _outline(one))


def be_discreet() -> None:
    """Applies this to the whole process, libraries too; its new files become private, and core dumps are disabled."""
    handler = logging.StreamHandler()
    handler.setFormatter(SafeFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.disable(logging.INFO)  # at lower levels libraries log what they send and receive
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
    """The chain of errors that led to this one, from the first."""
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
