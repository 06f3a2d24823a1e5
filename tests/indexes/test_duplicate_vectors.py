"""Which of many passages that are nearly the same go into a graph."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexes.search.duplicate_vectors import DuplicateCounter
from tests.support.synthetic_index import crowded, scattered


def test_of_hundreds_that_are_the_same_sixteen_go_into_the_graph() -> None:
    vectors = crowded()
    inside = vectors[DuplicateCounter().first_of_each(vectors)]
    _, times = np.unique(inside, axis=0, return_counts=True)
    assert sorted(times) == [1] * 200 + [16] * 10


def test_passages_that_are_much_alike_but_not_the_same_all_go_into_it() -> None:
    others = scattered(501)
    alike = others[0] + 0.5 * others[1:]
    alike /= np.linalg.norm(alike, axis=1, keepdims=True)
    assert (alike @ alike[0]).mean() > 0.75
    assert DuplicateCounter().first_of_each(alike).all()


@given(cuts=st.lists(st.integers(0, 2200), max_size=5).map(sorted))
def test_it_does_not_matter_in_how_many_parts_they_come(cuts: list[int]) -> None:
    vectors, duplicates = crowded(), DuplicateCounter()
    parts = np.split(vectors, cuts)
    inside = np.concatenate([duplicates.first_of_each(part) for part in parts])
    assert inside.tolist() == DuplicateCounter().first_of_each(vectors).tolist()
