"""What befalls a disk: its k-th call fails (faulty_disk.c does it), files may not grow, or it is full.

Each trouble begins in the process that is to have it, and ends for those that come after.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import shutil
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

    def begin(self, home: Path) -> None:
        arm(home, self)

    def end(self, home: Path) -> None:
        pass


@dataclass(frozen=True)
class SmallFiles:
    """No file may become larger than so many bytes."""

    bytes: int

    def begin(self, home: Path) -> None:
        arm(home, None)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.bytes, self.bytes))

    def end(self, home: Path) -> None:
        pass


@dataclass(frozen=True)
class Full:
    """The disk has no more than so many bytes left. It should be a small one."""

    bytes: int

    def begin(self, home: Path) -> None:
        arm(home, None)
        with _ballast(home).open("wb", buffering=0) as ballast:
            for block in (1 << 20, 1 << 12):
                while shutil.disk_usage(home).free >= self.bytes + block:
                    ballast.write(bytes(block))

    def end(self, home: Path) -> None:
        _ballast(home).unlink(missing_ok=True)


Trouble = Fault | SmallFiles | Full


def _ballast(home: Path) -> Path:
    return home.with_name("ballast")


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
