"""Splits "When did it open, and who paid for it?" into the questions that it asks."""

from __future__ import annotations

import re

MOST = 3
_WORD = r"(?:who|whom|whose|what|which|when|where|why|how)"
_AUXILIARY = r"(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could|should|may|must)"
_SUBJECT = (
    r"(?:he|she|it|they|there|the|an?|this|that|these|those|his|her|its|their|any\w*|some\w*|every\w*|no\w*|[A-Z]\w*)"
)
_START = (
    rf"(?:(?:(?:in|on|at|to|for|from|by|with|since|until|of|about)\s+)?{_WORD}(?:['’](?:s|re|d|ll))?"
    rf"|{_AUXILIARY}\s+(?-i:{_SUBJECT}))\b"
)
_BETWEEN = re.compile(
    rf"\s*(?:[?;]+|[,;]?\s+(?:and(?:\s+also)?|&|plus)\s)\s*(?={_START})|\s*,\s+(?=(?:what|why|how)\s+{_AUXILIARY}\b)",
    re.I,
)
_ASKS_ALONE = re.compile(rf"^\W*(?:(?:and|so|ok|please)\s+)*{_START}", re.IGNORECASE)
_SAID_THAT = re.compile(
    r"\b(?:know|knows|explain|tell|told|ask|asks|asked|remember|describe|about|of|who|what|which|when"
    r"|where|why|how)\W*$",
    re.IGNORECASE,
)

_WHO = re.compile(r"\W*who\b", re.IGNORECASE)
_WHAT_THEY_SAID = re.compile(
    r"(?:what|how)\s+(?:did|do|does|have|has)\s+(?:he|she|they|it)\s+(?:say|said|react|respond|put\s+it|argue)\b", re.I
)
"""Asks for the statements of those whom the question before it asks for: both want the same sentences."""


def parts(question: str) -> list[str]:
    """The questions in ``question``, in order, at most three; itself where it asks one thing."""
    found, start = list[str](), 0
    for match in _BETWEEN.finditer(question):
        before = question[start : match.start()]
        if not _ASKS_ALONE.match(before) or _SAID_THAT.search(before) or len(before.split()) < 2:
            continue
        if _WHO.match(before) and _WHAT_THEY_SAID.match(question, match.end()):
            continue
        rest = question[match.end() :].split()
        if len(rest) < 2 and not re.match(rf"{_WORD}\b", " ".join(rest), re.IGNORECASE):
            continue
        found.append(before)
        start = match.end()
        if len(found) == MOST - 1:
            break
    found.append(question[start:])
    return [f"{part.strip().rstrip('?.!,; ')}?" for part in found] if len(found) > 1 else [question]
