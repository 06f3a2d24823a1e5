"""Damaged files: noticed, answered around, and made anew from the stored articles without embedding.

    python -m tests.faults.damage [SHAPE …]

runs the shapes whose names contain one of the words given, and prints what became of each.
"""

from __future__ import annotations

import ctypes
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.trial import Row, Trial
from tests.faults.known_answers import Probes
from tests.support.damage_shapes import AT_REST, MAPPED, WHILE_SERVING, Shape
from tests.support.fast_index import QuickIndex, story
from tests.support.killing import wait_until_mended
from tests.support.processes import ChildFailed, in_child

_CAPABILITIES, _EFFECTIVE, _PERMITTED, _OVERRIDES = 0x20080522, 0, 1, 0b110
"""As linux/capability.h has them: its version 3, and CAP_DAC_OVERRIDE with CAP_DAC_READ_SEARCH."""
_SMALL, _LARGE, _LARGE_SHORT = 1_300, 20_000, 1_500
_SECONDS = 30.0
_REPLACED = (
    "What was replaced: the embedding model, by one that hashes words to vectors of 384 numbers. Each shape has a copy "
    "of the index and a process of its own, for which permissions count even if it is root's."
)


@dataclass(frozen=True)
class Suffered:
    """What became of one shape of damage."""

    shape: str
    noticed: bool = False
    wrong: int = 0
    """Answers, from the damage on, that were not those of exact search over what the truth holds."""
    missed: int = 0
    """Questions in words that did not bring up their article, of an index that does not mend itself or is mended."""
    missed_meanwhile: int = 0
    """The same while a server mended the keyword index, and searched by meaning alone."""
    mended: str = ""
    """By whom: the server, or the next start; empty if by nobody."""
    embedded: int = 0
    """Texts that were embedded again."""
    failed: str = ""

    @property
    def held(self) -> bool:
        return self.noticed and bool(self.mended) and not (self.wrong or self.missed or self.embedded or self.failed)


