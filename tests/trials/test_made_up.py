"""The articles that benchmarks make up: the same each time, as many as are wanted, and each another."""

from __future__ import annotations

from pathlib import Path

from benchmarks.synthetic_corpus import write_articles
from indexes import Article, read_paths


def texts(file: Path, count: int, first: int = 0) -> list[str]:
    write_articles(file, count, first)
    return [item.text for item in read_paths([file]) if isinstance(item, Article)]


def test_a_number_always_gives_the_same_article_and_another_number_another(tmp_path: Path) -> None:
    three = texts(tmp_path / "three.jsonl", 3)
    assert texts(tmp_path / "last.jsonl", 1, first=2) == three[2:]
    assert len(set(three)) == 3
    assert all(len(text.splitlines()) == 60 for text in three)
