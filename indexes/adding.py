"""Takes articles into the truth: recognises them, cuts, embeds and commits them a batch at a time.

Embedding is nearly all of the work, so a thread of its own is kept at it, while the caller's reads and cuts what comes
next and commits what is ready.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import TYPE_CHECKING

from indexes.article import Article, id_comes_from_content
from indexes.embedding import Embedder
from indexes.passages import Passage, PassageSize, cut_passages, heading
from indexes.reading import Refusal
from indexes.store import Recipe, Store

if TYPE_CHECKING:
    from indexes.embedding import Vectors

BATCH = 128
"""Passages embedded and committed together. Two such batches are on their way at a time, one being embedded and one
being filled: some seconds' work, which is all that a kill can cost."""

Work = tuple[Article, list[Passage]]


@dataclass(frozen=True)
class Outcome:
    """What became of one article or file. ``kind`` is added, unchanged, updated or refused."""

    kind: str
    where: str
    article: Article | None = None
    reason: str = ""


@dataclass(frozen=True)
class Workshop:
    """What passages are made with: a model, and the recipe they are stored under."""

    embedder: Embedder
    number: int
    recipe: Recipe

    def cut(self, article: Article) -> list[Passage]:
        size = PassageSize(self.recipe.passage_tokens, self.embedder.max_tokens)
        return cut_passages(article, size, self.embedder.count_tokens)

    def embed(self, work: Sequence[Work], unwanted: threading.Event | None = None) -> list[Vectors]:
        """One array of vectors for each article, a row for each of its passages, all embedded in one go.

        Raises:
            Unwanted: ``unwanted`` was set meanwhile.
        """
        texts = [
            top + article.text[p.start : p.end]
            for article, passages in work
            for top in [heading(article, self.embedder.count_tokens)]
            for p in passages
        ]
        vectors = self.embedder.embed(texts, unwanted)
        ends = [0]
        for _, passages in work:
            ends.append(ends[-1] + len(passages))
        return [vectors[start:end] for start, end in itertools.pairwise(ends)]


def add_articles(
    store: Store, found: Iterable[Article | Refusal], workshop: Workshop, committed: Callable[[], None]
) -> Iterator[Outcome]:
    """Tells what became of each item, in order. What it has told is on disk. Under the writer's lock.

    ``committed`` is called after each batch that went into the truth, before it is told of.
    """
    with _Line(store, workshop, committed) as line:
        for item in found:
            article = item if isinstance(item, Refusal) else _recognised(store, item)
            if isinstance(article, Article) and line.holds(article):
                yield from line.finish()
            line.batch.take_up(store, article, workshop)
            if line.batch.size >= BATCH:
                yield from line.move_on()
            elif line.is_idle:
                yield from line.finish()
        yield from line.finish()


def _recognised(store: Store, article: Article) -> Article:
    """The article under the id it already has here: a file whose text changed is still the same article."""
    if id_comes_from_content(article) and article.origin and not store.versions(article.id):
        known = store.ids_by_origin(article.origin)
        if len(known) == 1:
            return replace(article, id=known[0])
    return article


@dataclass
class _Batch:
    outcomes: list[Outcome] = field(default_factory=list)
    work: list[Work] = field(default_factory=list)
    vectors: Future[list[Vectors]] = field(default_factory=Future)

    @property
    def size(self) -> int:
        return sum(len(passages) for _, passages in self.work)

    def take_up(self, store: Store, item: Article | Refusal, workshop: Workshop) -> None:
        if isinstance(item, Refusal):
            self.outcomes.append(Outcome("refused", item.where, reason=item.reason))
        elif store.knows(item):
            self.outcomes.append(Outcome("unchanged", item.origin, item))
        else:
            versions = store.versions(item.id)
            article = replace(item, version=versions[-1] + 1 if versions else 1)
            passages = workshop.cut(article)
            if not passages:
                self.outcomes.append(Outcome("refused", article.origin, reason="there is no sentence in it"))
                return
            self.outcomes.append(Outcome("updated" if versions else "added", article.origin, article))
            self.work.append((article, passages))


class _Line:
    """Batches on their way into the truth: ``batch`` is being filled, those sent are embedded in their order."""

    def __init__(self, store: Store, workshop: Workshop, committed: Callable[[], None]) -> None:
        self.batch = _Batch()
        self._sent = deque[_Batch]()
        self._store = store
        self._workshop = workshop
        self._committed = committed
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self._unwanted = threading.Event()

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._unwanted.set()
        self._thread.shutdown(cancel_futures=True)

    @property
    def is_idle(self) -> bool:
        """Whether all that was taken up only has to be told of."""
        return not self._sent and not self.batch.work

    def holds(self, article: Article) -> bool:
        """Whether the article is on its way, so that the truth cannot tell yet what is new in it."""
        return any(waiting.id == article.id for batch in (*self._sent, self.batch) for waiting, _ in batch.work)

    def move_on(self) -> Iterator[Outcome]:
        """Has the batch embedded, and meanwhile commits the one before it."""
        self._send()
        while len(self._sent) > 1:
            yield from self._commit(self._sent.popleft())

    def finish(self) -> Iterator[Outcome]:
        """Commits all that was taken up."""
        self._send()
        while self._sent:
            yield from self._commit(self._sent.popleft())

    def _send(self) -> None:
        if self.batch.work:
            self.batch.vectors = self._thread.submit(self._workshop.embed, self.batch.work, self._unwanted)
        self._sent.append(self.batch)
        self.batch = _Batch()

    def _commit(self, batch: _Batch) -> Iterator[Outcome]:
        if batch.work:
            rows = batch.vectors.result()
            with self._store.transaction():
                if self._store.recipe() is None:
                    self._store.put_recipe_in_force(self._workshop.number, self._workshop.recipe)
                for (article, passages), vectors in zip(batch.work, rows, strict=True):
                    self._store.add(article, self._workshop.number, passages, vectors)
            self._committed()
        yield from batch.outcomes
