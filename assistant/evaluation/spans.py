"""How near a short answer comes to the right one: SQuAD's two measures (Rajpurkar et al., EMNLP 2016)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from assistant.text.wording import normalise_answer


def exact_match(given: str, answers: Iterable[str]) -> float:
    """1 where ``given`` is one of the answers after normalisation, else 0."""
    return float(any(normalise_answer(given) == normalise_answer(answer) for answer in answers))


def f1(given: str, answers: Iterable[str]) -> float:
    """The best harmonic mean of precision and recall of words over the answers, 0 to 1."""
    return max(
        (_f1(normalise_answer(given).split(), normalise_answer(answer).split()) for answer in answers), default=0.0
    )


def _f1(given: list[str], answer: list[str]) -> float:
    shared = sum((Counter(given) & Counter(answer)).values())
    if not given or not answer:
        return float(given == answer)
    return 2 * shared / (len(given) + len(answer))
