"""An index of any size, made of the sample articles' passages over and over, no two alike; HOW says how."""

from __future__ import annotations

import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.samples import DATA, samples_index
from indexes import Article, Index
from indexes.search import exact, keyword_index
from indexes.storage.writer_lock import writing
from indexes.types.article import new_article
from indexes.types.passages import Passage, Sentence

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors

HOW = """The articles are made: each of four passages of the sample articles, in which every third word is replaced by
another of the same length, one in ten by letters that are no word, else by one out of the samples, as often as it
stands there; so no two share runs of words. A vector is that of the passage it was made from plus 1.2 times a random
unit vector along the sentences of the samples, made a unit vector again. With that, of 20,000 made-up vectors the 10th,
40th, 1,000th and middle nearest to one of them have a median cosine of .54, .50, .31 and .11; of 20,000 passages of
real news .61, .50, .29 and .11."""

EACH = 4
_NOISE = 1.2
_TOGETHER = 500
_TIMES = "built.json"
_WORD = re.compile(r"(\w+)")


def questions() -> list[str]:
    """Those asked about the sample articles."""
    lines = (DATA / "samples-questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines]


def grown(home: Path, passages: int) -> dict[str, float]:
    """Makes an index of so many passages in ``home``, or goes on making it. Seconds that each part of it took."""
    times = home / _TIMES
    home.mkdir(parents=True, exist_ok=True)
    told: dict[str, float] = json.loads(times.read_text(encoding="utf-8")) if times.exists() else {}
    with Index(home) as index, writing(home):
        number = index.builder().number
        parts: dict[str, Callable[[], float]] = {
            "articles, passages, vectors": lambda: _fill(index, passages),
            "keyword index": _timed(lambda: keyword_index.bring_up_to_date(home, index.store, number)),
            "vector file": _timed(lambda: exact.bring_up_to_date(home, index.store, number)),
            "Chroma": _timed(lambda: index.dense.engine.bring_up_to_date(number)),
        }
        for part, make in parts.items():
            if part not in told:
                told[part] = make()
                times.write_text(json.dumps(told), encoding="utf-8")
    return told


def _timed(make: Callable[[], None]) -> Callable[[], float]:
    def timed() -> float:
        begun = time.perf_counter()
        make()
        return time.perf_counter() - begun

    return timed


def _fill(index: Index, passages: int) -> float:
    """Seconds for all of them, also where some were there already."""
    store, builder, seed = index.store, index.builder(), Seed.of_the_samples()
    have = store.count_passages(builder.number)
    begun = time.perf_counter()
    for first in range(have // EACH, passages // EACH, _TOGETHER):
        with store.transaction():
            store.put_recipe_in_force(builder.number, builder.recipe)
            for n in range(first, min(first + _TOGETHER, passages // EACH)):
                article, cut, rows = seed.article(n)
                store.add(article, builder.number, cut, rows)
    return (time.perf_counter() - begun) * passages / max(1, passages - have)


@dataclass(frozen=True)
class Seed:
    """What is said over and over: passages with their sentences' offsets and their vectors; and all sentences'."""

    texts: list[str]
    sentences: list[tuple[tuple[int, int], ...]]
    rows: Vectors
    directions: Vectors

    @classmethod
    def of_the_samples(cls) -> Seed:
        with samples_index() as index:
            return cls.of(index)

    @classmethod
    def of(cls, index: Index) -> Seed:
        number = index.builder().number
        live = [(passage, article) for _, passage, article in index.store.passages_after(number, 0)]
        rows = np.concatenate([rows for _, _, rows in index.store.vectors(number)])
        said = index.embed([article.text[s.start : s.end] for passage, article in live for s in passage.sentences])
        return cls(
            [article.text[passage.start : passage.end] for passage, article in live],
            [tuple((s.start - p.start, s.end - p.start) for s in p.sentences) for p, _ in live],
            rows,
            said - said.mean(axis=0),
        )

    def article(self, n: int) -> tuple[Article, list[Passage], Vectors]:
        """The ``n``-th article, its passages and their vectors: always the same."""
        draw, noise = random.Random(n), np.random.default_rng(n)
        chosen = draw.choices(range(len(self.texts)), k=EACH)
        texts = [self._reworded(self.texts[one], draw) for one in chosen]
        published = date(2020, 1, 1) + timedelta(days=n % 2000)
        article = new_article(
            "\n".join(texts), id=f"grown-{n}", title=" ".join(texts[0].split()[:8]), published=published
        )
        return article, list(self._passages(article, chosen)), self.near(chosen, noise)

    def near(self, chosen: list[int], noise: np.random.Generator) -> Vectors:
        """Unit vectors in the neighbourhood of the passages ``chosen``."""
        aside = noise.normal(size=(len(chosen), len(self.directions))).astype(np.float32) @ self.directions
        aside /= np.linalg.norm(aside, axis=1, keepdims=True)
        found = self.rows[chosen] + _NOISE * aside
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)

    def _passages(self, article: Article, chosen: list[int]) -> Iterator[Passage]:
        at = 0
        for position, one in enumerate(chosen):
            spans = tuple(Sentence(at + start, at + end) for start, end in self.sentences[one])
            yield Passage(f"{article.id}:1:{position}", article.id, 1, position, spans)
            at += len(self.texts[one]) + 1

    def _reworded(self, text: str, draw: random.Random) -> str:
        """Of the same length, so that sentences stay where they are."""
        parts = _WORD.split(text)
        for at in range(1 + 2 * draw.randrange(3), len(parts), 6):
            length = len(parts[at])
            made_up = "".join(draw.choices("abcdefghiklmnoprstuvwyz", k=length))
            parts[at] = made_up if draw.random() < 0.1 else draw.choice(self._words[length])
        return "".join(parts)

    @cached_property
    def _words(self) -> dict[int, list[str]]:
        found = defaultdict[int, list[str]](list)
        for word in (word for text in self.texts for word in re.findall(r"\w+", text)):
            found[len(word)].append(word)
        return dict(found)
