"""What more articles cost: time to answer, memory, disk, time to build, and what Chroma's search misses.

    python -m benchmarks.growth [PASSAGES …]

The indexes are made by :mod:`benchmarks.grown` and kept in build/grown; the largest takes hours and 8 GB of disk. One
that is there already is measured again, one half made is gone on with. Each is measured by a process of its own.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.evaluation.runs import timing
from assistant.settings import load_settings
from benchmarks import machine
from benchmarks.grown import HOW, Seed, grown, questions
from benchmarks.samples import ROOT
from benchmarks.trial import Row, Trial
from indexes import Index
from indexes.search import exact as vector_file
from indexes.search.chroma_files import published
from indexes.search.chroma_local import open_collection

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors

KEPT = ROOT / "build" / "grown"
SIZES, SHORT_SIZES = (10_000, 100_000, 1_000_000), (1_000, 3_000)
RECALL = 0.98
_MEMORY = 24e9
_EFS = (100, 200, 400, 800)
_ASKED = 200
_TOPS = (10, 40)


def run(short: bool) -> Iterator[Row | str]:
    if not short:
        yield from measured(KEPT, SIZES)
        return
    with tempfile.TemporaryDirectory() as folder:
        yield from measured(Path(folder), SHORT_SIZES, 20)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("passages", nargs="*", type=int, default=SIZES)
    arguments.add_argument("--measure", type=Path, help="print the figures of the index in this folder")
    arguments.add_argument("--ask", type=int, default=_ASKED, help="how many questions")
    given = arguments.parse_args()
    load_settings()
    if given.measure:
        print(json.dumps(_figures(given.measure, given.ask)))
        return
    for row in measured(KEPT, given.passages):
        print(f"{row.what}: {row.measured}" if isinstance(row, Row) else row, flush=True)


def measured(folder: Path, sizes: Sequence[int], asked: int = _ASKED) -> Iterator[Row | str]:
    load_settings()
    all_figures = []
    for size in sizes:
        home = folder / str(size)
        built = grown(home, size)
        told = subprocess.run(
            [sys.executable, "-m", "benchmarks.growth", "--measure", str(home), "--ask", str(asked)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        figures = json.loads(told.stdout.splitlines()[-1])
        all_figures.append(figures)
        yield from _rows(f"{size:,} passages", built, figures)
        yield _efs(f"{size:,} passages", figures["by_ef"])
    yield from _in_memory(sizes, all_figures)
    yield HOW


def _rows(size: str, built: dict[str, float], figures: dict[str, Any]) -> Iterator[Row]:
    took = ", ".join(f"{part} {seconds:.0f} s" for part, seconds in built.items())
    yield Row(f"{size}: built, without embedding", f"{sum(built.values()):.0f} s ({took})")
    whole, search = figures["whole"], figures["search"]
    yield Row(f"{size}: a question to hits", f"median {whole[0]:.1f} ms, 95th percentile {whole[1]:.1f} ms")
    yield Row(f"{size}: of that, all but encoding it", f"median {search[0]:.1f} ms, 95th percentile {search[1]:.1f} ms")
    yield Row(f"{size}: opened and first searched", f"{figures['opening']:.1f} s")
    yield Row(f"{size}: memory after the questions", f"{figures['memory']:.0f} MB")
    disk = figures["disk"]
    parts = ", ".join(f"{part} {megabytes:.0f}" for part, megabytes in disk.items())
    each = sum(disk.values()) * 1e6 / figures["passages"]
    yield Row(f"{size}: disk", f"{sum(disk.values()):.0f} MB ({parts}): {each:.0f} bytes a passage")
    for top, recall in figures["recall"].items():
        what = f"{size}: recall of the vector search's first {top} against exact search"
        yield Row(what, f"{recall:.4f}", f"≥ {RECALL}", recall >= RECALL)


def _efs(size: str, by_ef: dict[str, list[float]]) -> str:
    """What Chroma would find, and take, if it looked at fewer or more candidates (``ef_search``)."""
    told = "; ".join(f"{ef}: {recall:.4f}, {ms:.2f} ms" for ef, (recall, ms) in by_ef.items())
    return f"{size}, recall of the first 40 and median time of Chroma's query alone by `ef_search`: {told}."


def _in_memory(sizes: Sequence[int], figures: Sequence[dict[str, Any]]) -> Iterator[Row]:
    """From the smallest and the largest index: what a passage takes in memory, and how many fit."""
    more = (figures[-1]["memory"] - figures[0]["memory"]) * 1e6
    each = max(1.0, more / (sizes[-1] - sizes[0]))
    most = (_MEMORY - figures[0]["memory"] * 1e6) / each
    yield Row("memory a passage, from the smallest to the largest", f"{each:.0f} bytes")
    yield Row("passages that fit in 24 GB of memory", f"{most / 1e6:.1f} million")


def _figures(home: Path, ask: int) -> dict[str, Any]:
    asked = (questions() * 2)[:ask]
    begun = time.perf_counter()
    with Index(home) as index:
        index.search(asked[0])
        opening = time.perf_counter() - begun
        rows = [_stages(index, question) for question in asked]
        memory = machine.resident_megabytes()
        probes, number = _probes(index, asked), index.builder().number
        file = vector_file.opened(home, index.store, number, None, None)
        exact = [[seq for seq, _ in file.nearest(probe, max(_TOPS))] for probe in probes]
        found = [[seq for seq, _ in index.dense.nearest(probe, number, max(_TOPS))] for probe in probes]
        named = published(index.store)
        passages = index.store.count_passages(number)
    assert named is not None
    return {
        "passages": passages,
        "opening": opening,
        "memory": memory,
        "whole": _told([sum(row.values()) for row in rows]),
        "search": _told([sum(row.values()) - row["encode"] for row in rows]),
        "recall": {top: _recall(exact, found, top) for top in _TOPS},
        "disk": _disk(home),
        "by_ef": _by_ef(home / named.folder, probes, [set(map(str, one)) for one in exact]),
    }


def _stages(index: Index, question: str) -> dict[str, float]:
    seconds: dict[str, float] = {}
    index.search(question, 20, timings=seconds)
    return seconds


def _told(seconds: list[float]) -> tuple[float, float]:
    took = timing(seconds)
    return took.median, took.p95


def _probes(index: Index, asked: Sequence[str]) -> Vectors:
    """What is searched for: the questions, and as many vectors made as the passages' were, but not among them."""
    seed, noise = Seed.of_the_samples(), np.random.default_rng(1 << 40)
    vectors = index.embed(list(dict.fromkeys(asked)))
    chosen = noise.integers(0, len(seed.rows), len(vectors)).tolist()
    return np.concatenate([vectors, seed.near(chosen, noise)])


