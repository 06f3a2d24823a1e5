"""Reads while articles are added, changed and removed: every citation stands, and how much slower it is than at rest.

    python -m tests.faults.readers [--minutes 10]

Twenty readers in threads of two processes search and open what they cite, at rest first and then while another process
adds, updates and removes. A citation stands if its quotation is the text of its version at its offsets; one whose
article was removed since is told to be withdrawn, which is right only if it was removed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant.cli.output import step_back
from assistant.evaluation.runs import timing
from assistant.settings import load_settings
from assistant.types.citations import Citation, cite
from benchmarks.trial import Row, Trial
from indexes import Index
from indexes.types.errors import NoSuchArticle
from tests.support.fast_index import story

PROCESSES, THREADS = 2, 10
KEPT, COMING = 200, 40
"""Articles there from the beginning, and how many others come, change and go in turn."""
_EACH = "each-was-done"
"""A file that says that articles were added, updated and removed."""
PAUSE = 0.5
"""Seconds between two questions of a reader: people read what they get."""


@dataclass
class Read:
    """What a reader saw: seconds of each search, and what was wrong, by kind."""

    seconds: list[float] = field(default_factory=list)
    citations: int = 0
    withdrawn: int = 0
    wrong: Counter[str] = field(default_factory=Counter)


def run(short: bool) -> Iterator[Row | str]:
    yield from _measured(6 if short else 600, short)


def _measured(seconds: float, short: bool) -> Iterator[Row | str]:
    load_settings()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        with Index(home) as index:
            list(index.add(story(n) for n in range(KEPT)))
        rest, busy = Read(), Read()
        _read_all(home, min(seconds, 60), rest)
        with _writer(home) as wrote:
            _read_all(home, seconds, busy)
            # On a slow machine a short time is too short to write much.
            while wrote.is_at_work() and not (home / _EACH).exists():
                _read_all(home, seconds, busy)
        yield from _rows(rest, busy, wrote(), short)


def _rows(rest: Read, busy: Read, wrote: dict[str, int], short: bool) -> Iterator[Row | str]:
    """In short nothing is decided by a time: the machine may be any."""
    yield Row(
        f"{PROCESSES * THREADS} readers, {len(busy.seconds)} searches, while articles were "
        + ", ".join(f"{kind} {count} times" for kind, count in wrote.items()),
        ", ".join(f"{count} {kind}" for kind, count in busy.wrong.items()) or "no error",
        "no error",
        not busy.wrong and min(wrote.values()) > 0,
        "8",
    )
    dangling = busy.wrong["dangling citations"]
    yield Row(
        f"{busy.citations} citations opened again after later changes, {busy.withdrawn} of them withdrawn since",
        f"{dangling} dangling",
        "0",
        dangling == 0 and busy.citations > 0,
        "9",
    )
    at_rest, meanwhile = timing(rest.seconds).p95, timing(busy.seconds).p95
    yield Row(
        "95th percentile of a search, with as many readers, while adding and at rest",
        f"{meanwhile:.0f} ms and {at_rest:.0f} ms: {meanwhile / at_rest:.1f} times",
        "≤ 2 times",
        None if short else meanwhile <= 2 * at_rest,
        "8",
    )


def _read_all(home: Path, seconds: float, whole: Read) -> None:
    """Reads by all readers for so long, in processes of their own, into ``whole``."""
    command = [sys.executable, "-m", "tests.faults.readers", "--read", str(home), str(seconds)]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    for reader in readers:
        said, _ = reader.communicate()
        part = json.loads(said or '{"wrong": {"readers that crashed": 1}}')
        whole.seconds += part.get("seconds", [])
        whole.citations += part.get("citations", 0)
        whole.withdrawn += part.get("withdrawn", 0)
        whole.wrong.update(part["wrong"])


def _reading(home: Path, seconds: float) -> Read:
    """In one process: its threads share an index, as those of a server do."""
    load_settings()
    read, taking_down = Read(), threading.Lock()
    with Index(home) as index:
        index.search("warm up")
        until = time.monotonic() + seconds

        def reader(number: int) -> None:
            cited: list[Citation] = []
            turn = number
            while time.monotonic() < until:
                turn += 7
                took, wrong = _ask(index, turn, cited)
                with taking_down:
                    read.seconds += took
                    read.wrong.update(wrong)
                time.sleep(PAUSE)
            with taking_down:
                _open_again(index, cited, read)

        threads = [threading.Thread(target=reader, args=(n,)) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return read


def _ask(index: Index, turn: int, cited: list[Citation]) -> tuple[list[float], Sequence[str]]:
    """Asks for an article, in turn one that stays and one that comes and goes; cites what is found."""
    number = turn % KEPT if turn % 2 else KEPT + turn % COMING
    start = time.perf_counter()
    try:
        hits = index.search(f"What did council {number} hear about bridge {number * 7}?", 3)
        took = [time.perf_counter() - start]
        for hit in hits:
            citation = cite(hit.article, hit.passage.sentences[0].start, hit.passage.sentences[0].end)
            cited.append(citation)
            if not _stands(index, citation):
                return took, ["dangling citations"]
        return took, [] if hits else ["searches without a hit"]
    except NoSuchArticle:  # removed between finding and opening it, which is told so
        return [], []
    except Exception as error:
        return [], [f"{type(error).__name__}: {error}"]


def _stands(index: Index, citation: Citation) -> bool:
    """Whether the quotation is where its citation says.

    Raises:
        NoSuchArticle: that text was removed, and nothing or another one is there now; a link to it says so.
    """
    article = index.store.article(citation.article_id, citation.version)
    if article.sha256 != citation.sha256:
        raise NoSuchArticle(f"another text is there now under {citation.article_id} version {citation.version}")
    return article.text[citation.start : citation.end] == citation.quote


def _open_again(index: Index, cited: Sequence[Citation], read: Read) -> None:
    for citation in cited:
        read.citations += 1
        try:
            read.wrong.update([] if _stands(index, citation) else ["dangling citations"])
        except NoSuchArticle:
            read.withdrawn += 1
            if int(citation.article_id.split("-")[1]) < KEPT:
                read.wrong.update(["dangling citations"])


class _writer:
    """Adds, updates and removes in a process of its own; called, it tells how often, once it has ended."""

    def __init__(self, home: Path) -> None:
        self._command = [sys.executable, "-m", "tests.faults.readers", "--write", str(home)]

    def __enter__(self) -> _writer:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._said = self._process.communicate("enough\n")[0]

    def is_at_work(self) -> bool:
        return self._process.poll() is None

    def __call__(self) -> dict[str, int]:
        counts: dict[str, int] = json.loads(self._said)
        return counts


def _writing(home: Path) -> dict[str, int]:
    """Until a line comes on stdin."""
    load_settings()
    step_back()  # as onrecord add does
    enough = threading.Event()

    def wait() -> None:
        sys.stdin.readline()
        enough.set()

    threading.Thread(target=wait, daemon=True).start()
    counts = {"added": 0, "updated": 0, "removed": 0}
    coming = [KEPT + n for n in range(COMING)]
    with Index(home) as index:
        edition = 1
        while not enough.is_set():
            edition += 1
            for outcome in index.add(story(n, edition=edition) for n in (*coming, *range(edition % 20, KEPT, 20))):
                counts[outcome.kind] += 1
                if enough.is_set():
                    break
            gone = [id for n in coming[edition % 2 :: 2] if (id := f"story-{n}") in index.store.article_ids()]
            counts["removed"] += len(index.remove(gone))
            if min(counts.values()) > 0:
                (home / _EACH).touch()
    return counts


TRIAL = Trial("readers", "Reading while articles are added", run)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--minutes", type=float, default=10)
    arguments.add_argument("--read", nargs=2, help=argparse.SUPPRESS)
    arguments.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.write:
        print(json.dumps(_writing(given.write)))
    elif given.read:
        print(json.dumps(vars(_reading(Path(given.read[0]), float(given.read[1])))))
    else:
        _print(_measured(given.minutes * 60, short=False))


def _print(rows: Iterator[Row | str]) -> None:
    for row in rows:
        print(row if isinstance(row, str) else f"{row.what}: {row.measured}", flush=True)


if __name__ == "__main__":
    main()
