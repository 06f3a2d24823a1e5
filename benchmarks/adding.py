"""How fast articles are added: beside LlamaIndex's own pipeline and the bare encoder, in memory, and stage by stage.

    python -m benchmarks.adding [PATH] [--articles 480]

Over articles made of the samples' sentences, or those in PATH. Rounds alternate: each has articles of its own, and all
systems add them, one after the other, to what they already hold. Believe the median of the ratios.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from unittest.mock import patch

from assistant.evaluation.baselines import NaiveMissing, check
from assistant.settings import load_settings
from benchmarks import machine
from benchmarks.llama_pipeline import Pipeline
from benchmarks.samples import SAMPLES
from benchmarks.synthetic_corpus import write_articles
from benchmarks.trial import Row, Trial
from indexes import Article, Index, read_paths
from indexes.embedding.embedder import Embedder
from indexes.ingest import pipeline
from indexes.search import chroma_local, exact, keyword_index
from indexes.storage.store import Store

ROUNDS = 4
_FLAT = 1.1
"""How much more memory four times the articles may take."""


def run(short: bool) -> Iterator[Row | str]:
    articles = 8 if short else 480
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "articles.jsonl"
        write_articles(file, articles)
        yield from measured(file, articles, 2 if short else ROUNDS)
        yield from _memory(Path(folder), 4 if short else 200)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", nargs="?", type=Path)
    parser.add_argument("--articles", type=int, default=480)
    parser.add_argument("--peak", action="store_true", help="only add them, and print the peak memory in MB")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = given.path or Path(folder) / "articles.jsonl"
        if given.path is None:
            write_articles(path, given.articles)
        if given.peak:
            print(f"{_peak(path, given.articles):.0f}")
            return
        for row in measured(path, given.articles, ROUNDS):
            print(f"{row.what}: {row.measured}" if isinstance(row, Row) else row, flush=True)


@dataclass(frozen=True)
class _Round:
    """Seconds each system took for the same articles, and how many passages ours made of them."""

    articles: int
    passages: int
    seconds: dict[str, float]

    def ratio(self, slower: str) -> float:
        return self.seconds[slower] / self.seconds[OURS]


OURS, BARE = "On Record", "the bare encoder"
WHOLE, DEFAULTS = "LlamaIndex, chunks the model can read", "LlamaIndex, defaults"


def measured(path: Path, most: int, rounds: int) -> Iterator[Row | str]:
    load_settings()
    stages: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, _Systems(Path(folder)) as systems:
        articles = [item for item in islice(read_paths([path]), most) if isinstance(item, Article)]
        systems.warm_up()
        parts = [articles[n::rounds] for n in range(rounds)]
        done = [systems.round(part, first, stages) for first, part in enumerate(parts)]
        unread = systems.unread_by_default(articles[0])
    yield from _beside_llama_index(done, unread)
    yield from _beside_the_encoder(done)
    yield from _where_time_goes(stages, done)


def _beside_llama_index(done: list[_Round], unread: float) -> Iterator[Row]:
    if WHOLE not in done[0].seconds:
        yield Row("LlamaIndex's pipeline", 'not installed: pip install "onrecord[eval]"')
        return
    for name in (OURS, WHOLE, DEFAULTS):
        speeds = ", ".join(f"{round.articles / round.seconds[name]:.2f}" for round in done)
        note = f" ({unread:.0%} of an article goes unread)" if name == DEFAULTS else ""
        yield Row(f"articles a second, {name}{note}", speeds)
    for name in (WHOLE, DEFAULTS):
        ratio = statistics.median(round.ratio(name) for round in done)
        yield Row(f"On Record beside {name}, median", f"{ratio:.2f}", "≥ 3", ratio >= 3)


def _beside_the_encoder(done: list[_Round]) -> Iterator[Row]:
    for name in (OURS, BARE):
        speeds = ", ".join(f"{round.passages / round.seconds[name]:.1f}" for round in done)
        yield Row(f"passages a second, {name}, {sum(round.passages for round in done)} passages", speeds)
    ratio = statistics.median(round.ratio(BARE) for round in done)
    yield Row("On Record beside the bare encoder on the same texts, median", f"{ratio:.2f}", "≥ 0.9", ratio >= 0.9)


def _where_time_goes(stages: dict[str, float], done: list[_Round]) -> Iterator[Row | str]:
    passages, whole = sum(round.passages for round in done), sum(round.seconds[OURS] for round in done)
    for name, seconds in stages.items():
        yield Row(f"a passage's way: {name}", f"{1000 * seconds / passages:.2f} ms")
    yield Row("a passage's way, all in all", f"{1000 * whole / passages:.2f} ms")
    yield "Embedding runs beside the other stages, so that they add up to more than the whole."


class _Systems(ExitStack):
    """What is compared, all with the same model; each keeps what it was given."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._index = self.enter_context(Index(folder / "ours"))
        embedder = self._index.builder().embedder
        assert isinstance(embedder, Embedder)
        self._bare = bare_encoder(embedder)
        self._systems: dict[str, Callable[[Sequence[Article]], Any]] = {OURS: self._ours}
        self._default: Pipeline | None = None
        self._tokens = embedder.count_tokens
        self._most = embedder.max_tokens
        with suppress(NaiveMissing):
            check()
            model = embedder.files.folder
            self._default = Pipeline(folder / "default", model)
            whole = Pipeline(folder / "whole", model, lambda text: range(self._tokens([text])[0]), self._most)
            self._systems |= {WHOLE: whole.add, DEFAULTS: self._default.add}
            self.callback(whole.close)
            self.callback(self._default.close)
        self._texts: list[str] = []

    def warm_up(self) -> None:
        """Loads what each loads on first use."""
        articles = [item for item in read_paths([SAMPLES / "rail-3-technician.md"]) if isinstance(item, Article)]
        for add in self._systems.values():
            add(articles)
        self._bare(self._texts)

    def round(self, articles: Sequence[Article], first: int, stages: dict[str, float]) -> _Round:
        """All systems on the same articles; ``first`` turns the order round."""
        names = list(self._systems)
        seconds = {}
        for name in names[first % len(names) :] + names[: first % len(names)]:
            with _watched(stages if name == OURS else {}):
                seconds[name] = _timed(partial(self._systems[name], articles))
        seconds[BARE] = _timed(partial(self._bare, self._texts))
        return _Round(len(articles), len(self._texts), seconds)

    def unread_by_default(self, article: Article) -> float:
        """The share of what LlamaIndex embeds by default that is past what the model reads."""
        if self._default is None:
            return 0.0
        lengths = self._tokens(self._default.add([article]))
        return sum(max(0, length - self._most) for length in lengths) / sum(lengths)

    def _ours(self, articles: Sequence[Article]) -> None:
        with patch.object(Embedder, "embed", _remembering(self._texts, Embedder.embed)):
            self._texts.clear()
            kinds = {outcome.kind for outcome in self._index.add(articles)}
        assert kinds == {"added"}, kinds


