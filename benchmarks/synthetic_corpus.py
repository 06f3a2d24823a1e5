"""Any number of articles for benchmarks, made of the samples' sentences with other names and numbers in them.

The same number always gives the same article. They say nothing true, and nothing about anyone.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from benchmarks.samples import SAMPLES
from indexes import Article, read_paths
from indexes.ingest.sentence_splitter import split_sentences

SENTENCES = 60
"""About as many to an article as in the news: some ten passages."""

_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b")
_NUMBER = re.compile(r"\d+")
_FIRST_DAY = date(2020, 1, 1)


def write_articles(file: Path, count: int, first: int = 0) -> None:
    """The articles numbered from ``first``, a line each, as ``onrecord add`` reads them."""
    with file.open("w", encoding="utf-8") as lines:
        for number in range(first, first + count):
            lines.write(json.dumps(_record(number)) + "\n")


def _record(number: int) -> dict[str, str]:
    chance = random.Random(number)
    sentences, names = _sentences(), _names()
    said = [_changed(sentence, names, chance) for sentence in chance.sample(sentences, min(SENTENCES, len(sentences)))]
    return {
        "id": f"made-up-{number}",
        "title": " ".join(said[0].split()[:10]),
        "published": (_FIRST_DAY + timedelta(days=number % 2000)).isoformat(),
        "text": "\n".join(said),
    }


def _changed(sentence: str, names: list[str], chance: random.Random) -> str:
    renamed = _NAME.sub(lambda _: chance.choice(names), sentence)
    return _NUMBER.sub(lambda found: str(chance.randint(1, 10 ** len(found[0]))), renamed)


@cache
def _sentences() -> list[str]:
    return [sentence for article in _samples() for sentence in _sentences_of(article)]


def _sentences_of(article: Article) -> Iterator[str]:
    for sentence in split_sentences(article.text, article.language, article.title):
        yield " ".join(article.text[sentence.start : sentence.end].split())


@cache
def _names() -> list[str]:
    return sorted({name for sentence in _sentences() for name in _NAME.findall(sentence)})


def _samples() -> list[Article]:
    return [item for item in read_paths([SAMPLES]) if isinstance(item, Article)]
