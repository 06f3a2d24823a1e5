"""Whether a text holds an answer or a sentence. Compares words, understands nothing."""

from __future__ import annotations

from collections.abc import Iterable

from assistant.text.wording import normalise_answer


def holds_answer(text: str, answers: Iterable[str]) -> bool:
    """Whether one of the ``answers``, normalised already, stands in ``text`` as whole words."""
    words = f" {normalise_answer(text)} "
    return any(f" {answer} " in words for answer in answers if answer)


def holds_sentence(text: str, sentences: Iterable[str]) -> bool:
    """Whether one of the ``sentences`` stands in ``text`` verbatim, whatever its white space."""
    squeezed = squeeze(text)
    return any(sentence in squeezed for sentence in map(squeeze, sentences) if sentence)


def squeeze(text: str) -> str:
    return " ".join(text.split())


def first_words(text: str, count: int) -> str:
    return " ".join(text.split()[:count])