def ground(folder: Path) -> None:
    """An index in ``folder/home``, and an older state of the same in ``folder/older``."""
    with QuickIndex(folder / "home") as index:
        list(index.add(story(n) for n in range(_SMALL // 2)))
        shutil.copytree(folder / "home", folder / "older")
        list(index.add(story(n) for n in range(_SMALL // 2, _SMALL)))
        index.remove([f"story-{n}" for n in range(0, 40, 4)])


def suffer(shape: Shape, folder: Path) -> Suffered:
    home = folder / "harmed"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(folder / "home", home)
    work = _under_a_server if shape.serving else _at_rest
    try:
        return Suffered(shape.name, **in_child(partial(_as_anyone, partial(work, shape, home, folder / "older"))))
    except ChildFailed as failure:
        return Suffered(shape.name, failed=str(failure))


def _at_rest(shape: Shape, home: Path, older: Path) -> dict[str, Any]:
    with QuickIndex(home) as index:
        probes = Probes.of(index)
    shape.inflict(home, older)
    seen: Counter[str] = Counter()
    with QuickIndex(home) as index:
        seen["noticed"] = bool(index.problems())
        seen["wrong"] += probes.wrong(index)
    return _started_again(home, probes, seen)


def _under_a_server(shape: Shape, home: Path, older: Path) -> dict[str, Any]:
    seen: Counter[str] = Counter()
    with QuickIndex(home, mends_itself=True) as index:
        probes = Probes.of(index)
        seen["wrong"] += probes.wrong(index) + probes.missed(index)
        shape.inflict(home, older)
        seen["noticed"] = bool(index.problems())
        seen["wrong"] += probes.wrong(index)
        seen["missed_meanwhile"] += probes.missed(index)
        if wait_until_mended(index, seconds=3):
            return _afterwards(index, probes, seen, "the server")
        seen["embedded"] += probes.embedded_besides(index)
    return _started_again(home, probes, seen)


def _started_again(home: Path, probes: Probes, seen: Counter[str]) -> dict[str, Any]:
    with QuickIndex(home, mends_itself=True) as index:
        seen["wrong"] += probes.wrong(index)
        seen["missed_meanwhile"] += probes.missed(index)
        mended = wait_until_mended(index, seconds=60)
        return _afterwards(index, probes, seen, "the next start" if mended else "")


def _afterwards(index: QuickIndex, probes: Probes, seen: Counter[str], mended: str) -> dict[str, Any]:
    seen["wrong"] += probes.wrong(index)
    seen["missed"] += probes.missed(index)
    seen["embedded"] += probes.embedded_besides(index)
    by_chroma = index.dense.health == "Chroma"
    return {**seen, "noticed": bool(seen["noticed"]), "mended": mended if by_chroma else ""}


def _as_anyone(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Even as root, permissions count: Linux' capabilities to pass them by are given up, in this process."""
    libc = ctypes.CDLL(None)
    header, sets = (ctypes.c_uint32 * 2)(_CAPABILITIES, 0), (ctypes.c_uint32 * 6)()
    libc.capget(header, sets)
    for which in _EFFECTIVE, _PERMITTED:
        sets[which] &= ~_OVERRIDES
    libc.capset(header, sets)
    return work()


def rebuild(count: int, home: Path) -> dict[str, float]:
    """Seconds it takes to make everything anew, and what a server answers meanwhile."""
    with QuickIndex(home) as index:
        list(index.add(story(n) for n in range(count)))
        probes = Probes.of(index)
    for part in ("chroma", "vectors", "keywords"):
        shutil.rmtree(home / part)
    with QuickIndex(home) as index:
        began = time.monotonic()
        mending = threading.Thread(target=index.mend)
        mending.start()
        rounds, wrong, slowest = 0, 0, 0.0
        while mending.is_alive():
            asked = time.monotonic()
            wrong += probes.wrong(index, all_nearest=False)
            probes.missed(index)
            slowest = max(slowest, (time.monotonic() - asked) / probes.count)
            rounds += 1
        mending.join()
        seconds = time.monotonic() - began
        return {
            "seconds": seconds,
            "asked": rounds * probes.count,
            "wrong": wrong + probes.wrong(index, all_nearest=False) + probes.missed(index),
            "slowest": slowest,
            "passages": float(index.store.counts().passages),
            "embedded": float(probes.embedded_besides(index)),
            "problems": float(len(index.problems())),
        }


def run(short: bool) -> Iterator[Row | str]:
    few = (AT_REST[1::8], WHILE_SERVING[::5]) if short else (AT_REST, WHILE_SERVING)
    with tempfile.TemporaryDirectory(prefix="onrecord-damage-") as name:
        folder = Path(name)
        yield from _shapes(few[0], "before a start", folder)
        yield from _shapes(few[1], "under a running server", folder)
        if not short:
            yield from _mapped(folder)
        yield from _rebuilt(in_child(partial(rebuild, _LARGE_SHORT if short else _LARGE, folder / "large")), short)
    yield _REPLACED


def shapes_suffered(shapes: Iterable[Shape], folder: Path) -> Iterator[Suffered]:
    import chromadb  # noqa: F401 (imported once, for all the processes that are forked from this one)
    import tantivy  # noqa: F401

    if not (folder / "home").exists():
        in_child(partial(ground, folder))
    for shape in shapes:
        yield suffer(shape, folder)


def _shapes(shapes: Iterable[Shape], when: str, folder: Path) -> Iterator[Row | str]:
    done = list(shapes_suffered(shapes, folder))
    held, noticed = sum(one.held for one in done), sum(one.noticed for one in done)
    wrong, embedded = sum(one.wrong + one.missed for one in done), sum(one.embedded for one in done)
    mended = Counter(one.mended or "nobody" for one in done)
    yield Row(
        f"{len(done)} shapes of damage {when} to Chroma, the vector file and the keyword index",
        f"{noticed} noticed, {wrong} wrong answers, {sum(bool(one.failed) for one in done)} failures, {embedded} texts "
        f"embedded again; mended by {', '.join(f'{who}: {count}' for who, count in mended.items())}",
        "all noticed and mended, 0 wrong, 0 failures, 0 embedded",
        held == len(done),
        "3" if when == "before a start" else "4",
    )
    yield Row(
        "questions in words that found another passage first while the keyword index was being mended",
        f"{sum(one.missed_meanwhile for one in done)} of {sum(bool(one.missed_meanwhile) for one in done)} shapes",
    )
    yield from (f"Missed: {one}" for one in done if not one.held)
    yield f"The {len(done)} {when}: {'; '.join(one.shape for one in done)}."


def _mapped(folder: Path) -> Iterator[Row]:
    """Stated, not promised."""
    for one in shapes_suffered(MAPPED, folder):
        yield Row(one.shape, one.failed or ("survived" if one.held else str(one)))


def _rebuilt(told: dict[str, float], short: bool) -> Iterator[Row]:
    right = not (told["wrong"] or told["embedded"] or told["problems"])
    yield Row(
        f"all three made anew from the database, {told['passages']:,.0f} passages",
        f"{told['seconds']:.1f} s; {told['asked']:,.0f} questions meanwhile, {told['wrong']:.0f} answered wrongly, "
        f"the slowest round {told['slowest'] * 1000:.0f} ms a question; {told['embedded']:.0f} texts embedded",
        f"≤ {_SECONDS:.0f} s for {_LARGE:,}, exact search serves",
        right and (short or told["seconds"] <= _SECONDS),
        "2",
    )


def main() -> None:
    wanted = [
        s for s in (*AT_REST, *WHILE_SERVING, *MAPPED) if not sys.argv[1:] or any(w in s.name for w in sys.argv[1:])
    ]
    with tempfile.TemporaryDirectory(prefix="onrecord-damage-") as folder:
        done = []
        for one in shapes_suffered(wanted, Path(folder)):
            done.append(one)
            print("held  " if one.held else "missed", {k: v for k, v in asdict(one).items() if v}, flush=True)
    sys.exit(0 if all(one.held for one in done) else 1)


TRIAL = Trial("damage", "Damaged files", run)

if __name__ == "__main__":
    main()
