"""Fits the few numbers by which answers and passages are weighed, and the confidence in them. Knows no model.

- answers: softmax over all candidates of a question; the expected F1 of what it picks is made large
- passages: softmax over the passages read; the share on those of relevant articles that hold the answer is made large
- confidence: logistic regression, right answers against wrong ones and against all that is said to questions that
  the articles do not answer; the threshold keeps nine in ten right answers
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.evaluation.answering import KEPT, RIGHT
from assistant.evaluation.matching import f1, holds_answer
from assistant.evaluation.questions import Question as Asked
from assistant.reader.calibration import Calibration, Table, dot, logistic
from assistant.reader.read_passages import Reading
from assistant.text.wording import normalise_answer

_RIDGE = 0.01


@dataclass(frozen=True)
class Case:
    """A question as it was asked, and all that the passages found for it say."""

    question: Asked
    table: Table


def fit(cases: Sequence[Case], unanswerable: Sequence[Case]) -> Calibration:
    """The numbers, from questions that have an answer and from ones to which every answer is wrong."""
    answer = _fit_answers(cases)
    confidence, threshold = _fit_confidence(cases, unanswerable, answer)
    return Calibration(answer, _fit_passages(cases, answer), confidence, threshold)


def _fit_answers(cases: Sequence[Case]) -> dict[str, float]:
    rows, gains = [], []
    for case in cases:
        gain = [f1(candidate.text, case.question.answers) for candidate in case.table.candidates]
        if max(gain, default=0.0) > 0:
            rows.append(case.table.answer_features)
            gains.append(gain)
    return _softmax_fit(rows, gains)


def _fit_passages(cases: Sequence[Case], answer: Mapping[str, float]) -> dict[str, float]:
    rows, gains = [], []
    for case in cases:
        gain = [float(bears(case.question, reading)) for reading in case.table.readings]
        if 0 < sum(gain) < len(gain):
            rows.append(case.table.passage_features(case.table.answers(answer)))
            gains.append(gain)
    return _softmax_fit(rows, gains)


def bears(question: Asked, reading: Reading) -> bool:
    """Whether the passage, or a copy of it, is of a relevant article and holds the answer."""
    answers = tuple(map(normalise_answer, question.answers))
    group = (reading.hit, *reading.hit.copies)
    return any(hit.article.id in question.relevant and holds_answer(hit.text, answers) for hit in group)


def _softmax_fit(rows: Sequence[Sequence[Mapping[str, float]]], gains: Sequence[Sequence[float]]) -> dict[str, float]:
    """Weights that make the mean log of the expected gain large, where one row is picked by softmax."""
    import numpy as np
    from scipy.optimize import minimize

    names = list(rows[0][0])
    matrices = [np.array([[row[name] for name in names] for row in question]) for question in rows]
    wanted = [np.array(gain) for gain in gains]

    def cost(weights: Any) -> float:
        total = 0.0
        for matrix, gain in zip(matrices, wanted, strict=True):
            worth = matrix @ weights
            chances = np.exp(worth - worth.max())
            total -= np.log((chances * gain).sum() / chances.sum() + 1e-6)
        return total / len(matrices) + _RIDGE * float(weights @ weights) / len(names)

    found = minimize(cost, np.zeros(len(names)), method="L-BFGS-B").x
    return {name: round(float(weight), 3) for name, weight in zip(names, found, strict=True)}


def _fit_confidence(
    cases: Sequence[Case], unanswerable: Sequence[Case], answer: Mapping[str, float]
) -> tuple[dict[str, float], float]:
    import numpy as np

    rows: list[Mapping[str, float]] = []
    right: list[bool] = []
    for case, answerable in [*((case, True) for case in cases), *((case, False) for case in unanswerable)]:
        answers = case.table.answers(answer)
        is_right = bool(answers) and f1(answers[0].best.text, case.question.answers) >= RIGHT
        # Other articles than the relevant ones may say it too: a right answer is no example of a wrong one.
        if answers and (answerable or not is_right):
            rows.append(case.table.confidence_features(answers))
            right.append(is_right)
    weights = _logistic_fit(rows, right)
    chances = [_chance(weights, row) for row, is_right in zip(rows, right, strict=True) if is_right]
    return weights, round(float(np.quantile(chances, 1 - KEPT)), 4)


def _logistic_fit(rows: Sequence[Mapping[str, float]], right: Sequence[bool]) -> dict[str, float]:
    import numpy as np
    from scipy.optimize import minimize

    names = list(rows[0])
    matrix = np.array([[row[name] for name in names] for row in rows])
    sign = np.where(right, 1.0, -1.0)

    def cost(weights: Any) -> float:
        return float(np.logaddexp(0, -sign * (matrix @ weights)).mean() + _RIDGE * weights @ weights / len(names))

    found = minimize(cost, np.zeros(len(names)), method="L-BFGS-B").x
    return {name: round(float(weight), 3) for name, weight in zip(names, found, strict=True)}


def _chance(weights: Mapping[str, float], row: Mapping[str, float]) -> float:
    return logistic(dot(weights, row))
