"""A disk that is full, fails, or writes half, at one call after the other of whatever On Record does.

    python -m tests.faults.disk [DEED …] [--every N]

Each point is one call (write, fsync, rename, …) below the home folder at which the trouble begins. Afterwards: nothing
that was told as done is lost, nothing is damaged, a server that was running found and showed what it had all the while,
the error was one clear line, and the same done again on a sound disk ends where it would have without trouble.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.trial import Row, Trial
from tests.faults import faulty_disk
from tests.faults.faulty_disk import Fault, Full, SmallFiles, Trouble

DEEDS = {
    "first add": "adding to an empty home",
    "add": "adding articles and new versions",
    "remove": "removing articles",
    "reindex": "reindexing",
    "desk": "a login, conversations kept and deleted",
    "backup": "a backup onto that disk",
    "restore": "restoring over what is there",
}
MOST = {"add": 500}
_MOST = 150
"""So many of a deed's calls, spread evenly over them; of adding the first 500, one by one."""

_FAULTS: tuple[tuple[str, str, int, Callable[[int], Fault]], ...] = (
    ("the disk is full from the call on", "6", 1, Fault),
    ("the call fails with an I/O error, once", "7", 2, lambda call: Fault(call, errno.EIO, lasting=False)),
    ("half is written, then the disk is full", "6", 3, lambda call: Fault(call, shortened=True)),
)
"""In words, the row of the bar, of every how many-th call, and the fault."""
SMALL_DISK = 24_000_000


@dataclass(frozen=True)
class Met:
    """A point, and what became of it."""

    deed: str
    trouble: Trouble
    became: dict[str, Any]

    @property
    def wrong(self) -> dict[str, str]:
        return dict(self.became["wrong"])

    def __str__(self) -> str:
        return f"{self.deed}, {self.trouble}, {self.became['struck']}: {self.wrong}"


def run(short: bool) -> Iterator[Row | str]:
    yield from _measured(list(DEEDS), every=250 if short else 1)


def _measured(deeds: Sequence[str], every: int) -> Iterator[Row | str]:
    missed: list[Met] = []
    with tempfile.TemporaryDirectory() as folder:
        library = faulty_disk.build(Path(folder))
        for deed in deeds:
            with _points(library, Path(folder)) as ask:
                calls = ask(deed)["calls"]
                for name, number, step, fault in _FAULTS:
                    chosen = _spread(calls, MOST.get(deed, _MOST))[:: step * every]
                    met = [_met(ask, deed, fault(call)) for call in chosen]
                    missed += [one for one in met if one.wrong]
                    yield _row(f"{DEEDS[deed]}: {name}, {len(met)} of {calls} calls", met, number)
        if "add" in deeds:
            yield from _sized(library, Path(folder), missed, 1 if every == 1 else 16)
    if missed:
        yield "Missed: " + "; ".join(map(str, missed[:20]))


def _sized(library: Path, folder: Path, missed: list[Met], every: int) -> Iterator[Row]:
    with _points(library, folder) as ask:
        sizes = [4096 * n for n in range(1, 65, 2 * every)]
        met = [_met(ask, "add", SmallFiles(size)) for size in sizes]
        missed += [one for one in met if one.wrong]
        yield _row(f"{DEEDS['add']}: no file larger than 4 to 256 KB, {len(met)} sizes", met, "6")
    with _small_disk(folder) as disk:
        if disk is None:
            yield Row("a small disk filled, freed, gone on with", "not run: mounting one needs root", number="6")
            return
        with _points(library, disk) as ask:
            met = [_met(ask, "add", Full(50_000 * n)) for n in range(0, 32, every)]
        missed += [one for one in met if one.wrong]
        yield _row(f"{DEEDS['add']}: a disk of 24 MB filled to the last 0 to 1.5 MB, freed, gone on with", met, "6")


def _met(ask: Any, deed: str, trouble: Trouble) -> Met:
    return Met(deed, trouble, ask(deed, trouble=type(trouble).__name__, how=asdict(trouble)))


def _row(what: str, met: Sequence[Met], number: str) -> Row:
    kinds = Counter(kind for one in met for kind in one.wrong)
    ways = ("lost", "unread", "unclear", "unfinished", "ended")
    words = ("lost or damaged", "not read meanwhile", "not told clearly", "not finished afterwards", "hung or crashed")
    counted = ", ".join(f"{kinds[way]} {word}" for way, word in zip(ways, words, strict=True))
    told = sum(bool(one.became["said"]) for one in met)
    return Row(what, f"{len(met)} points, {told} ended with an error: {counted}", "0 of each", not kinds, number)


def _spread(calls: int, most: int) -> list[int]:
    """``most`` of the calls; the first ones where that is asked for adding."""
    if calls <= most or most == MOST["add"]:
        return list(range(1, min(calls, most) + 1))
    return sorted({1 + n * (calls - 1) // (most - 1) for n in range(most)})


@contextmanager
def _points(library: Path, folder: Path) -> Iterator[Any]:
    """Asks a process whose disk can fail."""
    command = [sys.executable, "-m", "tests.faults.disk_points", str(folder)]
    environment = {**faulty_disk.preloaded(library), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin is not None
        answers = process.stdout
        assert answers is not None

        def ask(deed: str, **more: Any) -> dict[str, Any]:
            print(json.dumps({"deed": deed, **more}), file=process.stdin, flush=True)
            answered: dict[str, Any] = json.loads(answers.readline() or '{"wrong": {"ended": "no answer"}}')
            return answered

        yield ask
        process.stdin.close()


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path | None]:
    """A disk of 24 MB; None where this user may not mount one."""
    disk = folder / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        yield None
        return
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


TRIAL = Trial("disk", "A full or failing disk", run)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("deeds", nargs="*", choices=[[], *DEEDS], metavar="DEED", help=", ".join(DEEDS))
    arguments.add_argument("--every", type=int, default=1, help="take only every so many-th point")
    given = arguments.parse_args()
    for row in _measured(given.deeds or list(DEEDS), given.every):
        print(row if isinstance(row, str) else f"{row.what}: {row.measured}", flush=True)


if __name__ == "__main__":
    main()
