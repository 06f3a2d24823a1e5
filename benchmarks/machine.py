"""The machine figures were taken on, in words."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path


def in_words() -> str:
    """Processor, cores, memory, Python, and how busy the machine was: "2 cores of …, 24 GB, Python 3.11, load 0.3"."""
    load = os.getloadavg()[0]
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    python = ".".join(platform.python_version_tuple()[:2])
    return f"{cores} cores of {_processor()}, {memory:.0f} GB, Python {python}, load {load:.1f} at the start"


def _processor() -> str:
    try:
        named = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        named = None
    return named[1].strip() if named else platform.machine()


def resident_megabytes(pid: int | str = "self") -> float:
    """What a process holds in memory now."""
    return _megabytes("VmRSS", pid)


def peak_megabytes(pid: int | str = "self") -> float:
    """The most a process ever held in memory. What getrusage says of one may be the peak of the one that started it."""
    return _megabytes("VmHWM", pid)


def _megabytes(which: str, pid: int | str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(f"{which}:"):
            return int(line.split()[1]) / 1000
    return float("nan")