def _remembering(texts: list[str], embed: Callable[..., Any]) -> Callable[..., Any]:
    def remembered(embedder: Embedder, some: Sequence[str], *more: Any) -> Any:
        texts.extend(some)
        return embed(embedder, some, *more)

    return remembered


def bare_encoder(embedder: Embedder) -> Callable[[list[str]], Any]:
    """sentence-transformers as anyone would call it: it sorts all texts by length itself."""
    import torch
    from sentence_transformers import SentenceTransformer

    dtype = torch.bfloat16 if embedder.number_format == "bf16" else torch.float32
    model = SentenceTransformer(str(embedder.files.folder), device="cpu", model_kwargs={"torch_dtype": dtype})
    return lambda texts: model.encode(texts, normalize_embeddings=True, show_progress_bar=False)


def _timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


_STAGES = (
    (pipeline, "cut_passages", "cutting into sentences and passages, counting tokens"),
    (Embedder, "embed", "embedding"),
    (Store, "add", "into SQLite, copies of one story recognised"),
    (keyword_index, "bring_up_to_date", "into the keyword index"),
    (exact, "bring_up_to_date", "into the vector file"),
    (chroma_local, "build", "into Chroma"),
)


@contextmanager
def _watched(stages: dict[str, float]) -> Iterator[None]:
    """Adds the seconds spent in each stage to ``stages``."""
    with ExitStack() as stack:
        for owner, name, what in _STAGES:
            stack.enter_context(patch.object(owner, name, _stopped(getattr(owner, name), what, stages)))
        yield


def _stopped(work: Callable[..., Any], what: str, stages: dict[str, float]) -> Callable[..., Any]:
    def watched(*given: Any, **named: Any) -> Any:
        start = time.perf_counter()
        try:
            return work(*given, **named)
        finally:
            stages[what] = stages.get(what, 0.0) + time.perf_counter() - start

    return watched


def _memory(folder: Path, articles: int) -> Iterator[Row]:
    """The peak of a fresh process that adds so many articles, twice and four times as many."""
    peaks = []
    for count in (articles, 2 * articles, 4 * articles):
        file = folder / f"{count}.jsonl"
        write_articles(file, count)
        command = [sys.executable, "-m", "benchmarks.adding", str(file), "--articles", str(count), "--peak"]
        peaks.append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]))
        yield Row(f"peak memory of a process that adds {count} articles", f"{peaks[-1]:.0f} MB")
    growth = peaks[-1] / peaks[0]
    yield Row("peak memory at four times the articles", f"{growth:.2f} times", f"≤ {_FLAT}", growth <= _FLAT)


def _peak(path: Path, most: int) -> float:
    load_settings()
    with tempfile.TemporaryDirectory() as folder, Index(Path(folder)) as opened:
        for _ in opened.add(islice(read_paths([path]), most)):
            pass
    return machine.peak_megabytes()


TRIAL = Trial("adding", "Adding articles", run)

if __name__ == "__main__":
    main()
