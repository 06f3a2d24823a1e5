"""Takes articles into the truth: recognises them, cuts, embeds and commits them a batch at a time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from indexes.article import Article, id_comes_from_content
from indexes.embedding import Embedder
from indexes.passages import Passage, PassageSize, cut_passages, heading
from indexes.reading import Refusal
from indexes.store import Recipe, Store

if TYPE_CHECKING:
    from indexes.embedding import Vectors

BATCH = 256
"""Passages embedded and committed together: a few seconds' work, which is all that a kill can cost."""

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

    def embed(self, work: Sequence[Work]) -> list[Vectors]:
        """One array of vectors for each article, a row for each of its passages, all embedded in one go."""
        texts = [
            top + article.text[p.start : p.end]
            for article, passages in work
            for top in [heading(article, self.embedder.count_tokens)]
            for p in passages
        ]
        vectors = self.embedder.embed(texts)
        ends = [0]
        for _, passages in work:
            ends.append(ends[-1] + len(passages))
        return [vectors[start:end] for start, end in itertools.pairwise(ends)]


@dataclass
class _Batch:
    outcomes: list[Outcome] = field(default_factory=list)
    work: list[Work] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(len(passages) for _, passages in self.work)

    def holds(self, article: Article) -> bool:
        return any(waiting.id == article.id for waiting, _ in self.work)


def add_articles(
    store: Store, found: Iterable[Article | Refusal], workshop: Workshop, committed: Callable[[], None]
) -> Iterator[Outcome]:
    """Tells what became of each item, in order. What it has told is on disk. Under the writer's lock.

    ``committed`` is called after each batch that went into the truth, before it is told of.
    """
    batch = _Batch()
    for item in found:
        article = item if isinstance(item, Refusal) else _recognised(store, item)
        if isinstance(article, Article) and batch.holds(article):
            yield from _commit(store, batch, workshop, committed)
            batch = _Batch()
        _take_up(store, article, batch, workshop)
        if not batch.work or batch.size >= BATCH:
            yield from _commit(store, batch, workshop, committed)
            batch = _Batch()
    yield from _commit(store, batch, workshop, committed)


def _recognised(store: Store, article: Article) -> Article:
    """The article under the id it already has here: a file whose text changed is still the same article."""
    if id_comes_from_content(article) and article.origin and not store.versions(article.id):
        known = store.ids_by_origin(article.origin)
        if len(known) == 1:
            return replace(article, id=known[0])
    return article


def _take_up(store: Store, item: Article | Refusal, batch: _Batch, workshop: Workshop) -> None:
    if isinstance(item, Refusal):
        batch.outcomes.append(Outcome("refused", item.where, reason=item.reason))
    elif store.knows(item):
        batch.outcomes.append(Outcome("unchanged", item.origin, item))
    else:
        versions = store.versions(item.id)
        article = replace(item, version=versions[-1] + 1 if versions else 1)
        passages = workshop.cut(article)
        if not passages:
            batch.outcomes.append(Outcome("refused", article.origin, reason="there is no sentence in it"))
            return
        batch.outcomes.append(Outcome("updated" if versions else "added", article.origin, article))
        batch.work.append((article, passages))


def _commit(store: Store, batch: _Batch, workshop: Workshop, committed: Callable[[], None]) -> Iterator[Outcome]:
    if batch.work:
        rows = workshop.embed(batch.work)
        with store.transaction():
            if store.recipe() is None:
                store.put_recipe_in_force(workshop.number, workshop.recipe)
            for (article, passages), vectors in zip(batch.work, rows, strict=True):
                store.add(article, workshop.number, passages, vectors)
        committed()
    yield from batch.outcomes
