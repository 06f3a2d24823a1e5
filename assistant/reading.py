"""Reads the passages found for a question: which of their sentences answer it, and whether any does.

The seam between finding and answering. :class:`SentenceMatcher` judges by likeness of meaning and words; a
trained reader takes its place by the same protocol, and adds the short answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from indexes import Hit, Index, Sentence
from indexes.keywords import stems


@dataclass(frozen=True)
class Evidence:
    """A sentence of a found passage, and how well it answers the question (higher is better)."""

    sentence: Sentence
    hit: Hit
    score: float

    @property
    def span(self) -> tuple[int, int]:
        return self.sentence.start, self.sentence.end

    @property
    def text(self) -> str:
        return _slice(self.sentence, self.hit)


@dataclass(frozen=True)
class Reading:
    """What the passages say to the question: evidence, best first; none of it if they don't say."""

    evidence: tuple[Evidence, ...]
    short: str | None = None


class Reader(Protocol):
    """Whatever can read passages for a question."""

    def read(self, question: str, hits: Sequence[Hit]) -> Reading: ...


class SentenceMatcher:
    """Scores each sentence by cosine to the question, plus the share of its rare words it and its passage hold.

    score = cosine + 0.3 · coverage(sentence) + 0.3 · coverage(passage and title), each coverage in 0…1 and weighted
    by inverse document frequency. Below ``threshold`` a sentence is no answer. The weights were chosen among ten
    combinations and the threshold set to keep about nine in ten answerable questions; docs/log.md has the figures.
    """

    def __init__(self, index: Index, threshold: float = 0.66) -> None:
        self._index = index
        self._threshold = threshold

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        candidates = [(s, hit) for hit in hits for s in hit.passage.sentences if not _is_headline(_slice(s, hit))]
        scores = self._scores(question, candidates)
        ranked = sorted(zip(candidates, scores, strict=True), key=lambda pair: -pair[1])
        evidence = (Evidence(sentence, hit, score) for (sentence, hit), score in ranked if score >= self._threshold)
        return Reading(tuple(evidence))

    def _scores(self, question: str, candidates: list[tuple[Sentence, Hit]]) -> list[float]:
        if not candidates:
            return []
        texts = [_slice(sentence, hit) for sentence, hit in candidates]
        different = list(dict.fromkeys(texts))  # copies of a story say the same
        vectors = self._index.embed([question, *different])
        cosine_of = dict(zip(different, vectors[1:] @ vectors[0], strict=True))
        rarity = self._index.rarity(set(stems(question)))
        around = {hit.passage.id: _coverage(rarity, f"{hit.article.title} {hit.text}") for _, hit in candidates}
        return [
            float(cosine_of[text]) + 0.3 * _coverage(rarity, text) + 0.3 * around[hit.passage.id]
            for text, (_, hit) in zip(texts, candidates, strict=True)
        ]


def _coverage(rarity: dict[str, float], text: str) -> float:
    """The share of the question's words, weighted by rarity, that ``text`` holds."""
    total = sum(rarity.values())
    return sum(rarity[word] for word in rarity.keys() & set(stems(text))) / total if total else 0.0


def _slice(sentence: Sentence, hit: Hit) -> str:
    return hit.article.text[sentence.start : sentence.end]


def _is_headline(text: str) -> bool:
    """A short line without an end mark: a sub-headline says what follows, it does not say it."""
    return len(text.split()) < 9 and not re.search(r"[.!?…][\"'”’)\]]*$", text)
