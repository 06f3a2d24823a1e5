"""When two wordings of an answer are the same answer."""

from __future__ import annotations

import re
import string

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
