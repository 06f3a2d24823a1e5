"""The two sides that a question compares: "the union" and "the authority", "Mack" and "Zara Rutherford"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answering.evidence import Evidence
from assistant.answering.names_asked import is_outlet
from assistant.answering.selection import SAYING
from indexes.search.analysis import stems

_ARTICLE = re.compile(r"^the\s+", re.IGNORECASE)
_LONGEST = 8
"""A side of more words is a clause that was split in the wrong place."""

_VERSUS = r"\s+(?:vs?\.?|versus|against|compared\s+(?:to|with))\s+"
_TWO = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^\W*(?:compare\s+)?(?P<one>.+?){_VERSUS}(?P<other>.+?)(?P<on>\s+(?:on|over|about|in|regarding)\s+.+)?\W*$",
        r"\bcompar(?:e|ison\s+(?:of|between)|ing)\s+(?P<on>(?:what|how|the\s+\w+\s+(?:of|by|from))\s+)?"
        r"(?P<one>.+?)\s+(?:and|with|to)\s+(?P<other>.+?)(?:\s+(?:on|over|about|in|said?|says?|think|want)\b.*)?\W*$",
        r"\bdifferences?\s+between\s+(?P<one>.+?)\s+and\s+(?P<other>.+?)(?:\s+(?:on|over|about|in)\b.*)?\W*$",
        r"\bhow\s+(?:do(?:es)?|did|are|were)\s+(?P<one>.+?)\s+and\s+(?P<other>.+?)\s+(?:differ|disagree|compare)\b",
        r"\bwhere\s+do(?:es)?\s+(?P<one>.+?)\s+and\s+(?P<other>.+?)\s+(?:differ|disagree|stand)\b",
    )
]


@dataclass(frozen=True)
class Side:
    """One side: its name as typed, and the stems of it that the other side does not have."""

    name: str
    words: frozenset[str]


def sides(question: str) -> tuple[Side, ...]:
    """The two sides that ``question`` names; empty if it names none.

    >>> [side.name for side in sides("compare the union and the port authority on pay")]
    ['the union', 'the port authority']
    """
    for pattern in _TWO:
        match = pattern.search(question.strip())
        if match and all(0 < len(match[name].split()) <= _LONGEST for name in ("one", "other")):
            one, other = (frozenset(stems(match[name])) for name in ("one", "other"))
            if one - other and other - one:
                return Side(match["one"].strip(), one - other), Side(match["other"].strip(), other - one)
    return ()


def nearest_side(of: Sequence[Side], one: Evidence) -> Side | None:
    """The side whose words the sentence has more of, or, if it has none, its title; None where neither has more.

    A side that is an outlet has that outlet's sentences. What somebody says is not given to a side by its title: it may
    be the other side that speaks.
    """
    outlet = one.hit.article.outlet
    for side in of:
        if outlet and is_outlet(_ARTICLE.sub("", side.name), outlet):
            return side
    for text in (one.text,) if SAYING.search(one.text) else (one.text, one.hit.article.title):
        held = {*stems(text)}
        shares = [len(side.words & held) / len(side.words) for side in of]
        best = max(shares, default=0.0)
        if best:
            return of[shares.index(best)] if shares.count(best) == 1 else None
    return None
