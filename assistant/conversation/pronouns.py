"""Finds the pronouns of a question that refer to something outside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.claims.mentions import BODIES, Person

_PRONOUN = re.compile(
    r"\b(?:(?P<he>he|him|his)|(?P<she>she|her|hers)|(?P<they>they|them|their|theirs)|(?P<it>it|its))\b", re.IGNORECASE
)
_EXPLETIVE = re.compile(
    r"\b(?:does|did|do|would|will|could)\s+it\s+(?:take|happen|come\s+about|mean|matter|rain|snow)\b"
    r"|\b(?:is|was|isn['’]t|wasn['’]t)\s+it\s+"
    r"(?:true|right|possible|likely|clear|safe|legal|raining|snowing|worth|the\s+case)\b",
    re.IGNORECASE,
)
"""An "it" that refers to nothing: "is it true that …"."""

_PLURAL_BEFORE = re.compile(r"\b(?:the|those|these|many|some|other|which|what)\s+(?:\w+\s+){0,2}\w+s\b", re.IGNORECASE)
_SOMEONE_BEFORE = re.compile(r"\b(?:the|an?|this|that|every|each)\s+\w+", re.IGNORECASE)
_OWNER_BEFORE = {
    "he": _SOMEONE_BEFORE,
    "she": _SOMEONE_BEFORE,
    "they": _SOMEONE_BEFORE,
    "it": re.compile(r"\b(?:did|does|do|is|are|was|were|has|have|had|will)\s+\w{4,}", re.IGNORECASE),
}
"""What owns "his plan" in "Why did the minister defend his plan?": whoever the question itself mentions before."""

_OWNER = frozenset(("his", "hers", "their", "theirs", "its"))
_NOT_OWNED = re.compile(
    r"\s+(?:in|on|at|to|for|about|when|why|and|after|before|then|with|from|by|is|was)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Pronoun:
    """``question[start:end]``; ``kind`` is he, she, it or they. ``owns``: it means "his", not "him"."""

    kind: str
    start: int
    end: int
    owns: bool


def unresolved(question: str, named: Sequence[Person]) -> Iterator[Pronoun]:
    """The first pronoun of each kind that refers to nothing before it in ``question``, which names ``named``."""
    seen = set[str]()
    masked = _EXPLETIVE.sub(lambda match: "_" * len(match[0]), question)
    for match in _PRONOUN.finditer(masked):
        kind = str(match.lastgroup)
        if kind in seen or _resolved(kind, question[: match.start()], named):
            continue
        owns = _owns(match[0].lower(), question[match.end() :])
        if owns and _OWNER_BEFORE[kind].search(question[: match.start()]):
            continue
        seen.add(kind)
        yield Pronoun(kind, match.start(), match.end(), owns)


def _resolved(kind: str, before: str, named: Sequence[Person]) -> bool:
    """Whether the question itself says, before the pronoun, whom or what it means."""
    earlier = [one for one in named if one.places[0] < len(before)]
    if kind in ("he", "she"):
        return any(one.words[-1] not in BODIES and one.gender in ("", kind) for one in earlier)
    if kind == "they" and _PLURAL_BEFORE.search(before):
        return True
    return any(not one.is_evidently_a_person for one in earlier)


def _owns(word: str, after: str) -> bool:
    if word == "her":
        return bool(re.match(r"\s+\w", after)) and not _NOT_OWNED.match(after)
    return word in _OWNER
