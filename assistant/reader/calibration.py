"""Calibration: from the readings of all passages to the best answer, the order of the passages and a confidence.

Three small linear models over features of the reader, the search and the question's words. Their weights are fitted by
:mod:`training.calibrate` and stored beside the reader's in calibration.json.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from assistant.reader.answer_types import wanted
from assistant.reader.read_passages import Candidate, Reading
from assistant.reader.typed_spans import suits
from assistant.text.wording import normalise_answer
from indexes import Hit
from indexes.search.analysis import stems
from indexes.types.errors import ModelNotFound

_LIKELIEST = 10
"""How many of the likeliest answers are looked for in each passage."""

_ALIKE = 5
"""Words are alike if so many of their first letters are the same: erupt, eruption; Lanka, Lankan."""

_CERTAIN = 5.0
"""The bound on an answer's log odds among all answers: with a single article there are few alternatives."""

_LIKELY = -4.0
"""Candidates below this score do not count as support for another passage's answer."""


@dataclass(frozen=True)
class Calibration:
    """Weights by feature. ``threshold``: the lowest confidence, 0 to 1, with which an answer's sentence is shown;
    ``words``: the lowest with which its words are shown as the answer.
    """

    answer: Mapping[str, float]
    passage: Mapping[str, float]
    confidence: Mapping[str, float]
    threshold: float
    words: float = 0.35

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Loads what :mod:`training.calibrate` wrote to ``path``.

        Raises:
            ModelNotFound: there is no such file, or it holds something else.
        """
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise ModelNotFound(
                f"the reader's numbers in {path} cannot be read ({error}). Reinstall On Record."
            ) from None


@dataclass(frozen=True)
class Answer:
    """An answer that one or more passages give in the same words: its candidates, best first, and their joint score."""

    candidates: tuple[Candidate, ...]
    value: float

    @property
    def best(self) -> Candidate:
        return self.candidates[0]


@dataclass(frozen=True)
class Weighed:
    """``answers`` and ``hits`` best first, as the reader sees them; ``confidence`` in the first answer, 0 to 1."""

    answers: tuple[Answer, ...]
    hits: tuple[Hit, ...]
    confidence: float


class Question:
    """A question: its words, the rarity of each, and the type of answer it asks for."""

    def __init__(self, text: str, rarity: Mapping[str, float]) -> None:
        self.text = text
        self._beginnings = beginnings(text)
        self.wants = wanted(text)
        self.rarity = rarity
        self._total = sum(rarity.values())

    def coverage(self, text: str) -> float:
        """The share of the question's words, weighted by rarity, that ``text`` contains: 0 to 1."""
        held = self.rarity.keys() & set(stems(text))
        return sum(self.rarity[stem] for stem in held) / self._total if self._total else 0.0

    def likeness(self, text: str) -> float:
        """The same as coverage, but words match if their first five letters do: erupt, eruption."""
        there = beginnings(text)
        held = sum(rarity for stem, rarity in self.rarity.items() if stem[:_ALIKE] in there)
        return held / self._total if self._total else 0.0

    def holds(self, stem: str, text: str) -> bool:
        """Whether ``text`` has a word like the stem."""
        return stem[:_ALIKE] in beginnings(text)

    def echo(self, text: str) -> float:
        """The share of the words of ``text`` that are in the question, since an answer should add something: 0 to 1.

        Words match if their first five letters do: Lanka, Lankan.
        """
        words = stems(text)
        return sum(word[:_ALIKE] in self._beginnings for word in words) / len(words) if words else 0.0

    def fits(self, candidate: Candidate) -> float:
        """1 if the candidate is of the type asked for, -1 if not; 0 if anything may be."""
        if not self.wants.is_checked:
            return 0.0
        return 1.0 if suits(self.wants, candidate.hit.article.text, candidate.start, candidate.end) else -1.0


