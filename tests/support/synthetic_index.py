"""An index of made-up vectors, without a model: many of them soon, and where they are to be."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from indexes import Index
from indexes.embedding.embedder import PACKAGED_MODEL, locate_model
from indexes.ingest.chunking import PASSAGE_RULES
from indexes.storage.store import Recipe, Store
from indexes.types.article import new_article
from indexes.types.passages import Passage, Sentence

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors


def with_passages(store: Store, vectors: Vectors) -> None:
    """An article of one passage for each vector; they are numbered from 1 on. Closes the store."""
    files = locate_model(PACKAGED_MODEL)
    with store.transaction():
        store.put_recipe_in_force(1, Recipe(files.name, files.sha256, "fp32", 240, PASSAGE_RULES))
        for n in range(len(vectors)):
            article = new_article(f"Sentence {n}.", id=f"a{n}")
            passage = Passage(f"a{n}:1:0", f"a{n}", 1, 0, (Sentence(0, len(article.text)),))
            store.add(article, 1, [passage], vectors[n : n + 1])
    store.close()


def scattered(count: int) -> Vectors:
    return _unit(np.random.default_rng(7).normal(size=(count, 384)).astype(np.float32))


def crowded() -> Vectors:
    """Ten vectors, each of them two hundred times, among two hundred others."""
    vectors = scattered(210)
    return np.random.default_rng(1).permutation(np.concatenate([np.repeat(vectors[:10], 200, axis=0), vectors[10:]]))


def wait_until_opened() -> None:
    """Till the next generation, which is opened beside the searches, is ready or was given up."""
    for thread in threading.enumerate():
        if thread.name == "open":
            thread.join()


def seq_of(store: Store, passage_id: str) -> int:
    row = store.row("SELECT seq FROM passages WHERE id = :id", id=passage_id)
    assert row is not None
    return int(row[0])


def hidden(index: Index, vectors: Vectors) -> int:
    """How many of them a search for themselves finds neither them nor a twin of."""
    return sum(index.dense.nearest(vector, 1, 1)[0][1] < 0.999 for vector in np.unique(vectors, axis=0))


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit
