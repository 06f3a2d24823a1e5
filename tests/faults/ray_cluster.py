"""Adding on a Ray cluster of two machines while workers, a machine or the command are lost; and how fast it is."""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.synthetic_corpus import write_articles
from benchmarks.trial import Row, Trial
from indexes import Index
from tests.support.ray_machines import Machines, two_machines

ONRECORD = Path(sys.executable).with_name("onrecord")
_NEAR = 0.995
"""Cosine: in int8 it tells a little what is embedded beside a text."""

Lose = Callable[[Machines, "subprocess.Popen[str]"], object]


def run(short: bool) -> Iterator[Row | str]:
    articles, times, rounds = (16, 1, 1) if short else (120, 10, 4)
    with tempfile.TemporaryDirectory() as folder, two_machines() as machines:
        ground = _Ground(Path(folder), machines, articles)
        yield from _lost(ground, times, _LOSSES[:1] if short else _LOSSES)
        yield from _speed(ground, 4 if short else 240, rounds)


class _Ground:
    """Articles to add, and what one undisturbed process makes of them."""

    def __init__(self, folder: Path, machines: Machines, articles: int) -> None:
        self.folder, self.machines, self.articles = folder, machines, articles
        self.file = folder / "articles.jsonl"
        write_articles(self.file, articles)
        pages = folder / "pages"
        pages.mkdir()
        for line in self.file.read_text(encoding="utf-8").splitlines()[: articles // 2]:
            record = json.loads(line)
            told = "".join(f"<p>{sentence}</p>" for sentence in record["text"].splitlines())
            page = f"<html><body><article><h1>{record['title']}</h1>{told}</article></body></html>"
            (pages / f"{record['id']}.html").write_text(page, encoding="utf-8")
        self.paths = [str(pages), str(self.file)]
        self.seconds = self.add("alone")
        self.expected = _kept(folder / "alone")

    def start(self, name: str, *paths: str, ray: bool = True) -> subprocess.Popen[str]:
        where = ("--ray", self.machines.address) if ray else ()
        command = [str(ONRECORD), "add", "--json", *where, *(paths or self.paths)]
        environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
        environment |= {"ONRECORD_HOME": str(self.folder / name), "RAY_USAGE_STATS_ENABLED": "0"}
        return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def add(self, name: str, *paths: str) -> float:
        """Seconds one process takes, from its start to its end."""
        began = time.monotonic()
        self.start(name, *paths, ray=False).communicate()
        return time.monotonic() - began

    def faults(self, name: str, told: list[str]) -> str:
        """What is otherwise than in one process; nothing, if all is well."""
        there, expected = _kept(self.folder / name), self.expected
        if told:
            return f"told {told[0]}"
        if there.keys() != expected.keys():
            lost, more = len(expected.keys() - there.keys()), len(there.keys() - expected.keys())
            return f"{lost} passages lost, {more} too many"
        furthest = min(float(there[id][1] @ expected[id][1]) for id in expected)
        same = all(there[id][0] == expected[id][0] for id in expected)
        return "" if same and furthest > _NEAR else f"texts the same: {same}, cosine of vectors {furthest:.4f}"


def _kept(home: Path) -> dict[str, tuple[str, np.ndarray]]:
    """What is in an index that finds nothing wrong with itself: by passage, its article's SHA-256 and its vector."""
    with Index(home) as index:
        found = index.problems()
        if found:
            raise AssertionError(found[0])
        rows = [(id, row) for ids, _, vectors in index.store.vectors(1) for id, row in zip(ids, vectors, strict=True)]
        hashes = {id: index.store.article(id).sha256 for id in index.store.article_ids()}
        kept = {id: (hashes[id.rsplit(":", 2)[0]], row) for id, row in rows}
        assert len(kept) == len(rows) == index.store.counts().passages, "a passage is there twice"
        return kept


_LOSSES: list[tuple[str, Lose]] = [
    ("every worker process is killed", lambda machines, _: machines.kill_workers()),
    ("one of two machines is lost", lambda machines, _: machines.lose_one()),
    ("the command itself is killed, and run again", lambda _, command: command.kill()),
]


def _lost(ground: _Ground, times: int, losses: list[tuple[str, Lose]]) -> Iterator[Row]:
    for what, lose in losses:
        faults = [fault for n in range(times) if (fault := _once(ground, f"{what[:9]}{n}", lose, random.Random(n)))]
        well = f"{times - len(faults)} of {times} as in one process"
        what = f"{what} while {len(ground.expected)} passages are added"
        yield Row(what, "; ".join([well, *faults[:1]]), "all", not faults)


def _once(ground: _Ground, name: str, lose: Lose, chance: random.Random) -> str:
    """What was wrong after a loss at some moment between the first article and half of them."""
    ground.machines.be_two()
    command = ground.start(name)
    assert command.stdout is not None
    after, told = chance.randint(1, ground.articles // 2), []
    for line in command.stdout:
        told.append(line)
        if len(told) == after:
            lose(ground.machines, command)
    command.communicate()
    if command.returncode < 0:
        told += ground.start(name).communicate()[0].splitlines()
    return ground.faults(name, _not_added(told))


def _not_added(lines: list[str]) -> list[str]:
    """What was told but that an article was added, or was there already; and what is no JSON at all."""
    wrong = []
    for line in lines:
        try:
            outcome = json.loads(line)
        except ValueError:
            wrong.append(line.strip())
            continue
        if outcome.get("kind", "added") not in ("added", "unchanged") or outcome.get("refused"):
            wrong.append(line.strip())
    return wrong


def _speed(ground: _Ground, articles: int, rounds: int) -> Iterator[Row | str]:
    """Both on the same articles, by turns; each round has articles that neither had before."""
    alone: list[float] = []
    spread: list[float] = []
    until_first: list[float] = []
    for n in range(rounds):
        file = ground.folder / f"round{n}.jsonl"
        write_articles(file, articles, first=1000 * (n + 1))
        both = [
            partial(lambda name, path: alone.append(ground.add(name, path)), f"alone{n}", str(file)),
            partial(lambda name, path: _timed(ground, name, path, spread, until_first), f"spread{n}", str(file)),
        ]
        for one in both if n % 2 else both[::-1]:
            one()
    for what, seconds in (("one process", alone), ("a Ray cluster of two machines on this one", spread)):
        speeds = ", ".join(f"{articles / each:.2f}" for each in seconds)
        yield Row(f"articles a second, {what}, the whole command, {articles} articles", speeds)
    yield Row("seconds until a cluster has told of the first article", ", ".join(f"{each:.1f}" for each in until_first))
    ratio = statistics.median(there / here for there, here in zip(alone, spread, strict=True))
    yield Row("articles a second on the cluster beside one process, median of the ratios", f"{ratio:.2f}")
    yield _NOTE


def _timed(ground: _Ground, name: str, path: str, whole: list[float], until_first: list[float]) -> None:
    began = time.monotonic()
    command = ground.start(name, path)
    assert command.stdout is not None
    command.stdout.readline()
    until_first.append(time.monotonic() - began)
    command.communicate()
    whole.append(time.monotonic() - began)


_NOTE = (
    "Both machines of this cluster are the one that is measured, so that it has no more processors than the one "
    "process beside it, and spends some of them on Ray: this shows what a cluster costs, not what it gains. "
    "docs/scaling.md says what to expect of more machines."
)

TRIAL = Trial("ray", "Adding on a Ray cluster", run)