def _recall(exact: Sequence[list[int]], found: Sequence[list[int]], top: int) -> float:
    """The mean share of the nearest ``top`` that are among the first ``top`` found."""
    shares = [len({*wanted[:top]} & {*got[:top]}) / top for wanted, got in zip(exact, found, strict=True)]
    return float(np.mean(shares))


def _by_ef(folder: Path, probes: Vectors, wanted: Sequence[set[str]]) -> dict[int, tuple[float, float]]:
    """Recall and milliseconds of Chroma's own query by ``ef_search``, in a copy: a generation in use never changes."""
    found = {}
    with tempfile.TemporaryDirectory(dir=folder.parent.parent) as beside:
        copy = Path(shutil.copytree(folder, Path(beside) / "copy"))
        for ef in _EFS:
            _set_ef(copy, ef)
            client, collection = open_collection(copy)
            found[ef] = _queried(collection, probes, wanted)
            client.close()
    return found


def _set_ef(folder: Path, ef: int) -> None:
    """It holds from the next opening on."""
    client, collection = open_collection(folder)
    collection.modify(configuration={"hnsw": {"ef_search": ef}})
    client.close()


def _queried(collection: Any, probes: Vectors, wanted: Sequence[set[str]]) -> tuple[float, float]:
    shares, seconds = [], []
    for probe, right in zip(probes, wanted, strict=True):
        begun = time.perf_counter()
        got = collection.query(query_embeddings=probe.reshape(1, -1), n_results=len(right), include=["distances"])
        seconds.append(time.perf_counter() - begun)
        shares.append(len(right & set(got["ids"][0])) / len(right))
    return float(np.mean(shares)), timing(seconds).median


def _disk(home: Path) -> dict[str, float]:
    """Megabytes by part."""
    parts = {
        "articles": list(home.glob("onrecord.db*")),
        "vector file": list((home / "vectors").rglob("*")),
        "Chroma": list((home / "chroma").rglob("*")),
        "keywords": list((home / "keywords").rglob("*")),
    }
    return {part: sum(file.stat().st_size for file in files if file.is_file()) / 1e6 for part, files in parts.items()}


TRIAL = Trial("growth", "Growing", run)

if __name__ == "__main__":
    main()
