"""How words are put: sentences, one line, and when two wordings of an answer are the same answer."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

from indexes.types.errors import DatabaseUnusable, OnRecordError

_NAME_OF_A_THING = re.compile(r"[:/.@_=\\\d]|^-|[^\W\d_].*[A-Z]")
"""What stands in an address, a path, a file's name, an option or an id, and in no word that begins a sentence."""


def capitalised(text: object) -> str:
    """As it begins a line: "two people familiar with the matter" are Two people.

    A first word that names something to a machine stays as it is: an address, a path, a file, an option, an id.
    """
    words = str(text)
    first, *_ = words.split(maxsplit=1) or [""]
    if _NAME_OF_A_THING.search(first.rstrip(".,:;!?")):
        return words
    return words[:1].upper() + words[1:]


def told(error: OnRecordError) -> str:
    """An error as whoever asks is told it, in a sentence. Where the database is, is the operator's business."""
    if isinstance(error, DatabaseUnusable):
        return "The database cannot be used at the moment. Try again shortly; details are in the server log."
    return sentence(error)


def sentence(text: object) -> str:
    """As it stands alone: with a large letter first and a full stop, unless it has an end of its own."""
    words = capitalised(text)
    return words + ("" if words.endswith((".", "!", "?")) else ".")


_QUESTION_WORD = re.compile(
    r"^\W*(?:who|whom|whose|what|which|when|where|why|how|did|does|do|is|are|was|were|has|have|had|will|would|can|could"
    r"|should|in|on|at|by|for|with|from|and|but|or|any|tell|so|the|if|of|after|before|during|besides)\b",
    re.IGNORECASE,
)


def lower_first(question: str) -> str:
    """The question with its first word in lower case if it is one whose capital does not mark a name.

    >>> lower_first("Did Oskeld call?")
    'did Oskeld call?'
    """
    return _QUESTION_WORD.sub(lambda match: match[0].lower(), question)


def listed(names: Sequence[str], word: str = "or") -> str:
    """The names in a sentence: "Oskeld, Corvane or Verrin".

    >>> listed(["Oskeld", "Corvane"], "and")
    'Oskeld and Corvane'
    """
    return f" {word} ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def on_one_line(text: str) -> str:
    """With single spaces for whatever white space is between its words."""
    return " ".join(text.split())


QUOTATION = r"(?<!\w)[“\"'‘].+?[”\"'’](?!\w)"
"""A pattern of what stands in quotation marks, with them."""

_QUOTATIONS = re.compile(QUOTATION)


def quotations_masked(text: str) -> str:
    """The text with a mark for each character in quotation marks, so that places stay and words in it are not read.

    >>> quotations_masked("mention 'a or b' or c")
    'mention ““““““““ or c'
    """
    return _QUOTATIONS.sub(lambda quoted: "“" * len(quoted[0]), text)


_ARTICLES = re.compile(r"\b(a|an|the)\b")
# SQuAD's rule knows ASCII only; print uses other quotation marks and dashes for the same.
_TYPOGRAPHY = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": " "})
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise_answer(text: str) -> str:
    """SQuAD's normalisation (Rajpurkar et al., EMNLP 2016): lower case, no punctuation, no a/an/the, single spaces.

    Typographic quotation marks and en dashes count as their ASCII fellows, an em dash as a space.
    """
    plain = text.lower().translate(_TYPOGRAPHY).translate(_PUNCTUATION)
    return on_one_line(_ARTICLES.sub(" ", plain))
