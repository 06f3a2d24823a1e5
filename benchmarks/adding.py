"""How fast articles are added, beside the bare encoder on the same passages in the same run.

    python -m benchmarks.adding [PATH] [--articles 200]

Adds in four rounds; after each, the very texts it embedded are given to the bare encoder. Quote the median ratio.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from itertools import islice
from pathlib import Path

from assistant.settings import load_settings
from indexes import Article, Index, read_paths
from indexes.passages import heading

ROUNDS = 4


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("path", nargs="?", type=Path, default=Path("samples"))
    arguments.add_argument("--articles", type=int, default=200)
    given = arguments.parse_args()
    load_settings()
    articles = [item for item in islice(read_paths([given.path]), given.articles) if isinstance(item, Article)]
    with tempfile.TemporaryDirectory() as folder, Index(Path(folder)) as index:
        index.embed(["warm up"])
        rates = [_round(index, articles[n::ROUNDS]) for n in range(ROUNDS)]
    print(f"{'round':>5} {'passages':>9} {'added/s':>9} {'bare/s':>9} {'ratio':>6}")
    for n, (passages, added, bare) in enumerate(rates, start=1):
        print(f"{n:>5} {passages:>9} {passages / added:>9.1f} {passages / bare:>9.1f} {bare / added:>6.2f}")
    print(f"median ratio to the bare encoder {statistics.median(bare / added for _, added, bare in rates):.2f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB")


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


if __name__ == "__main__":
    main()
