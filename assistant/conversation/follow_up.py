"""Rewrites a follow-up question so that it stands alone: pronouns become names, and ellipses get their context.

Works by rule on the earlier turns' questions, short answers and cited sentences. Uses no model and adds only words from
those turns. The work is linear in the text used, which is bounded.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.claims.mentions import Mentions, Person
from assistant.types.turns import MOST_TURNS, PriorTurn, Remembered, shortened

_LEADING = re.compile(
    r"^\s*(?:and|but|or|so|also|then|ok(?:ay)?|what\s+about|how\s+about|who\s+else|what\s+else)\b", re.IGNORECASE
)
_PRONOUN = re.compile(
    r"\b(?:he|she|him|her|his|hers|they|them|their|theirs|it|its|there|then|this|these|those|that|ones?)\b",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"\b(?:is|are|was|were|will|has|have|had|be|been)\s+there\b|\bthere\s+(?:is|are|was|were|will|has|have|had|be)\b"
    r"|\b(?:said?|says?|told|claims?|claimed|thinks?|believes?|confirmed|denied|warned|know|true|sure|report(?:ed|s)?)\s+that\b"
    r"|\bthat\s+(?:the|an?|he|she|it|they|no|[A-Z])|\w{1,40}\s+that\s+(?:was|were|is|are|had|has|have)\b|\bhow\s+long\s+does\s+it\s+take\b|\bis\s+it\s+(?:true|right)\b",
)
_SOMEONE = re.compile(r"\b(?:he|she|him|her|his|hers)\b", re.IGNORECASE)
_CALLED = {"him": "he", "his": "he", "her": "she", "hers": "she"}
_NOT_OWNED = re.compile(r"\s+(?:in|on|at|to|for|about|when|why|and|after|before|then)\b")


class EarlierTurns:
    """The latest turns of a conversation, oldest first, as many as are used. Names are extracted from each once."""

    def __init__(self, turns: Sequence[PriorTurn] = ()) -> None:
        self._heard = deque[_Heard](maxlen=MOST_TURNS)
        for turn in turns[-MOST_TURNS:]:
            self.add(turn)

    def __iter__(self) -> Iterator[Remembered]:
        return (heard.turn for heard in self._heard)

    def add(self, turn: PriorTurn) -> None:
        """Adds a turn, and drops the oldest if there are too many."""
        self._heard.append(_Heard(shortened(turn)))

    def follow_up(self, question: str) -> str:
        """``question`` as it should be searched after these turns; unchanged if it stands alone."""
        if not self._heard or stands_alone(question):
            return question
        named = self._with_names(question)
        if named != question and not _LEADING.match(question):
            return named
        return f"{_context(self._heard[-1].turn)} {named}"

    def _with_names(self, question: str) -> str:
        """The question with its first "he" or "she" replaced by a name, where it can be resolved."""
        match = _SOMEONE.search(question)
        if match is None:
            return question
        word = match[0].lower()
        person = next((one for one in self._people() if one.may_be(_CALLED.get(word, word))), None)
        if person is None:
            return question
        after = question[match.end() :]
        owns = word in ("his", "hers") or (
            word == "her" and re.match(r"\s+[a-z]", after) and not _NOT_OWNED.match(after)
        )
        return question[: match.start()] + person.name + ("'s" if owns else "") + after

    def _people(self) -> Iterator[Person]:
        """The people mentioned, most recent first."""
        for heard in reversed(self._heard):
            yield from heard.people


@dataclass(frozen=True)
class _Heard:
    """A turn and the people it mentions."""

    turn: Remembered

    @cached_property
    def people(self) -> tuple[Person, ...]:
        return tuple(_people(self.turn))


def follow_up(question: str, turns: Sequence[PriorTurn]) -> str:
    """``question`` as it should be searched after ``turns``; unchanged if it stands alone."""
    return EarlierTurns(turns).follow_up(question)


def stands_alone(question: str) -> bool:
    """Whether the question refers to nothing outside it: it has a name and no unresolved pronoun."""
    if _LEADING.match(question):
        return False
    first_name = min((person.places[0] for person in Mentions(_without_first(question)).named), default=None)
    if first_name is None:
        return False
    pronouns = _PRONOUN.finditer(_EXPLETIVE.sub(lambda m: "_" * len(m[0]), question))
    return all(first_name < pronoun.start() for pronoun in pronouns)


def _context(last: Remembered) -> str:
    asked = last.searched.rstrip(" ?.!") + "?"
    return f"{asked} {last.short.rstrip('.')}." if last.short else asked


def _people(turn: Remembered) -> Iterator[Person]:
    """The people mentioned: in the short answer, then in the question, then in the first cited sentence."""
    short = turn.short or ""
    told = Mentions("\n".join(turn.told))
    for text in (short, turn.searched, *turn.told[:1]):
        named = [told.person(one.name) or one for one in Mentions(_without_first(text)).named]
        yield from (one for one in named if one.is_person)
        if text is short:
            yield from (one for one in named if len(one.words) == 1 and not one.is_body)


def _without_first(question: str) -> str:
    """The question with its first word in lower case if it is a question word, whose capital does not mark a name."""
    return re.sub(
        r"^\W*(?:who|whom|whose|what|which|when|where|why|how|did|does|do|is|are|was|were|has|have|had|will|would|can|could|should|in|on|at|by|for|with|from|and|but|or)\b",
        lambda m: m[0].lower(),
        question,
        flags=re.IGNORECASE,
    )
