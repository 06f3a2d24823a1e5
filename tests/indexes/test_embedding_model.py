"""An index works with any embedding model, and takes nothing from it that would spoil its search."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from indexes import Article, Index, open_index
from indexes.embedding.embedder import EmbeddingCancelled
from indexes.embedding.embedding_model import GivenModel
from indexes.types.errors import IndexMismatch
from tests.support.fast_index import HashedWords, story


class Long(HashedWords):
    """Forgets to divide by the length."""

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        return super().embed(texts) * 2


class OneForAll(HashedWords):
    """Gives one vector, however many texts."""

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        return super().embed(texts)[:1]


class NotANumber(HashedWords):
    """Divides zero by zero."""

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        return super().embed(texts) * np.float32("nan")


class Newer(HashedWords):
    """The same model with other weights."""

    fingerprint = "1" * 64


def added(index: Index, *articles: Article) -> list[str]:
    return [outcome.kind for outcome in index.add(articles)]


def test_articles_are_found_by_the_model_that_was_handed_over(tmp_path: Path) -> None:
    model = HashedWords()
    with open_index(tmp_path, model=model) as index:
        assert added(index, story(0), story(1)) == ["added", "added"]
        assert index.search("bridge b1x3 would cost", channels=["dense"])[0].article.id == "story-1"
        kept = index.store.recipe()
        assert kept is not None
        assert (kept[1].model, kept[1].sha256) == (model.name, model.fingerprint)
    with open_index(tmp_path, model=HashedWords()) as again:
        assert added(again, story(0)) == ["unchanged"]
        assert again.problems() == []


@pytest.mark.parametrize(
    ("model", "why"), [(Long(), "not of length 1"), (NotANumber(), "not of length 1"), (OneForAll(), "shape")]
)
def test_vectors_that_cannot_be_searched_are_not_stored(tmp_path: Path, model: HashedWords, why: str) -> None:
    with open_index(tmp_path, model=model) as index:
        with pytest.raises(ValueError, match=why):
            added(index, story(0, sentences=40))
        assert index.is_empty()


def test_another_fingerprint_is_another_model_until_all_is_embedded_anew(tmp_path: Path) -> None:
    with open_index(tmp_path, model=HashedWords()) as index:
        added(index, story(0))
    with open_index(tmp_path, model=Newer()) as index:
        with pytest.raises(IndexMismatch, match="hashed words"):
            index.search("bridge")
        assert list(index.reindex()) == [1]
        assert index.search("bridge")[0].article.id == "story-0"


def test_embedding_that_nobody_wants_any_more_ends_between_two_batches() -> None:
    unwanted, model = threading.Event(), HashedWords()
    unwanted.set()
    with pytest.raises(EmbeddingCancelled):
        GivenModel(model).embed(["The ferry."], unwanted)
    assert model.embedded == 0
