"""How fast articles are added, beside the bare encoder on the same passages in the same run.

    python -m benchmarks.adding [PATH] [--articles 200]

Adds in four rounds; after each, the very texts it embedded are given to the bare encoder. Quote the median ratio.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from assistant.settings import load_settings
from benchmarks import machine
from benchmarks.samples import SAMPLES
from benchmarks.trial import Row, Trial
from indexes import Article, Index, read_paths
from indexes.passages import heading

ROUNDS = 4


def run(short: bool) -> Iterator[Row | str]:
    yield from measured(SAMPLES, 40 if short else 200)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("path", nargs="?", type=Path, default=SAMPLES)
    arguments.add_argument("--articles", type=int, default=200)
    given = arguments.parse_args()
    for row in measured(given.path, given.articles):
        print(f"{row.what}: {row.measured}")


def measured(path: Path, most: int) -> Iterator[Row]:
    load_settings()
    articles = [item for item in islice(read_paths([path]), most) if isinstance(item, Article)]
    with tempfile.TemporaryDirectory() as folder, Index(Path(folder)) as index:
        index.embed(["warm up"])
        rates = [_round(index, articles[n::ROUNDS]) for n in range(ROUNDS)]
    passages = sum(count for count, _, _ in rates)
    ratio = statistics.median(bare / added for _, added, bare in rates)
    speeds = ", ".join(f"{count / added:.0f}" for count, added, _ in rates)
    yield Row(f"passages a second, {len(articles)} articles, {passages} passages, in {ROUNDS} rounds", speeds)
    yield Row("beside the bare encoder on the same texts, median", f"{ratio:.2f}", "≥ 0.9", ratio >= 0.9)
    yield Row("peak memory", f"{machine.peak_megabytes():.0f} MB")


def _round(index: Index, articles: list[Article]) -> tuple[int, float, float]:
    """Passages, seconds to add them, seconds for the encoder alone."""
    start = time.perf_counter()
    outcomes = list(index.add(articles))
    added = time.perf_counter() - start
    texts = [text for outcome in outcomes if outcome.article for text in _texts(index, outcome.article)]
    start = time.perf_counter()
    index.embed(texts)
    return len(texts), added, time.perf_counter() - start


def _texts(index: Index, article: Article) -> list[str]:
    workshop = index.workshop()
    top = heading(article, workshop.embedder.count_tokens)
    return [top + article.text[p.start : p.end] for p in workshop.cut(article)]


TRIAL = Trial("adding", "Adding articles", run)

if __name__ == "__main__":
    main()
