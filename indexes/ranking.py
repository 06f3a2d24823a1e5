"""The second look: what both searches found, scored side by side on the same few features.

Knows what a passage says and how near its vector is; nothing of how it was found.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp
from typing import TypeVar

Key = TypeVar("Key")

_NAMES_A_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True)
class Question:
    """What is asked: its stems in order, how rare each is, and the day it is asked on where that may count."""

    stems: tuple[str, ...]
    rarity: Mapping[str, float]
    today: date | None = None

    @classmethod
    def of(cls, text: str, words: Sequence[str], rarity: Mapping[str, float], today: date | None) -> Question:
        """A question that names a year is not about these days."""
        return cls(tuple(words), rarity, None if _NAMES_A_YEAR.search(text) else today)

    def coverage(self, there: Collection[str]) -> float:
        """The share of the question's words, weighted by rarity, that are ``there``: 0 to 1."""
        return _share(self.rarity, there)

    def pair_coverage(self, there: Collection[tuple[str, str]]) -> float:
        """The share of its pairs of neighbouring words, weighted by rarity, that are ``there``: 0 to 1."""
        pairs = {(a, b): self.rarity[a] + self.rarity[b] for a, b in itertools.pairwise(self.stems)}
        return _share(pairs, there)


def score(
    question: Question, in_title: Sequence[str], in_text: Sequence[str], published: date | None, cosine: float
) -> float:
    """How well a passage fits, by the stems of its text and its article's title; higher is better.

    cosine + ½ body + ½ title + ½ both + ¼ pairs + .20 e^(-age/30) + .15 e^(-age/365), ages in days before the day
    asked on. The weights are rounded from those of a linear pairwise ranker, fitted on each half of the development
    questions in turn; docs/log.md has the figures.
    """
    words = question.coverage(set(in_text)), question.coverage(set(in_title))
    both = question.coverage({*in_title, *in_text})
    pairs = question.pair_coverage(set(itertools.pairwise(in_text)))
    return cosine + 0.5 * sum(words) + 0.5 * both + 0.25 * pairs + _recency(question.today, published)


def _recency(today: date | None, published: date | None) -> float:
    if today is None or published is None:
        return 0.0
    age = max(0, (today - published).days)
    return 0.2 * exp(-age / 30) + 0.15 * exp(-age / 365)


def _share(weights: Mapping[Key, float], there: Collection[Key]) -> float:
    total = sum(weights.values())
    return sum(weights[key] for key in weights.keys() & there) / total if total else 0.0


def same_words(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether the shorter of two lists of sentences stands mostly in the longer."""
    first, second = (_plain(sentences) for sentences in (one, other))
    shorter = min(len(first), len(second))
    return bool(shorter) and 2 * len(first & second) > shorter


def _plain(sentences: Iterable[str]) -> set[str]:
    return {" ".join(re.findall(r"\w+", sentence.lower())) for sentence in sentences}
