"""Weighs what the passages say against each other: which answer, in what order the passages, and how sure.

Three small linear models over what the reader, the search and the words of the question tell. Their weights are fitted
by :mod:`training.calibrate` and lie beside the reader's own in calibration.json.
"""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from assistant.reader.read_passages import Candidate, Reading
from assistant.text.wording import normalise_answer
from indexes import Hit
from indexes.search.analysis import stems
from indexes.types.errors import ModelNotFound

_LIKELIEST = 10
"""How many answers a passage is looked through for."""

_ASKS_FOR_NUMBER = re.compile(
    r"\bhow (?:many|much|long|old|far|big|large|tall|high|fast|often|hot|cold)\b"
    r"|\b(?:what|which) (?:\w+ )?(?:percent|percentage|year|number|date|age|day|share|amount)\b|\bwhen\b|%",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|twenty|thirty|forty|fifty|hundred"
    r"|thousand|million|billion|half|third|quarter|twice|first|second|week|month|year|day|january|february|march|april"
    r"|may|june|july|august|september|october|november|december|\w+day|spring|summer|autumn|fall|winter)s?\b",
    re.IGNORECASE,
)

_CERTAIN = 5.0
"""The log odds of an answer among all that are given are kept within this: one article has little to choose from."""

_LIKELY = -4.0
"""Candidates below this score do not speak for another passage's answer."""


@dataclass(frozen=True)
class Calibration:
    """Weights by feature. ``threshold`` is the confidence, 0 to 1, from which on an answer is given."""

    answer: Mapping[str, float]
    passage: Mapping[str, float]
    confidence: Mapping[str, float]
    threshold: float

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """What :mod:`training.calibrate` wrote to ``path``.

        Raises:
            ModelNotFound: there is no such file, or something else in it.
        """
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise ModelNotFound(
                f"the reader's numbers in {path} cannot be read ({error}). Reinstall On Record."
            ) from None


@dataclass(frozen=True)
class Answer:
    """An answer some passages give in the same words: its candidates, best first, and what they are worth together."""

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
    """What is asked: its words, how rare each is, and whether a number will do."""

    def __init__(self, text: str, rarity: Mapping[str, float]) -> None:
        self._beginnings = frozenset(stem[:5] for stem in stems(text))
        self._wants_number = bool(_ASKS_FOR_NUMBER.search(text))
        self.rarity = rarity
        self._total = sum(rarity.values())

    def coverage(self, text: str) -> float:
        """The share of the question's words, weighted by rarity, that ``text`` holds: 0 to 1."""
        held = self.rarity.keys() & set(stems(text))
        return sum(self.rarity[stem] for stem in held) / self._total if self._total else 0.0

    def echo(self, text: str) -> float:
        """The share of the words of ``text`` that the question holds: an answer says something new.

        Words count as the same from five equal letters on: Lanka, Lankan.
        """
        words = stems(text)
        return sum(word[:5] in self._beginnings for word in words) / len(words) if words else 0.0

    def fits(self, text: str) -> float:
        """Where a number is asked for: 1 if ``text`` is one, else -1. 0 where none is."""
        number = bool(_NUMBER.search(text))
        return (1.0 if number else -1.0) if self._wants_number else 0.0


@dataclass(frozen=True)
class Table:
    """All candidates of all readings with their features, as calibration fits them and weighing uses them."""

    question: Question
    readings: Sequence[Reading]

    @cached_property
    def candidates(self) -> list[Candidate]:
        return [candidate for reading in self.readings for candidate in reading.candidates]

    @cached_property
    def keys(self) -> list[str]:
        """Of each candidate: its answer in the form in which equal answers are equal, "20-year" and "20 years" too."""
        return [" ".join(stems(candidate.text)) or normalise_answer(candidate.text) for candidate in self.candidates]

    @cached_property
    def _coverage(self) -> list[float]:
        return [self.question.coverage(_sentence(candidate)) for candidate in self.candidates]

    @cached_property
    def _agreement(self) -> dict[str, float]:
        """By answer: how many articles give it, or one that holds it or is held by it, as a logarithm."""
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
        """Of each candidate."""
        top = max((reading.hit.score for reading in self.readings), default=0.0)
        return [
            {
                "score": candidate.score / 10,
                "search": candidate.hit.score - top,
                "coverage": coverage,
                "echo": self.question.echo(candidate.text),
                "agreement": self._agreement[key],
                "fits": self.question.fits(candidate.text),
                "length": min(len(candidate.text.split()), 20) / 10,
            }
            for key, candidate, coverage in zip(self.keys, self.candidates, self._coverage, strict=True)
        ]

    def values(self, weights: Mapping[str, float]) -> list[float]:
        """Of each candidate, by the weights of its features."""
        return [dot(weights, features) for features in self.answer_features]

    def answers(self, weights: Mapping[str, float]) -> list[Answer]:
        """Best first. Candidates that give the same answer are worth the logarithm of the sum of their exponentials."""
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
        """Of each reading: the search's score, and how likely the passage holds the answer, whichever that is."""
        answers = answers[:_LIKELIEST]
        total = log_sum([answer.value for answer in answers]) if answers else 0.0
        likely = {f" {normalise_answer(a.best.text)} ": math.exp(a.value - total) for a in answers}
        return [
            {"search": reading.hit.score, "expected": _holding(likely, reading.hit.text)} for reading in self.readings
        ]

    def confidence_features(self, answers: Sequence[Answer]) -> dict[str, float]:
        """Of the first of ``answers``; there is at least one."""
        best = answers[0].best
        others = log_sum([answer.value for answer in answers[1:]]) if len(answers) > 1 else -math.inf
        return {
            "bias": 1.0,
            "score": best.score / 10,
            "search": best.hit.score,
            "coverage": self.question.coverage(_sentence(best)),
            "around": self.question.coverage(f"{best.hit.article.title} {best.hit.text}"),
            "echo": self.question.echo(best.text),
            "odds": max(-_CERTAIN, min(answers[0].value - others, _CERTAIN)),
        }


def weigh(question: Question, readings: Sequence[Reading], calibration: Calibration) -> Weighed:
    """Which answer the readings give together, and how sure it is. Confidence is 0 where they give none."""
    table = Table(question, readings)
    answers = table.answers(calibration.answer)
    worth = [dot(calibration.passage, features) for features in table.passage_features(answers)]
    order = sorted(range(len(readings)), key=lambda n: -worth[n])
    confidence = logistic(dot(calibration.confidence, table.confidence_features(answers))) if answers else 0.0
    hits = tuple(replace(readings[n].hit, rank=rank) for rank, n in enumerate(order, start=1))
    return Weighed(tuple(answers), hits, confidence)


def _akin(one: str, other: str) -> bool:
    return f" {one} " in f" {other} " or f" {other} " in f" {one} "


def _holding(likely: Mapping[str, float], text: str) -> float:
    """The likelihood of the answers that stand in ``text``."""
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
