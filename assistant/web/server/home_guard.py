"""Keeps everything but the stores from opening files of the home folder in a server process.

POSIX releases a process's locks on a file as soon as any code in it closes that file: a library that opened and closed
a SQLite database would drop SQLite's locks. So every file that Python code opens is checked first
(``sys.addaudithook``). No Python code may open a database, under any name; other files of the home folder are for the
stores' own modules. SQLite, tantivy and Chroma open files in compiled code, which this does not see: it is not a
sandbox, but it guards against a library that is tricked into opening a file.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

from assistant.backup.databases import KINDS, LEFTOVERS

_DATABASES = [kind.name + end for kind in KINDS for end in ("", *LEFTOVERS)]
_STORES = frozenset({"indexes", "assistant"})
_THROUGH = frozenset({"chromadb", "filelock", "numpy", "safetensors", "sqlalchemy", "tantivy"})
"""Libraries through which the stores open files, besides the standard library."""

_NEW = os.O_CREAT | os.O_EXCL
"""Flags that cannot open an existing file: how the stores create a database private to its owner."""

_homes = set[str]()


@contextmanager
def only_stores_open(home: Path) -> Iterator[None]:
    """Within it, any other Python code that opens a file of ``home`` gets a PermissionError."""
    _watch()
    guarded = os.path.realpath(home)
    _homes.add(guarded)
    try:
        yield
    finally:
        _homes.discard(guarded)


@cache
def _watch() -> None:
    """Called once per process, as an audit hook cannot be removed."""
    sys.addaudithook(_look)


def _look(event: str, given: tuple[Any, ...]) -> None:
    if event == "open" and _homes and isinstance(given[0], str | bytes):
        path, makes_anew = os.fsdecode(given[0]), given[2] & _NEW == _NEW
        for home in tuple(_homes):
            is_database = not makes_anew and _is_database(path, home)
            if is_database or (_is_inside(path, home) and not _is_a_stores(sys._getframe(1))):
                raise PermissionError("only the stores may open files of the home folder while the server runs")


def _is_database(path: str, home: str) -> bool:
    """Whether it is a SQLite file of ours, compared by inode, as other names may lead to it."""
    try:
        asked = os.stat(path)
    except (OSError, ValueError):
        return False
    return any(_is_same(asked, os.path.join(home, name)) for name in _DATABASES)


def _is_same(asked: os.stat_result, file: str) -> bool:
    try:
        return os.path.samestat(asked, os.stat(file))
    except OSError:
        return False


def _is_inside(path: str, home: str) -> bool:
    try:
        return os.path.realpath(path).startswith(home + os.sep)
    except (OSError, ValueError):
        return False


def _is_a_stores(frame: FrameType | None) -> bool:
    """Whether a store is opening the file: the nearest frame outside the standard library and the libraries the stores
    open files with is theirs.
    """
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package in _STORES:
            return True
        if package not in sys.stdlib_module_names and package not in _THROUGH:
            return False
        frame = frame.f_back
    return False
