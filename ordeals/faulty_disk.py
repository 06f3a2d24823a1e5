"""A disk that fails at the k-th call: builds the library that does it (faulty_disk.c), and arms it."""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_SOURCE = Path(__file__).with_name("faulty_disk.c")
_FOREVER = 2**40


@dataclass(frozen=True)
class Fault:
    """What befalls the ``call``-th call (from 1) that changes something: once, or all that follow too."""

    call: int
    error: int = errno.ENOSPC
    lasting: bool = True
    shortened: bool = False
    """Whether the first of them, where it writes, writes half instead of failing."""

    def __str__(self) -> str:
        name, half = errno.errorcode[self.error], "half a write, then " if self.shortened else ""
        return f"{half}{name} {'from call' if self.lasting else 'at call'} {self.call}{' on' if self.lasting else ''}"


def build(folder: Path) -> Path:
    """Compiles the library into ``folder``.

    Raises:
        OSError, subprocess.CalledProcessError: there is no gcc here, or it fails.
    """
    library = folder / "faulty_disk.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-w", "-o", library, _SOURCE, "-ldl"], check=True)
    return library


def preloaded(library: Path) -> Mapping[str, str]:
    """The environment of a process whose disk is to fail."""
    return {**os.environ, "LD_PRELOAD": str(library)}


def arm(folder: Path, fault: Fault | None) -> None:
    """Has the disk fail below ``folder``; with no fault its calls are only counted."""
    first = fault.call if fault else _FOREVER
    last = _FOREVER if fault and fault.lasting else first
    _library().faulty_disk(
        os.fsencode(folder.resolve()),
        ctypes.c_long(first),
        ctypes.c_long(last),
        fault.error if fault else 0,
        bool(fault and fault.shortened),
    )


def mend() -> None:
    """The disk fails no more."""
    _library().faulty_disk(b"", ctypes.c_long(0), ctypes.c_long(0), 0, 0)


def calls() -> int:
    """How many calls there were since it was armed."""
    return int(_library().faulty_disk_calls())


def struck() -> str:
    """The first call that failed and the file below the folder; empty where none did."""
    return os.fsdecode(_library().faulty_disk_struck())


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None)
    library.faulty_disk_struck.restype = ctypes.c_char_p
    library.faulty_disk_calls.restype = ctypes.c_long
    return library
