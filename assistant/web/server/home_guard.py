"""Keeps all but the stores from opening the home's files in a process that serves.

SQLite's locks on a file belong to the process, and go when anyone in it closes that file (POSIX): a library that opens
a database to look at it, and closes it again, would take them away. So whatever Python code opens is looked at first
(``sys.addaudithook``). No Python code opens a database, by whatever name; all else in the home is for the stores' own
modules. SQLite, tantivy and Chroma open their files in compiled code, which this does not see: it is no sandbox, but a
fence against what a library may be talked into.
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
"""Libraries in which the stores open files. Python's own may stand between, too."""

_NEW = os.O_CREAT | os.O_EXCL
"""So a file that is there is not opened: how the stores make a database for its owner alone."""

_homes = set[str]()


@contextmanager
def only_stores_open(home: Path) -> Iterator[None]:
    """While inside, whoever else opens a file of ``home`` from Python gets a PermissionError."""
    _watch()
    guarded = os.path.realpath(home)
    _homes.add(guarded)
    try:
        yield
    finally:
        _homes.discard(guarded)


@cache
def _watch() -> None:
    """Once in a process: what is added as an audit hook stays."""
    sys.addaudithook(_look)


def _look(event: str, given: tuple[Any, ...]) -> None:
    if event == "open" and _homes and isinstance(given[0], str | bytes):
        path, makes_anew = os.fsdecode(given[0]), given[2] & _NEW == _NEW
        for home in tuple(_homes):
            is_database = not makes_anew and _is_database(path, home)
            if is_database or (_is_inside(path, home) and not _is_a_stores(sys._getframe(1))):
                raise PermissionError("only the stores may open files of the home folder while the server runs")


def _is_database(path: str, home: str) -> bool:
    """Whether the file is one of SQLite's: by what it is, since it may be reached by other names."""
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
    """Whether what is being opened is opened by the stores: theirs is the nearest code that is neither Python's own nor
    of a library they open files with.
    """
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package in _STORES:
            return True
        if package not in sys.stdlib_module_names and package not in _THROUGH:
            return False
        frame = frame.f_back
    return False