@dataclass(frozen=True)
class Table:
    """All candidates of all readings with their features, for fitting and for inference."""

    question: Question
    readings: Sequence[Reading]

    @cached_property
    def candidates(self) -> list[Candidate]:
        return [candidate for reading in self.readings for candidate in reading.candidates]

    @cached_property
    def keys(self) -> list[str]:
        """The normalised answer of each candidate, in which "20-year" and "20 years" are equal too."""
        return [" ".join(stems(candidate.text)) or normalise_answer(candidate.text) for candidate in self.candidates]

    @cached_property
    def _coverage(self) -> list[float]:
        return [self.question.coverage(_sentence(candidate)) for candidate in self.candidates]

    @cached_property
    def _agreement(self) -> dict[str, float]:
        """For each answer, the log of the number of articles that give it or one that overlaps it."""
        articles = defaultdict[str, set[str]](set)
        for key, candidate in zip(self.keys, self.candidates, strict=True):
            if candidate.score > _LIKELY:
                articles[key].add(candidate.hit.article.id)
        return {
            key: math.log(1 + len(set().union(*(articles[other] for other in articles if _akin(key, other)))))
            for key in set(self.keys)
        }

    @cached_property
    def answer_features(self) -> list[dict[str, float]]:
        """One row of features for each candidate."""
        top = max((reading.hit.score for reading in self.readings), default=0.0)
        return [
            {
                "score": candidate.score / 10,
                "search": candidate.hit.score - top,
                "coverage": coverage,
                "echo": self.question.echo(candidate.text),
                "agreement": self._agreement[key],
                "fits": self.question.fits(candidate),
                "length": min(len(candidate.text.split()), 20) / 10,
            }
            for key, candidate, coverage in zip(self.keys, self.candidates, self._coverage, strict=True)
        ]

    def values(self, weights: Mapping[str, float]) -> list[float]:
        """The score of each candidate: its features times the weights."""
        return [dot(weights, features) for features in self.answer_features]

    def answers(self, weights: Mapping[str, float]) -> list[Answer]:
        """The answers, best first. Candidates with the same answer score the log-sum-exp of their scores."""
        groups = defaultdict[str, list[tuple[float, Candidate]]](list)
        for key, value, candidate in zip(self.keys, self.values(weights), self.candidates, strict=True):
            groups[key].append((value, candidate))
        answers = []
        for members in groups.values():
            members.sort(key=lambda member: -member[0])
            value = log_sum([value for value, _ in members])
            answers.append(Answer(tuple(candidate for _, candidate in members), value))
        return sorted(answers, key=lambda answer: -answer.value)

    def passage_features(self, answers: Sequence[Answer]) -> list[dict[str, float]]:
        """For each reading: the search score, and the likelihood that its passage contains the answer."""
        answers = answers[:_LIKELIEST]
        total = log_sum([answer.value for answer in answers]) if answers else 0.0
        likely = {f" {normalise_answer(a.best.text)} ": math.exp(a.value - total) for a in answers}
        return [
            {"search": reading.hit.score, "expected": _holding(likely, reading.hit.text)} for reading in self.readings
        ]

    def confidence_features(self, answers: Sequence[Answer]) -> dict[str, float]:
        """The features of the first of ``answers``, which must not be empty."""
        best = answers[0].best
        others = log_sum([answer.value for answer in answers[1:]]) if len(answers) > 1 else -math.inf
        return {
            "bias": 1.0,
            "score": best.score / 10,
            "search": best.hit.score,
            "coverage": self.question.coverage(_sentence(best)),
            "around": self.question.coverage(best.hit.text_with_title),
            "echo": self.question.echo(best.text),
            "odds": max(-_CERTAIN, min(answers[0].value - others, _CERTAIN)),
            "fits": self.question.fits(best),
            "positive": sum(r.candidates[0].score > 0 for r in self.readings if r.candidates) / len(self.readings),
        }


def weigh(question: Question, readings: Sequence[Reading], calibration: Calibration) -> Weighed:
    """Ranks the answers and passages of all readings. The confidence is 0 if there is no answer."""
    table = Table(question, readings)
    answers = table.answers(calibration.answer)
    worth = [dot(calibration.passage, features) for features in table.passage_features(answers)]
    order = sorted(range(len(readings)), key=lambda n: -worth[n])
    confidence = logistic(dot(calibration.confidence, table.confidence_features(answers))) if answers else 0.0
    hits = tuple(replace(readings[n].hit, rank=rank) for rank, n in enumerate(order, start=1))
    return Weighed(tuple(answers), hits, confidence)


def beginnings(text: str) -> frozenset[str]:
    """The first letters of the stems of ``text``, by which words are alike: Lanka, Lankan."""
    return frozenset(stem[:_ALIKE] for stem in stems(text))


def _akin(one: str, other: str) -> bool:
    return f" {one} " in f" {other} " or f" {other} " in f" {one} "


def _holding(likely: Mapping[str, float], text: str) -> float:
    """The total likelihood of the answers found in ``text``."""
    words = f" {normalise_answer(text)} "
    return sum(chance for answer, chance in likely.items() if answer in words)


def dot(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    return sum(weights[name] * value for name, value in features.items())


def log_sum(values: Sequence[float]) -> float:
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))


def logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, value))))


def _sentence(candidate: Candidate) -> str:
    return candidate.hit.article.text[candidate.sentence.start : candidate.sentence.end]
