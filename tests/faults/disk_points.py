"""Does one deed after the other while the disk fails, each at a point of its own.

    LD_PRELOAD=faulty_disk.so python -m tests.faults.disk_points FOLDER < points

Each line on stdin is a point: a deed and a trouble. Each line on stdout tells what became of it. A point runs in
children of its own, forked once everything is imported: one does the deed while the disk fails; another looks what is
there, does it again on a disk that works, and looks again.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from indexes import OnRecordError
from tests.faults import faulty_disk
from tests.faults.disk_operations import DEEDS, Deed
from tests.faults.faulty_disk import Fault, Full, SmallFiles, Trouble

SECONDS = 300
"""What a child may take; longer is a hang."""
TROUBLES: dict[str, Callable[..., Trouble]] = {kind.__name__: kind for kind in (Fault, SmallFiles, Full)}


@dataclass(frozen=True)
class Became:
    """What became of a point. ``wrong`` must stay empty; all else says what there was to see."""

    calls: int = 0
    struck: str = ""
    """The call that failed first, and of which file."""
    told: int = 0
    said: str = ""
    """The line an operator would have read."""
    wrong: dict[str, str] = field(default_factory=dict)


Say = Callable[..., None]


def point(deed: Deed, trouble: Trouble, base: Path, home: Path, wanted: Any) -> Became:
    """Does it in trouble, and again without; then ``wanted`` should be there."""
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(base, home)
    said = _in_a_child(lambda say: _do(deed, trouble, home, say))
    trouble.end(home)
    told = said.pop("told", [])
    after = _in_a_child(lambda say: _look(deed, home, told, wanted, say))
    faults = {**said.pop("wrong", {}), **after.get("wrong", {})}
    return Became(told=len(told), wrong=faults, **said)


def _do(deed: Deed, trouble: Trouble, home: Path, say: Say) -> None:
    deed.open(home)
    trouble.begin(home)
    try:
        deed.do(home, lambda what: say(told=[what]))
    except OnRecordError as error:
        say(said=str(error))
        if "\n" in str(error):
            say(wrong={"unclear": str(error)})
    except Exception as error:
        say(wrong={"unclear": _told(error)})
    say(calls=faulty_disk.calls(), struck=faulty_disk.struck())
    try:
        deed.read()
    except Exception as error:
        say(wrong={"unread": _told(error)})


def _look(deed: Deed, home: Path, told: list[str], wanted: Any, say: Say) -> None:
    try:
        lost = list(deed.lost(home, told))
    except Exception as error:
        lost = [_told(error)]
    if lost:
        say(wrong={"lost": "; ".join(lost)})
    try:
        deed.do(home, lambda what: None)
        if json.loads(json.dumps(deed.state(home))) != wanted:
            say(wrong={"unfinished": "what is there is not what there should be"})
    except Exception as error:
        say(wrong={"unfinished": _told(error)})


def whole(deed: Deed, base: Path, home: Path) -> tuple[Any, int]:
    """Makes ``base``. What is there where nothing fails, and how many calls that takes."""
    shutil.rmtree(base.parent, ignore_errors=True)
    base.parent.mkdir()
    _must(_in_a_child(lambda say: deed.prepare(base)))
    shutil.copytree(base, home)

    def uninterrupted(say: Say) -> None:
        deed.open(home)
        faulty_disk.arm(home, None)
        deed.do(home, lambda what: None)
        say(calls=faulty_disk.calls(), state=deed.state(home))

    said = _must(_in_a_child(uninterrupted))
    return said["state"], said["calls"]


def _must(said: dict[str, Any]) -> dict[str, Any]:
    if said["wrong"]:
        raise RuntimeError(f"it fails on a disk that works: {said['wrong']}")
    return said


def _in_a_child(does: Callable[[Say], None]) -> dict[str, Any]:
    """Forks, and gathers what the child says, and how it ended where that was not well."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)

        def say(**what: Any) -> None:
            os.write(write, (json.dumps(what) + "\n").encode())

        try:
            does(say)
        except BaseException as error:
            say(wrong={"ended": _told(error)})
        os._exit(0)
    os.close(write)
    lines, status = _listen(child, read)
    return _gathered(lines, status)


def _listen(child: int, pipe: int) -> tuple[list[bytes], int]:
    heard, until = b"", time.monotonic() + SECONDS
    while select.select([pipe], [], [], max(0, until - time.monotonic()))[0]:
        block = os.read(pipe, 1 << 16)
        if not block:
            break
        heard += block
    else:
        os.kill(child, signal.SIGKILL)
    os.close(pipe)
    return heard.splitlines(), os.waitpid(child, 0)[1]


def _gathered(lines: list[bytes], status: int) -> dict[str, Any]:
    said: dict[str, Any] = {"wrong": {}, "told": []}
    for line in map(json.loads, lines):
        said["wrong"] |= line.pop("wrong", {})
        said["told"] += line.pop("told", [])
        said |= line
    if status:
        said["wrong"]["ended"] = f"by signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"with {status}"
    return said


def _told(error: BaseException) -> str:
    at = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(at.filename).name}:{at.lineno})"


def main() -> None:
    import chromadb  # noqa: F401  # before the first fork, not after each
    import tantivy  # noqa: F401

    folder = Path(sys.argv[1]).resolve()
    homes: dict[str, Any] = {}
    for asked in map(json.loads, sys.stdin):
        deed, base = DEEDS[asked["deed"]], folder / asked["deed"] / "base"
        if asked["deed"] not in homes:
            homes[asked["deed"]] = whole(deed, base, base.with_name("whole"))
        wanted, calls = homes[asked["deed"]]
        if "trouble" not in asked:
            print(json.dumps({"calls": calls}), flush=True)
            continue
        trouble = TROUBLES[asked.pop("trouble")](**asked["how"])
        print(json.dumps(asdict(point(deed, trouble, base, base.with_name("home"), wanted))), flush=True)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt, BrokenPipeError):
        main()
