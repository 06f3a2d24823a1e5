"""Wording: sentences out of error messages, and the normalised form in which equal answers are equal."""

from __future__ import annotations

import re
import string

from indexes.types.errors import DatabaseUnusable, OnRecordError

_NAME_OF_A_THING = re.compile(r"[:/.@_=\\\d]|^-|[^\W\d_].*[A-Z]")
"""Characters of addresses, paths, file names, options and ids that an ordinary first word does not have."""


def capitalised(text: object) -> str:
    """``text`` with a capital first letter: "two people familiar with the matter" becomes "Two people …".

    A first word that is an address, a path, a file name, an option or an id is left as it is.
    """
    words = str(text)
    first, *_ = words.split(maxsplit=1) or [""]
    if _NAME_OF_A_THING.search(first.rstrip(".,:;!?")):
        return words
    return words[:1].upper() + words[1:]


def told(error: OnRecordError) -> str:
    """An error as a sentence for the person asking. Database errors are reworded, as they say where the database is."""
    if isinstance(error, DatabaseUnusable):
        return "The database cannot be used at the moment. Try again shortly; details are in the server log."
    return sentence(error)


def sentence(text: object) -> str:
    """``text`` as a sentence: with a capital letter and a full stop, unless it has its own end mark."""
    words = capitalised(text)
    return words + ("" if words.endswith((".", "!", "?")) else ".")


_ARTICLES = re.compile(r"\b(a|an|the)\b")
# SQuAD's rule covers ASCII only; print uses typographic quotation marks and dashes.
_TYPOGRAPHY = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": " "})
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise_answer(text: str) -> str:
    """SQuAD's normalisation (Rajpurkar et al., EMNLP 2016): lower case, no punctuation, no a/an/the, single spaces.

    Typographic quotation marks and en dashes count as their ASCII equivalents, an em dash as a space.
    """
    plain = text.lower().translate(_TYPOGRAPHY).translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", plain).split())
