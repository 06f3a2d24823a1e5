"""Drops the privileges the loader process does not need. Done once, irrevocably, before it sees a file."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import resource
import signal
import struct
import sys
from contextlib import suppress
from pathlib import Path

_CALLS = {
    # system call: number on x86-64, on 64-bit ARM (None: it does not exist there)
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "pread64": (17, 67), "lseek": (8, 62),
    "close": (3, 57), "fstat": (5, 80), "newfstatat": (262, 79), "stat": (4, None), "lstat": (6, None),
    "statx": (332, 291), "access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439),
    "readlink": (89, None), "readlinkat": (267, 78), "getdents64": (217, 61), "getcwd": (79, 17),
    "dup": (32, 23), "poll": (7, None), "ppoll": (271, 73), "recvmsg": (47, 212), "mmap": (9, 222),
    "munmap": (11, 215), "mremap": (25, 216), "mprotect": (10, 226), "madvise": (28, 233), "brk": (12, 214),
    "futex": (202, 98), "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132), "restart_syscall": (219, 128), "clock_gettime": (228, 113), "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115), "nanosleep": (35, 101), "gettimeofday": (96, 169), "getrandom": (318, 278),
    "getpid": (39, 172), "gettid": (186, 178), "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176),
    "getegid": (108, 177), "getrusage": (98, 165), "setitimer": (38, 103), "uname": (63, 160), "sysinfo": (99, 179),
    "sched_getaffinity": (204, 123), "sched_yield": (24, 124), "exit": (60, 93), "exit_group": (231, 94),
    "set_robust_list": (273, 99), "rseq": (334, 293),
}  # fmt: skip
_OPENING = {"open": (2, None, 1), "openat": (257, 56, 2)}
"""System calls that open a file, and the position of their flags argument."""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""For each processor: the column of system call numbers, and the kernel's name for its architecture."""

_LOAD, _EQUAL, _BITS, _GREATER, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000
_FOREIGN = 0x40000000  # x86-64's x32 numbers begin here

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 22, 2


def allow_only_reading() -> bool:
    """Installs the seccomp filter, irrevocably. Returns whether this system supports it."""
    known = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or known is None:
        return False
    code = b"".join(_program(*known))
    program = ctypes.create_string_buffer(code)
    head = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(program))
    return no_new_privileges() and _prctl(_PR_SET_SECCOMP, _FILTER, ctypes.c_char_p(head))


def no_new_privileges() -> bool:
    """Keeps programs started by this process from gaining privileges by set-uid."""
    return _prctl(_PR_SET_NO_NEW_PRIVS, 1, 0)


def _prctl(option: int, first: int, second: object) -> bool:
    none = ctypes.c_ulong(0)
    return bool(ctypes.CDLL(None).prctl(option, ctypes.c_ulong(first), second, none, none) == 0)


def _program(column: int, architecture: int) -> list[bytes]:
    """The BPF program: instructions of eight bytes, each an operation, jumps if true and if false, and an operand."""
    unknown = _step(_RETURN, _FAIL | errno.ENOSYS)
    code = [_step(_LOAD, _ARCHITECTURE), _step(_EQUAL, architecture, 1, 0), unknown]
    code += [_step(_LOAD, _NUMBER), _step(_GREATER, _FOREIGN, 0, 1), unknown]
    for numbers in _CALLS.values():
        if (number := numbers[column]) is not None:
            code += [_step(_EQUAL, number, 0, 1), _step(_RETURN, _ALLOW)]
    for *opening, argument in _OPENING.values():
        if (number := opening[column]) is not None:
            code += [_step(_EQUAL, number, 0, 4), _step(_LOAD, _ARGUMENTS + 8 * argument)]
            code += [_step(_BITS, _WRITING, 0, 1), _step(_RETURN, _FAIL | errno.EACCES), _step(_RETURN, _ALLOW)]
    return [*code, unknown]


def _step(operation: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", operation, if_true, if_false, operand)


_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


def lock_down(megabytes: int) -> list[str]:
    """Limits memory and forbids network, other programs and writing. Returns what this system could not enforce."""
    done = {
        "limit its memory": _limit(resource.RLIMIT_DATA, megabytes * 1_000_000),
        "keep it from writing files": _limit(resource.RLIMIT_FSIZE, 0),
        "leave no dump of it": _limit(resource.RLIMIT_CORE, 0),
    }
    with suppress(OSError):  # if memory runs out, this process is killed first
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    filtered = allow_only_reading()
    done["keep it from the network"] = filtered or _leave_the_network()
    done["keep it from other programs"] = filtered
    return [what for what, could in done.items() if not could]


def die_with(lifeline: int) -> None:
    """Has the system end this process when the other end of the pipe ``lifeline`` is closed, whatever it is doing.

    Uses SIGIO, which ends a process on Linux; elsewhere a waiting process notices the closed pipe itself.
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
    """Moves into an empty network namespace, for systems without the system call filter."""
    if sys.platform != "linux":
        return False
    no_new_privileges()
    return bool(ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)
