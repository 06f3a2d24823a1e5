"""Whether a text holds an answer or a sentence. Compares words, understands nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import mean

from assistant.text.wording import normalise_answer, on_one_line

Figure = tuple[float, int]


def average(values: Sequence[float]) -> Figure:
    return (mean(values) if values else 0.0), len(values)


def share(part: int, of: int) -> Figure:
    """0 to 1."""
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
    """Whether one of the ``answers``, normalised already, stands in ``text`` as whole words."""
    words = f" {normalise_answer(text)} "
    return any(f" {answer} " in words for answer in answers if answer)


def holds_sentence(text: str, sentences: Iterable[str]) -> bool:
    """Whether one of the ``sentences`` stands in ``text`` verbatim, whatever its white space."""
    squeezed = on_one_line(text)
    return any(sentence in squeezed for sentence in map(on_one_line, sentences) if sentence)


def first_words(text: str, count: int) -> str:
    return " ".join(text.split()[:count])
