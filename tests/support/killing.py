"""One kill: an operation killed at a moment, and what a server and the same operation make of what is left.

Every process is a fork of this one, which opens no index itself.
"""

from __future__ import annotations

import glob
import random
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from tests.support.fast_index import QuickIndex, hurry, story
from tests.support.index_checks import Content, compared, content, searched
from tests.support.processes import Child, ChildFailed, Tell, in_child

_STORIES, _ALREADY, _AT_ONCE, _REMOVED = 48, 16, 8, 4
_OLD, _NEW = 64, 120
"""Words in a passage at most, before and after the reindexing."""


@dataclass(frozen=True)
class Operation:
    """Something that writes, run by itself until it is done; run again, it goes on."""

    name: str
    starts_with: int
    """How many stories are in the index before."""
    run: Callable[[Path, Tell], None]


@dataclass(frozen=True)
class Plan:
    """A kill to come. Its name decides the moment."""

    name: str
    operation: str
    aimed: bool


@dataclass(frozen=True)
class Kill:
    """One kill: which, when, and what was found afterwards. Empty strings where all was well."""

    plan: str
    operation: str
    aimed: bool
    after: float
    """Seconds from the start, or from the last change to a file of Chroma's that was seen."""
    told: int
    """How many things had been reported as done."""
    broken: bool
    """Whether the folder that Chroma was writing could no longer be read."""
    reader: str
    writer: str
    seconds: float

    @property
    def held(self) -> bool:
        return not (self.reader or self.writer)


def add(home: Path, tell: Tell) -> None:
    with QuickIndex(home, passage_tokens=_OLD) as index:
        for start in range(0, _STORIES, _AT_ONCE):
            for outcome in index.add(story(n) for n in range(start, start + _AT_ONCE)):
                if outcome.kind == "added" and outcome.article:
                    tell(outcome.article.id)


