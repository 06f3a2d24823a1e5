"""kill -9 while articles are added, removed and indexed anew; then a server starts, and the writer runs again.

    python -m tests.faults.kills [--random N] [--aimed N] [--seed N]

runs some of the kills and prints what became of each. The whole is `python -m tests.faults kills`: interrupted, it goes
on where it was, as long as the code of the index is the same.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from benchmarks.trial import Row, Trial
from tests.support.fast_index import REPLACED
from tests.support.killing import OPERATIONS, Ground, Kill, Plan, kill

ROOT = Path(__file__).parents[2]
RANDOM, AIMED = 200, 100
_SHARES = ("add", "remove", "add", "reindex", "add")


def plans(random_kills: int, aimed: int, seed: int = 0) -> list[Plan]:
    """Most kills fall into adding."""
    at_random = [Plan(f"{seed}-random-{n}", _SHARES[n % len(_SHARES)], False) for n in range(random_kills)]
    return at_random + [Plan(f"{seed}-aimed-{n}", _SHARES[n % len(_SHARES)], True) for n in range(aimed)]


def kills(wanted: Iterable[Plan], folder: Path) -> Iterator[Kill]:
    """Runs kills one after the other, in ``folder``."""
    import chromadb  # noqa: F401 (imported once, for all the processes that are forked from this one)
    import tantivy  # noqa: F401

    grounds: dict[str, Ground] = {}
    for plan in wanted:
        if plan.operation not in grounds:
            grounds[plan.operation] = Ground(folder, OPERATIONS[plan.operation])
        yield kill(grounds[plan.operation], folder / "home", plan)


def run(short: bool) -> Iterator[Row | str]:
    wanted = plans(5, 3) if short else plans(RANDOM, AIMED)
    with tempfile.TemporaryDirectory(prefix="onrecord-kills-") as folder:
        known = Kept(Path(folder) / "kills.jsonl" if short else ROOT / "build" / "faults" / "kills.jsonl")
        for done in kills([plan for plan in wanted if plan.name not in known.done], Path(folder)):
            known.keep(done)
            print(f"{len(known.done)} of {len(wanted)}: {done}", flush=True)
    yield from _told([known.done[plan.name] for plan in wanted])
    known.forget()


def _told(kills: list[Kill]) -> Iterator[Row | str]:
    at_random, aimed = [one for one in kills if not one.aimed], [one for one in kills if one.aimed]
    yield from _rows(at_random, "killed at a random moment", "1")
    yield from _rows(aimed, "killed as Chroma rewrites its vector files", "2")
    median = statistics.median(one.after for one in aimed)
    yield Row("from a rewrite that was seen to the kill, median", f"{median * 1000:.0f} ms")
    broken = sum(one.broken for one in aimed)
    yield Row(
        "Chroma folders, not yet in use, that Chroma then fails on or finds not all of", f"{broken} of {len(aimed)}"
    )
    yield from (f"Missed: {one.operation}, {one.plan}: {one.reader or one.writer}" for one in kills if not one.held)
    yield REPLACED


def _rows(kills: list[Kill], how: str, number: str) -> Iterator[Row]:
    for name in sorted({one.operation for one in kills}):
        some = [one for one in kills if one.operation == name]
        read, written = sum(not one.reader for one in some), sum(not one.writer for one in some)
        yield Row(
            f"`{name}` {how}; then a server starts, and the command is run again",
            f"of {len(some)} kills, {read} and {written} with nothing lost, doubled, changed or unfindable",
            "all, with no step by hand; the server embeds nothing",
            read == written == len(some),
            number,
        )


class Kept:
    """What became of kills, in a file that an interrupted run is gone on with. Other code of the index, other kills."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._code = _code()
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        rows = [row for row in map(json.loads, lines) if row.pop("code") == self._code]
        self.done = {row["plan"]: Kill(**row) for row in rows}

    def keep(self, kill: Kill) -> None:
        self.done[kill.plan] = kill
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**asdict(kill), "code": self._code}) + "\n")

    def forget(self) -> None:
        """What was told of as a whole is begun anew the next time."""
        self._file.unlink(missing_ok=True)


def _code() -> str:
    together = hashlib.sha256()
    for file in [*sorted((ROOT / "indexes").rglob("*.py")), Path(__file__)]:
        together.update(file.read_bytes())
    return together.hexdigest()[:16]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--random", type=int, default=5)
    parser.add_argument("--aimed", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0, help="other moments")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="onrecord-kills-") as folder:
        done = []
        for one in kills(plans(given.random, given.aimed, given.seed), Path(folder)):
            done.append(one)
            print(json.dumps(asdict(one)), flush=True)
    sys.exit(0 if all(one.held for one in done) else 1)


TRIAL = Trial("kills", "kill -9 while writing", run)

if __name__ == "__main__":
    main()
