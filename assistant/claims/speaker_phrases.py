"""Whether a phrase may name a speaker. Knows English word endings and a few closed lists; uses no model."""

from __future__ import annotations

import re

from assistant.claims.mentions import BODIES, OUTLETS, PEOPLE

_CLAUSE_BEFORE = re.compile(
    r"(?s:.*)(?:\b(?:that|when|while|whereas|until|because|after|before|whether|what|how|why|if|although|though|as|but)"
    r"|\b(?:said|says|saying|told|added))\s+(?=\S)"
)
"""What leads from one clause to the next: the subject of the next verb stands after the last of these."""

_EDGES = " ,–—-\n\t\xa0"
_NOT_LAST = frozenset(
    "and or but who which that whom then also now soon already however often still later had has who’ve who've".split()
)
_BEGINS_NO_SPEAKER = re.compile(
    r"(?:after|before|in|on|at|while|until|since|for|by|from|during|because|although|though|if|when|where|then|now"
    r"|instead|still|also|again|once|as|with|about|under|over|despite|following|amid|to|so|not|him|them|me|us|few"
    r"|respective|having|being|asked|speaking|citing|according|there|how|why|what|whether)\b(?![’'])",
    re.IGNORECASE,
)
_NO_SOURCE = frozenset("i we you my our your his her its their this that these those".split())
"""Words that name nobody, or the author of the article."""

_SPAN_OF_TIME = re.compile(
    r"(?:\w+\s)?(?:moments|minutes|hours|days|weeks|months|years|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    r"(?:\s(?:later|earlier|ago|before|after|morning|night|afternoon|evening))?$",
    re.IGNORECASE,
)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|did|does|will|would|could|can|should|won|sought|wrote|made|took|gave|went|came"
    r"|got|met|became|lost|saw|kept|paid|sent|brought|think|thinks|thought|knew|include|includes|become|becomes)\b|n['’]t\b"
    r"|\b[A-ZÀ-Þ][\w’'-]*\s(?!(?:un)?(?:named|called|based|elected|appointed|affiliated|associated)\b)(?:[a-z]+ly\s)?[a-z]+ed\b"
    r"|\b[a-z]+ed\s(?:him|her|them|it|everyone|that|this)\b|\bto\s(?:be|have|do|make|take|get|go|calm|win)\b"
)
_PARTICIPLE_FIRST = re.compile(r"[a-z-]+ing\b")
_NO_NOUN = re.compile(r"[a-z-]+(?:ly|ing|ive|ous|ful|less|able|ible|ical|ary|est)$")
_LONE = PEOPLE | BODIES | OUTLETS | frozenset(
    "police people men women he she they it we i one two three another others some many most both all none everyone "
    "nobody someone anyone who study survey poll report letter statement email memo lawsuit complaint document "
    "documents campaign team family staff crowd management company data media figures".split()
)  # fmt: skip


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without a clause before it and without a conjunction, relative pronoun or adverb at its end."""
    before = _CLAUSE_BEFORE.match(text[start:end])
    if before:
        start += before.end()
    phrase = text[start:end].rstrip(_EDGES)
    while (words := phrase.rsplit(maxsplit=1)) and words[-1] in _NOT_LAST:
        phrase = phrase[: -len(words[-1])].rstrip(_EDGES)
    return start, start + len(phrase)


def may_speak(phrase: str) -> bool:
    """Whether ``phrase`` may name a speaker: a noun phrase that is no time, adverb, participle or clause.

    >>> [may_speak(phrase) for phrase in ("two port officials", "Hours later", "rushed them inside", "then")]
    [True, False, False, False]
    """
    words = phrase.split()
    if not re.search(r"\w", phrase) or phrase.strip().casefold() in _NO_SOURCE:
        return False
    if _BEGINS_NO_SPEAKER.match(phrase) or _SPAN_OF_TIME.match(phrase) or _FINITE.search(phrase):
        return False
    if _PARTICIPLE_FIRST.match(phrase) or re.search(r"['’]s$", phrase):
        return False
    return len(words) > 1 or not words[0].islower() or _may_stand_alone(words[0])


def _may_stand_alone(word: str) -> bool:
    return word in _LONE or (word.endswith("s") and not _NO_NOUN.match(word))
