"""An index made larger than the samples holds what an index holds, and nothing twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.grown import EACH, Seed
from indexes import Index


@pytest.fixture(scope="module")
def seed(samples: Index) -> Seed:
    return Seed.of(samples)


def test_made_up_articles_keep_the_sentences_of_the_passages_they_are_made_of(seed: Seed) -> None:
    article, passages, rows = seed.article(7)
    assert len(passages) == len(rows) == EACH
    assert article.text == seed.article(7)[0].text
    spans = [(s.start, s.end) for passage in passages for s in passage.sentences]
    assert spans == sorted(spans)
    assert all(article.text[start:end] == article.text[start:end].strip() for start, end in spans)
    assert spans[-1][1] == len(article.text)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_no_made_up_article_is_a_copy_of_another(seed: Seed, tmp_path: Path) -> None:
    with Index(tmp_path) as index:
        builder = index.builder()
        with index.store.transaction():
            index.store.put_recipe_in_force(builder.number, builder.recipe)
            for n in range(60):
                article, passages, rows = seed.article(n)
                index.store.add(article, builder.number, passages, rows)
        assert not [id for id in index.store.article_ids() if index.store.copies(id)]
        index.mend()
        assert index.problems() == []
