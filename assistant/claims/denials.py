"""Words that deny something, and words that decline to comment, wherever they stand. Knows nothing of speakers."""

from __future__ import annotations

import re

_FALSE = re.compile(
    r"\b(?:false|untrue|fabricat\w+|invented|nonsense|baseless|groundless|a\s+lie|lies|fiction|unfounded"
    r"|without\s+(?:foundation|basis)|no\s+truth|not\s+true|never\s+happened"
    r"|(?:did|does)\s+not\s+(?:happen|take\s+place|exist)|there\s+(?:was|were|is|has\s+been)\s+no"
    r"|nothing\s+of\s+the\s+(?:kind|sort)|not\s+guilty|no\s+such|not\s+one\s+of|that\s+is\s+(?:absurd|ridiculous|rubbish)"
    r"|(?:claims?|reports?|allegations?|accusations?|figures?|account)\s+(?:[\w’'-]+\s+){0,9}?(?:was|were|is|are)"
    r"\s+(?:\w+ly\s+)?(?:wrong|incorrect|inaccurate)"
    r"|none\s+of\s+(?:its|his|her|their|our|them|us|the))\b",
    re.IGNORECASE,
)
_NOT_TOLD = re.compile(
    r"\b(?:was|were|is|are|has|have|had|been)(?:\s+(?:not|never)|n['’]t)\s+(?:\w+ly\s+)?(?:been\s+)?"
    r"(?:informed|told|notified|consulted|briefed|aware)\b|\b(?:was|were)\s+unaware\b|\bno\s+knowledge\s+of\b",
    re.IGNORECASE,
)
"""Who was not informed denies that they were."""

_NOT_I = re.compile(
    r"^\W*(?:[Nn]obody|[Nn]o one)\s+(?:was|were|has|had|ever|told|asked)\b"
    r"|\b(?:I|[Ww]e)\s+(?:did\s+not|didn['’]t|never|have\s+never|had\s+nothing\s+to\s+do|did\s+nothing\s+wrong)\b"
)
"""Denials in the first person, which count only inside a quotation."""

_CANNOT = re.compile(
    r"\b(?:cannot|can['’]t|could\s+not|will\s+not|won['’]t|would\s+not)\s+(?:comment|discuss|be\s+drawn)\b"
)


_TELLING = re.compile(r"\b(?:informed|told|notified|consulted|briefed|unaware|aware|no\s+knowledge)\b", re.IGNORECASE)


def is_of_being_told(what: str) -> bool:
    """Whether the words are about somebody being informed, which is another matter than what they are informed of."""
    return bool(_TELLING.search(what))


def denies(what: str, quoted: bool = False) -> bool:
    """Whether the words deny something; ``quoted`` words may also do so in the first person."""
    return bool(_FALSE.search(what) or _NOT_TOLD.search(what) or (quoted and _NOT_I.search(what)))


def declines(what: str) -> bool:
    """Whether the words decline to comment: "he could not comment"."""
    return bool(_CANNOT.search(what))