def remove(home: Path, tell: Tell) -> None:
    with QuickIndex(home, passage_tokens=_OLD) as index:
        for start in range(0, _STORIES // 2, _REMOVED):
            here = [f"story-{n}" for n in range(start, start + _REMOVED) if index.store.versions(f"story-{n}")]
            if len(here) not in (0, _REMOVED):
                raise AssertionError(f"of {_REMOVED} articles that are removed together, {here} were left")
            index.remove(here)
            tell(start)


def reindex(home: Path, tell: Tell) -> None:
    with QuickIndex(home, passage_tokens=_NEW) as index:
        for done in index.reindex():
            tell(done)


OPERATIONS = {
    one.name: one
    for one in (
        Operation("add", _ALREADY, add),
        Operation("remove", _STORIES, remove),
        Operation("reindex", _STORIES, reindex),
    )
}


class Ground:
    """What every kill of an operation begins with and is compared with: made once, by runs without a kill."""

    def __init__(self, folder: Path, operation: Operation) -> None:
        self.operation = operation
        self.start, self._whole = folder / f"{operation.name}-start", folder / f"{operation.name}-whole"
        in_child(self._begin)
        shutil.copytree(self.start, self._whole)
        began = time.monotonic()
        child = Child(partial(_hurried, operation.run, self._whole))
        self.rewrites = len(list(_rewrites(self._whole, child)))
        self.seconds = time.monotonic() - began
        child.result()

    def _begin(self) -> None:
        hurry()
        with QuickIndex(self.start, passage_tokens=_OLD) as index:
            for start in range(0, self.operation.starts_with, _AT_ONCE):
                list(index.add(story(n) for n in range(start, start + _AT_ONCE)))

    @cached_property
    def expected(self) -> Content:
        told: dict[str, list[str]] = in_child(lambda: _as_json(self._whole))
        return {id: (text, bytes.fromhex(row)) for id, (text, row) in told.items()}


def _as_json(home: Path) -> dict[str, tuple[str, str]]:
    with QuickIndex(home) as index:
        return {id: (text, row.hex()) for id, (text, row) in content(index).items()}


def kill(ground: Ground, home: Path, plan: Plan) -> Kill:
    """Kills the operation on a copy of its ground in ``home``, and looks what a reader and a writer make of it.

    A run that ends before the moment planned is no kill, and is begun again with another one.
    """
    moment = random.Random(plan.name)
    while True:
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(ground.start, home / "written")
        child = Child(partial(_hurried, ground.operation.run, home / "written"))
        wait = _until_a_rewrite if plan.aimed else _until_some_moment
        after = wait(ground, home / "written", child, moment)
        if child.kill():
            break
    began = time.monotonic()
    told = child.told()
    shutil.copytree(home / "written", home / "read")
    broken = plan.aimed and _is_broken(home / "written")
    return Kill(
        plan=plan.name,
        operation=plan.operation,
        aimed=plan.aimed,
        after=after,
        told=len(told),
        broken=broken,
        reader=_found(partial(_read, home / "read", told, plan.operation)),
        writer=_found(partial(_write_again, home / "written", ground)),
        seconds=time.monotonic() - began,
    )


def _hurried(run: Callable[[Path, Tell], None], home: Path, tell: Tell) -> None:
    hurry()
    run(home, tell)


def _until_some_moment(ground: Ground, _: Path, child: Child, moment: random.Random) -> float:
    after = moment.uniform(0, ground.seconds)
    began = time.monotonic()
    while (left := began + after - time.monotonic()) > 0 and child.is_running():
        time.sleep(min(left, 0.01))
    return after


def _until_a_rewrite(ground: Ground, home: Path, child: Child, moment: random.Random) -> float:
    """Waits for one of the moments in which Chroma writes vector files, and then up to eight milliseconds."""
    wanted = moment.randrange(max(1, ground.rewrites))
    for at, seen in enumerate(_rewrites(home, child)):
        if at == wanted:
            time.sleep(moment.uniform(0, 0.008))
            return time.monotonic() - seen
    return 0.0


def _rewrites(home: Path, child: Child) -> Iterator[float]:
    """When files of vectors under ``home`` were seen to have changed, as long as the process runs."""
    before = _vector_files(home)
    while child.is_running():
        now = _vector_files(home)
        if now.items() - before.items():
            yield time.monotonic()
            before = _vector_files(home)
        time.sleep(0.0005)


def _vector_files(home: Path) -> dict[str, tuple[int, int]]:
    seen = {}
    for file in glob.iglob(f"{home}/chroma/*/*/*"):  # which, unlike Path.glob, lets folders vanish under it
        try:
            found = Path(file).stat()
        except OSError:
            continue
        seen[file] = found.st_size, found.st_mtime_ns
    return seen


def _is_broken(home: Path) -> bool:
    """Whether Chroma fails on the newest folder, as it does in applications that write to the one they use."""
    newest = max((home / "chroma").glob("*"), key=lambda folder: int(folder.name), default=None)
    if newest is None:
        return False
    copy = home.parent / "opened"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(newest, copy)
    try:
        return not in_child(partial(_chroma_finds_all, copy))
    except ChildFailed:
        return True


def _chroma_finds_all(folder: Path) -> bool:
    from indexes.search.chroma_local import open_collection

    _, collection = open_collection(folder, create=True)
    kept = collection.get(include=["embeddings"])
    if not kept["ids"]:
        return True
    found = collection.query(query_embeddings=kept["embeddings"], n_results=1)["distances"]
    return all(distances and abs(distances[0]) < 1e-3 for distances in found)


def _found(look: Callable[[], Any]) -> str:
    try:
        return str(in_child(look))
    except ChildFailed as failure:
        return str(failure)


def _read(home: Path, told: list[Any], operation: str) -> str:
    """As a server that starts now: what it was told is there, all is found at once, and mended without embedding."""
    recipe = _words_in_force(home)
    with QuickIndex(home, passage_tokens=recipe, mends_itself=True) as index:
        if _denied(index, operation, told):
            return "what was reported as done was not on disk"
        number, _ = index.store.recipe() or (1, None)
        index.keywords.nearest(["council"], number, 1)  # opens the keyword index, as the first question does
        at_once = searched(index, words=False)
        if at_once:
            return f"before it was mended: {at_once}"
        if not wait_until_mended(index):
            return f"not mended: {'; '.join(index.problems())}"
        faults = searched(index)
        if index.embedder.embedded:
            return f"{index.embedder.embedded} texts were embedded again"
        return str(faults) if faults else ""


def _denied(index: QuickIndex, operation: str, told: list[Any]) -> bool:
    if operation == "add":
        return not set(told) <= set(index.store.article_ids())
    here = [index.store.versions(f"story-{n}") for start in told for n in range(start, start + _REMOVED)]
    return operation == "remove" and any(here)


def wait_until_mended(index: QuickIndex, seconds: float = 120) -> bool:
    give_up = time.monotonic() + seconds
    while index.problems():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.05)
    return True


def _words_in_force(home: Path) -> int:
    with QuickIndex(home) as index:
        kept = index.store.recipe()
        return kept[1].passage_tokens if kept else _OLD


def _write_again(home: Path, ground: Ground) -> str:
    """As an operator who starts the same command again, which is all that is ever to be done."""
    hurry()
    ground.operation.run(home, lambda _: None)
    with QuickIndex(home, passage_tokens=_words_in_force(home)) as index:
        faults = compared(index, ground.expected)
        return str(faults) if faults else ""
