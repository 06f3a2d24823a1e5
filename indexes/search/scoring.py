"""Scoring: ranks the results of both searches on the same few features.

Uses a passage's text and the cosine of its vector, not how it was found.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from math import exp
from typing import TypeVar

Key = TypeVar("Key")

_NAMES_A_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True)
class Question:
    """A question: its stems in order, the rarity of each, and the day it is asked on if recency matters."""

    stems: tuple[str, ...]
    rarity: Mapping[str, float]
    today: date | None = None

    @classmethod
    def of(cls, text: str, words: Sequence[str], rarity: Mapping[str, float], today: date | None) -> Question:
        """The question in ``text``. Recency does not matter if it names a year."""
        return cls(tuple(words), rarity, None if _NAMES_A_YEAR.search(text) else today)

    def coverage(self, there: Set[str]) -> float:
        """The share of the question's words, weighted by rarity, that are in ``there``: 0 to 1."""
        return _share(self.rarity, self._rarity, there)

    def pair_coverage(self, text: Sequence[str], there: Set[str]) -> float:
        """The share of its pairs of adjacent words, weighted by rarity, that are adjacent in ``text``: 0 to 1.

        ``there`` are those of its words that are in ``text``.
        """
        if not any(a in there and b in there for a, b in self._pairs):  # true of most texts, and faster to check
            return 0.0
        return _share(self._pairs, self._pairs_rarity, set(itertools.pairwise(text)))

    @cached_property
    def _pairs(self) -> Mapping[tuple[str, str], float]:
        return {(a, b): self.rarity[a] + self.rarity[b] for a, b in itertools.pairwise(self.stems)}

    @cached_property
    def _rarity(self) -> float:
        return sum(self.rarity.values())

    @cached_property
    def _pairs_rarity(self) -> float:
        return sum(self._pairs.values())


def score(
    question: Question, in_title: Sequence[str], in_text: Sequence[str], published: date | None, cosine: float
) -> float:
    """A passage's score, from the stems of its text and its article's title; higher is better.

    cosine + ½ body + ½ title + ½ both + ¼ pairs + .20 e^(-age/30) + .15 e^(-age/365), ages in days before the day
    asked on. The weights are rounded from those of a linear pairwise ranker, fitted on each half of the development
    questions in turn; docs/log.md has the figures.
    """
    body, title = question.rarity.keys() & set(in_text), question.rarity.keys() & set(in_title)
    words = question.coverage(body) + question.coverage(title) + question.coverage(body | title)
    return cosine + 0.5 * words + 0.25 * question.pair_coverage(in_text, body) + _recency(question.today, published)


def _recency(today: date | None, published: date | None) -> float:
    if today is None or published is None:
        return 0.0
    age = max(0, (today - published).days)
    return 0.2 * exp(-age / 30) + 0.15 * exp(-age / 365)


def _share(weights: Mapping[Key, float], total: float, there: Set[Key]) -> float:
    return sum(weights[key] for key in weights.keys() & there) / total if total else 0.0


def same_words(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether most of the shorter of two lists of sentences is in the longer."""
    first, second = (_plain(sentences) for sentences in (one, other))
    shorter = min(len(first), len(second))
    return bool(shorter) and 2 * len(first & second) > shorter


def _plain(sentences: Iterable[str]) -> set[str]:
    return {" ".join(re.findall(r"\w+", sentence.lower())) for sentence in sentences}
