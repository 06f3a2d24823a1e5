"""Two or three processes that start to write at the same moment: one does, the others are told who it is."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from benchmarks.trial import Row, Trial
from indexes import Article
from indexes.types.errors import IndexBusy
from tests.support.fast_index import REPLACED, QuickIndex, hurry, story
from tests.support.index_checks import searched
from tests.support.processes import Child, Tell, in_child

RACES = 50
_BEFORE = 6
_WAIT = 30.0
_NAMED = r"process {pid} \({command}, since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC\)"

Hold = Callable[[], Iterator[Article]]
"""Yields nothing, and comes to an end when the race is decided: until then whoever runs through it holds the lock."""


def _add(index: QuickIndex, hold: Hold) -> None:
    list(index.add(chain(hold(), [story(100)])))


def _serve(index: QuickIndex, hold: Hold) -> None:
    from assistant.accounts.database import database_at
    from assistant.desk import Desk
    from assistant.web.services.intake import Intake
    from indexes.fetch.http import Fetcher

    with Desk(database_at(index.home / "desk.db")) as desk:
        Intake(index, desk, Fetcher()).take(chain(hold(), [story(101)]), threading.Event())


def _remove(index: QuickIndex, hold: Hold) -> None:
    index.remove(chain((article.id for article in hold()), ["story-0"]))


def _reindex(index: QuickIndex, hold: Hold) -> None:
    for _ in index.reindex():
        list(hold())


WRITERS = {"add": _add, "serve": _serve, "remove": _remove, "reindex": _reindex}


@dataclass(frozen=True)
class Race:
    """Who ran, and what is wrong with how it ended; empty if nothing is."""

    commands: tuple[str, ...]
    fault: str


def race(ground: Path, folder: Path, moment: random.Random) -> Race:
    """Has some writers start at once on a copy of ``ground``."""
    home, go, decided = folder / "home", folder / "go", folder / "decided"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ground, home)
    commands = tuple(moment.choices(list(WRITERS), k=moment.choice((2, 3))))
    if moment.random() < 0.5:
        _leave_a_name(home)
    children = [Child(partial(_write, command, home, go, decided)) for command in commands]
    while len(list(folder.glob("ready-*"))) < len(children):
        time.sleep(0.001)
    go.touch()
    give_up = time.monotonic() + _WAIT
    while len(list(folder.glob("refused-*"))) < len(children) - 1 and time.monotonic() < give_up:
        time.sleep(0.005)
    decided.touch()
    told = [tuple(child.result()[-1]) for child in children]
    return Race(
        commands, _fault(told, [(child.pid, name) for child, name in zip(children, commands, strict=True)], home)
    )


def _leave_a_name(home: Path) -> None:
    """As a writer that was killed leaves it."""
    pid = int(in_child(os.getpid))
    kept = {"pid": pid, "born": "12", "who": f"process {pid} (onrecord add, since 2020-01-01 00:00:00 UTC)"}
    (home / "writer.json").write_text(json.dumps(kept), encoding="utf-8")


def _write(command: str, home: Path, go: Path, decided: Path, tell: Tell) -> None:
    sys.argv = ["onrecord", command]
    hurry()
    with QuickIndex(home, passage_tokens=64 if command == "reindex" else 240) as index:
        (go.parent / f"ready-{os.getpid()}").touch()
        while not go.exists():
            pass
        try:
            WRITERS[command](index, partial(_until, decided))
            tell(("wrote", ""))
        except IndexBusy as busy:
            tell(("refused", str(busy)))
            (go.parent / f"refused-{os.getpid()}").touch()


def _until(decided: Path) -> Iterator[Article]:
    while not decided.exists():
        time.sleep(0.001)
    yield from ()


def _fault(told: list[tuple[str, str]], children: list[tuple[int, str]], home: Path) -> str:
    winners = [child for child, (what, _) in zip(children, told, strict=True) if what == "wrote"]
    if len(winners) != 1:
        return f"{len(winners)} wrote at the same time: {told}"
    pid, command = winners[0]
    named = re.compile(_NAMED.format(pid=pid, command=f"onrecord {command}"))
    unnamed = [message for what, message in told if what == "refused" and not named.search(message)]
    if unnamed:
        return f"process {pid} ({command}) wrote, and another was told: {unnamed[0]}"
    return str(in_child(partial(_is_sound, home)))


def _is_sound(home: Path) -> str:
    with QuickIndex(home) as index:
        kept = index.store.recipe()
    with QuickIndex(home, passage_tokens=kept[1].passage_tokens if kept else 240) as index:
        faults = searched(index)
        return "; ".join([*index.problems(), *([str(faults)] if faults else [])])


def _begin(home: Path) -> None:
    hurry()
    with QuickIndex(home) as index:
        list(index.add(story(n) for n in range(_BEFORE)))


def races(count: int, folder: Path, seed: int = 0) -> Iterator[Race]:
    import chromadb  # noqa: F401 (imported once, for all the processes that are forked from this one)
    import tantivy  # noqa: F401

    in_child(partial(_begin, folder / "ground"))
    for n in range(count):
        yield race(folder / "ground", folder / "race", random.Random(f"{seed}-{n}"))


def run(short: bool) -> Iterator[Row | str]:
    with tempfile.TemporaryDirectory(prefix="onrecord-races-") as folder:
        yield from _told(list(races(5 if short else RACES, Path(folder))))
    yield REPLACED


def _told(done: list[Race]) -> Iterator[Row | str]:
    faults = [one for one in done if one.fault]
    count = len(done)
    yield Row(
        "two or three processes start at once to add, remove, reindex or add as a server does",
        f"in {count - len(faults)} of {count} one wrote, the others were told its process, command and since when",
        f"{count} of {count}; the index is sound afterwards",
        not faults,
        "5",
    )
    yield "In about half of the races a killed writer had left its name behind."
    yield from (f"Missed: {one}" for one in faults)


TRIAL = Trial("races", "Two writers", run)
