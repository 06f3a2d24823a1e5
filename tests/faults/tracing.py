"""What a process and its children open, connect to and start, as the kernel is asked for it: strace sees every thread,
compiled code as well as Python's.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_STRACE = (
    "strace", "-f", "--seccomp-bpf",  # a filter in the kernel picks the calls, so that no other is slowed down
    "-qq", "-ttt", "-y", "-e", "signal=none", "-e", "trace=open,openat,openat2,creat,connect,socket,execve",
)  # fmt: skip
_LINE = re.compile(r"^(?P<pid>\d+) +(?P<at>\d+\.\d+) (?P<call>\w+)\((?P<said>.*)$")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_FOLDER = re.compile(r"^(?:AT_FDCWD|\d+)<(?P<folder>[^>]*)>")
_RETURNED = re.compile(r"= \d+<(?P<path>/[^>]*)>")
_DETAILS = re.compile(r"\d+<[^>]*>, |\)? +(?:<unfinished|=) .*")
"""What is another each time: the descriptor, what came of it, and whether another thread's call came in between."""

_LEADS_OUT = ("AF_INET", "AF_INET6", "AF_PACKET")
_NAMES_HERE = 'sun_path="/var/run/nscd/socket"'
"""Where the C library asks for names of users and the like on this machine, before it reads them itself."""

_STORES = re.compile(
    r"(onrecord\.db|desk\.db|feeds\.db)(-wal|-shm|-journal)?|[\w.-]+\.lock|(writer|derived)\.json\S*|vectors\S*|chroma\S*|keywords\S*|restored\S*"
)
"""What there may be in a home."""

_SYSTEM = (
    "/proc", "/sys", "/dev/null", "/dev/urandom", "/dev/random", "/dev/shm", "/usr/share/zoneinfo", "/etc/localtime",
    "/etc/ld.so.cache", "/etc/mime.types", "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib",
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """What a thread asked of the kernel, when (seconds since 1970), and of which path where it is one."""

    pid: int
    at: float
    name: str
    path: str
    said: str


@dataclass(frozen=True)
class Allowed:
    """Where a server may open files: its home's stores, its code, Python and the system, a temporary folder."""

    home: Path
    temporary: Path

    def opens(self, path: str) -> bool:
        normal = os.path.normpath(path)
        below_home = _below(normal, self.home)
        if below_home is not None:
            return below_home == "." or _STORES.fullmatch(below_home.split("/")[0]) is not None
        return any(_below(normal, one) is not None for one in (str(self.temporary), *_code(), *_SYSTEM))


def why_not() -> str:
    """Why nothing can be traced here; empty where it can."""
    if shutil.which("strace") is None:
        return "strace is not installed (sudo apt install strace)"
    tried = subprocess.run([*_STRACE, "-o", os.devnull, "true"], capture_output=True, text=True)
    return tried.stderr.strip() if tried.returncode else ""


def traced(command: Sequence[str], log: Path) -> list[str]:
    """The command that runs ``command``, as the process that is started, and writes down what it asks for."""
    return [*_STRACE, "-D", "-o", str(log), *command]


def calls_in(lines: Iterable[str]) -> Iterator[Call]:
    """The calls of a log, without the ends of those that were interrupted by others': what was asked stands before."""
    for line in lines:
        if found := _LINE.match(line):
            name, said = found["call"], found["said"]
            yield Call(int(found["pid"]), float(found["at"]), name, _path(name, said), said)


def unexpected(calls: Iterable[Call], allowed: Allowed) -> Iterator[str]:
    """Files opened elsewhere, programs started but Python, and whatever leads out: sockets, connections."""
    for call in calls:
        if call.name == "connect" and _NAMES_HERE in call.said:
            continue
        if call.name == "connect" or (call.name == "socket" and call.said.startswith(_LEADS_OUT)):
            yield f"{call.name}({_DETAILS.sub('', call.said)})"
        elif call.name == "execve" and os.path.realpath(call.path) != os.path.realpath(sys.executable):
            yield f"started {call.path}"
        elif call.path and call.name not in {"socket", "connect", "execve"}:
            returned = _RETURNED.search(call.said)
            for path in dict.fromkeys((call.path, *([returned["path"]] if returned else []))):
                if not allowed.opens(path):
                    yield f"{call.name} {path}"


def readers_in(calls: Iterable[Call]) -> set[int]:
    """The processes that were started to read files."""
    return {call.pid for call in calls if call.name == "execve" and "indexes.loaders.sandbox.worker" in call.said}


def _path(name: str, said: str) -> str:
    """The path that was asked for, whole."""
    quoted = _QUOTED.search(said)
    if quoted is None or name in {"connect", "socket"}:
        return ""
    folder = _FOLDER.match(said)
    return os.path.join(folder["folder"] if folder else "/", quoted[1])


def _code() -> tuple[str, ...]:
    """Where our code lies, and Python's."""
    own = [str(ROOT / name) for name in ("app.py", "assistant", "indexes", "prompts", "pyproject.toml")]
    paths = {sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib"), os.path.realpath(sys.prefix)}
    return (*own, *(path for path in paths if path != "/usr"))


def _below(path: str, folder: str | Path) -> str | None:
    """What ``path`` is called in ``folder``; None where it is not in it."""
    inner = os.path.relpath(path, folder)
    return None if inner.startswith("..") else inner
