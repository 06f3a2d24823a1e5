"""Text analysis for keywords: the same for the index, for questions and for scoring."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

STOP_WORDS = frozenset(
    "a about above after again against all also am an and any are as at be because been before being below "
    "between both but by can could did do does doing down during each few for from further had has have having he "
    "her here hers herself him himself his how i if in into is it its itself just me more most my myself no nor "
    "not now of off on once only or other our ours ourselves out over own same she should so some such than that "
    "the their theirs them themselves then there these they this those through to too under until up very was we "
    "were what when where which while who whom whose why will with would you your yours yourself yourselves s t".split()
)


def stems(text: str) -> list[str]:
    """The stems of ``text`` without stop words, in order, as stored in the index.

    Lower-cased, accents folded, stemmed with the English Snowball stemmer. If all words are stop words, they are kept.
    """
    return list(text_analyzer().analyze(text)) or all_stems(text)


def all_stems(text: str) -> list[str]:
    """The same with its stop words, so that words next to each other here are so in the text."""
    return list(_with_stop_words().analyze(text))


def has_in_a_row(text: str, phrase: Sequence[str]) -> bool:
    """Whether the stems of ``phrase`` (see :func:`all_stems`) stand next to each other in ``text``, in this order."""
    return f" {' '.join(phrase)} " in f" {' '.join(all_stems(text))} "


@cache
def _with_stop_words() -> Any:
    return _analyzer(())


@cache
def text_analyzer() -> Any:
    return _analyzer(tuple(sorted(STOP_WORDS)))


def _analyzer(stop_words: tuple[str, ...]) -> Any:
    from tantivy import Filter as Step
    from tantivy import TextAnalyzerBuilder, Tokenizer

    builder = TextAnalyzerBuilder(Tokenizer.simple())
    for step in (Step.remove_long(80), Step.lowercase(), Step.ascii_fold()):
        builder = builder.filter(step)
    if stop_words:
        builder = builder.filter(Step.custom_stopword(list(stop_words)))
    return builder.filter(Step.stemmer("english")).build()
