"""Takes from the process that reads what reading does not need. Done once, before it sees a file, and for good."""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path

from indexes.loaders.sandbox.seccomp import allow_only_reading, no_new_privileges

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


def lock_down(megabytes: int) -> list[str]:
    """Limits memory, and forbids network, other programs and writing; tells what this system could not do of it."""
    done = {
        "limit its memory": _limit(resource.RLIMIT_DATA, megabytes * 1_000_000),
        "keep it from writing files": _limit(resource.RLIMIT_FSIZE, 0),
        "leave no dump of it": _limit(resource.RLIMIT_CORE, 0),
    }
    with suppress(OSError):  # if memory runs out, this process goes first
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    filtered = allow_only_reading()
    done["keep it from the network"] = filtered or _leave_the_network()
    done["keep it from other programs"] = filtered
    return [what for what, could in done.items() if not could]


def die_with(lifeline: int) -> None:
    """Has the system end this process when the other end of the pipe ``lifeline`` is closed, whatever it is doing.

    It sends SIGIO, which ends a process on Linux; elsewhere a process that waits notices by itself.
    """
    if sys.platform == "linux":
        signal.signal(signal.SIGIO, signal.SIG_DFL)
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


def _limit(which: int, most: int) -> bool:
    try:
        resource.setrlimit(which, (most, most))
    except (OSError, ValueError):
        return False
    return True


def _leave_the_network() -> bool:
    """Moves into a network of one's own, without a way out, where there is no filter of system calls."""
    if sys.platform != "linux":
        return False
    no_new_privileges()
    return bool(ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)
