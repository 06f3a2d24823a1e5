"""Vectors of sentences that questions need again and again."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexes import Index
from indexes.embedding.vector_cache import RecentVectors
from indexes.types.article import new_article


class Counting:
    """Embeds a text as its length and its first letter, and counts how many it was given."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        self.given += texts
        return np.array([[len(text), ord(text[:1] or "-")] for text in texts], np.float32)


@given(st.lists(st.lists(st.text("abc", max_size=3), max_size=6), max_size=8), st.integers(1, 6))
def test_each_text_gets_its_vector_however_little_is_kept(asked: list[list[str]], most: int) -> None:
    recent, embed = RecentVectors(most), Counting()
    for texts in asked:
        found = recent.of(texts, "model", embed)
        assert found.tolist() == (Counting()(texts).tolist() if texts else [])
        assert len(recent._kept) <= most


def test_what_was_embedded_lately_is_not_embedded_again_and_the_oldest_is_forgotten() -> None:
    recent, embed = RecentVectors(3), Counting()
    recent.of(["a", "b", "a"], "model", embed)
    recent.of(["c", "b", "a"], "model", embed)
    assert embed.given == ["a", "b", "c"]
    recent.of(["d"], "model", embed)
    recent.of(["b", "c"], "model", embed)
    assert embed.given == ["a", "b", "c", "d", "c"]


def test_another_models_vectors_are_others() -> None:
    recent, embed = RecentVectors(), Counting()
    recent.of(["a"], "one", embed)
    recent.of(["a"], "other", embed)
    assert embed.given == ["a", "a"]


def test_many_threads_get_their_own_texts_vectors() -> None:
    recent, embed = RecentVectors(5), Counting()
    lists = [[chr(97 + (n * k) % 20) * (k % 4 + 1) for k in range(6)] for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        for texts, found in zip(lists, pool.map(lambda texts: recent.of(texts, "model", embed), lists), strict=True):
            assert found.tolist() == Counting()(texts).tolist()


def test_an_index_gives_the_same_vectors_a_second_time(index: Index) -> None:
    list(index.add([new_article("The Kremlin denied the call.", id="call")]))
    texts = ["The Kremlin denied the call.", "A ship left.", "A ship left."]
    first = index.embed(texts)
    assert first.shape == (3, 384)
    assert np.allclose(np.linalg.norm(first, axis=1), 1)
    assert index.embed(texts[::-1]).tolist() == first[::-1].tolist()
