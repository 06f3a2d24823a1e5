"""Whether a text contains an answer or a sentence, by comparing words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import mean

from assistant.text.wording import normalise_answer

Figure = tuple[float, int]


def average(values: Sequence[float]) -> Figure:
    return (mean(values) if values else 0.0), len(values)


def share(part: int, of: int) -> Figure:
    """``part / of``, 0 to 1 (0 if ``of`` is 0), and ``of``."""
    return (part / of if of else 0.0), of


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


def holds_answer(text: str, answers: Iterable[str]) -> bool:
    """Whether one of the already normalised ``answers`` occurs in ``text`` as whole words."""
    words = f" {normalise_answer(text)} "
    return any(f" {answer} " in words for answer in answers if answer)


def holds_sentence(text: str, sentences: Iterable[str]) -> bool:
    """Whether one of the ``sentences`` occurs in ``text`` verbatim, ignoring differences in white space."""
    squeezed = squeeze(text)
    return any(sentence in squeezed for sentence in map(squeeze, sentences) if sentence)


def squeeze(text: str) -> str:
    return " ".join(text.split())


def first_words(text: str, count: int) -> str:
    return " ".join(text.split()[:count])
