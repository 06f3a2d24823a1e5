"""Whom and what a conversation is about: the names in its turns, weighed by how lately and how prominently they occur.

The weights were set on every second conversation of CANARD and are flat around their values; docs/log.md has them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.claims.mentions import BODIES, Mentions, Person
from assistant.reader.phrases import NO_NAME
from assistant.text.wording import lower_first
from assistant.types.turns import Remembered

_EARLIER = 0.6
"""What a turn weighs beside the one after it."""

_ASKED, _SHORT, _TOLD = 1.3, 1.0, 0.5
_WHO = 1.6
"""What the short answer weighs where the question was who: then the talk is of that person."""

_NOT_FIRST = 0.6
_AFTER_PLACE = re.compile(
    r"\b(?:in|at|near|outside|around|across|over|towards?|from|into|during)\s(?:the\s)?$", re.IGNORECASE
)
_ASKS_WHO = re.compile(r"^\W*(?:and\s+|but\s+|so\s+)?(?:who|which\s+\w+)\b", re.IGNORECASE)
_NO_HEAD = frozenset("article first time best most other same next last".split())
_ENDS_PHRASE = frozenset(
    "in on at of for to by with from was were is are did does do has have had will would can could and or that which "
    "who after before during about as he she they we you i it his her their its get become happen".split()
)
_DEFINITE = re.compile(r"\b(?:the|this|that|these|those)\s+(?=((?:[\w’'-]+\s*){1,3}))", re.IGNORECASE)


@dataclass(frozen=True)
class Heard:
    """A turn and the names in it, found once."""

    turn: Remembered

    @cached_property
    def names(self) -> tuple[tuple[Person, float, bool], ...]:
        """Each name with its weight, and whether it occurs as a place does: "in Port Lasko"."""
        parts = (lower_first(self.turn.searched), self.turn.short or "", "\n\n".join(self.turn.told))
        text = "\n\n".join(parts)
        asked = len(parts[0])
        short = asked + len("\n\n") + len(parts[1])
        answer = _WHO if _ASKS_WHO.match(parts[0]) else _SHORT
        regions = ((_ASKED, 0, asked), (answer, asked, short), (_TOLD, short, len(text)))
        named = Mentions(text).named
        weights = [0.0] * len(named)
        for weight, start, end in regions:
            first = True
            for _, n in sorted((p, n) for n, one in enumerate(named) for p in one.places if start <= p < end):
                weights[n] += weight * (1.0 if first else _NOT_FIRST)
                first = False
        return tuple(
            (one, weight, any(_AFTER_PLACE.search(text[max(0, place - 14) : place]) for place in one.places))
            for one, weight in zip(named, weights, strict=True)
        )


def referent(kind: str, heard: Sequence[Heard]) -> str:
    """The name or phrase that the pronoun ``kind`` (he, she, it, they) most likely means; empty if there is none."""
    if kind in ("it", "they") and heard:
        thing = _thing(heard[-1].turn, plural=kind == "they")
        if thing:
            return thing
    found = [(_suits(kind, one, within) * weight, one) for one, weight, within in _salient(heard)]
    weight, person = max(found, key=lambda pair: pair[0], default=(0.0, None))
    return person.name if person is not None and weight > 0 else ""


def subject(heard: Sequence[Heard]) -> str:
    """The name that the conversation is most about; empty if there is none that is not a mere place."""
    found = [(weight, one.name) for one, weight, within in _salient(heard) if not within]
    return max(found, default=(0.0, ""))[1] if found and max(found)[0] >= 1 else ""


def _salient(heard: Sequence[Heard]) -> list[tuple[Person, float, bool]]:
    """All names of the turns with their weights added up, a surname with the full name it belongs to."""
    found = list[tuple[Person, float, bool]]()
    for age, one in enumerate(reversed(heard)):
        for person, weight, within in one.names:
            if all(word in NO_NAME for word in person.words):
                continue
            weight *= _EARLIER**age
            n = next((n for n, (known, _, _) in enumerate(found) if _alike(known.words, person.words)), None)
            if n is None:
                found.append((person, weight, within))
            else:
                known, so_far, also = found[n]
                found[n] = (_merged(known, person), so_far + weight, also or within)
    return found


def _suits(kind: str, one: Person, within: bool) -> float:
    """How well a pronoun suits a name: 0 if it cannot mean it."""
    if kind in ("he", "she"):
        if one.is_body or one.gender not in ("", kind):
            return 0.0
        return (0.2 if within else 1.0) * (1.5 if one.gender == kind else 1.0) * (0.5 if len(one.words) > 3 else 1.0)
    if kind == "it":
        return 0.0 if one.is_evidently_a_person else 1.0
    worth = 0.5 if one.is_evidently_a_person or one.is_place else 1.0
    return worth * (0.2 if within else 1.0) * (1.3 if one.is_body else 1.0)


def _alike(one: list[str], other: list[str]) -> bool:
    short, long = sorted((one, other), key=len)
    return bool(short) and (long[-len(short) :] == short or long[: len(short)] == short)


def _merged(one: Person, other: Person) -> Person:
    fuller = max(one.name, other.name, key=len)
    return Person(
        fuller, one.roles | other.roles, one.places + other.places, one.hes + other.hes, one.shes + other.shes,
        one.within + other.within, one.reports or other.reports,
    )  # fmt: skip


def _thing(last: Remembered, plural: bool) -> str:
    """What the last question calls "the …", one thing or several: "the bridge" of "When did the bridge open?".

    Where the phrase ends is taken from the answer, which usually has it too.
    """
    told = " ".join([last.short or "", *last.told]).casefold()
    found = ""
    for match in _DEFINITE.finditer(last.searched):
        words = match[1].split()
        end = next((n for n, word in enumerate(words) if word.casefold() in _ENDS_PHRASE), None)
        words = words[:end]
        while len(words) > 1 and end is None and " ".join(words).casefold() not in told:
            words.pop()
        if words and words[-1].casefold() not in _NO_HEAD and plural == _is_plural(words[-1].casefold()):
            found = f"the {' '.join(words)}"
    return found


def _is_plural(word: str) -> bool:
    return (word.endswith("s") and not word.endswith("ss")) or word in BODIES
