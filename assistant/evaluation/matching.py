"""Whether a text holds an answer or a sentence. Compares words, understands nothing."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable

_ARTICLES = re.compile(r"\b(a|an|the)\b")
# SQuAD's rule knows ASCII only; print uses other quotation marks and dashes for the same.
_TYPOGRAPHY = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": " "})
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise_answer(text: str) -> str:
    """SQuAD's normalisation (Rajpurkar et al., EMNLP 2016): lower case, no punctuation, no a/an/the, single spaces.

    Typographic quotation marks and en dashes count as their ASCII fellows, an em dash as a space.
    """
    plain = text.lower().translate(_TYPOGRAPHY).translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", plain).split())


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
