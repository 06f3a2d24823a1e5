"""The numbers, weekdays and months in a text, normalised so that equal ones compare equal."""

from __future__ import annotations

import re
from collections.abc import Iterator

_UNITS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), start=3
    )
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000, "trillion": 10**12}
_SHORT = {"k": 1_000, "m": 1_000_000, "mn": 1_000_000, "bn": 1_000_000_000, "b": 1_000_000_000}
_OTHERS = {
    "dozen": 12.0,
    "twice": 2.0,
    "double": 2.0,
    "doubled": 2.0,
    "half": 0.5,
    "quarter": 0.25,
    "triple": 3.0,
    "tripled": 3.0,
}
_AND_A_HALF = re.compile(r"\ba\s+\w+\s+and\s+a\s+half\b|\b(?:a\s+)?quarter\s+of\s+a\s+year\b", re.IGNORECASE)
_TOKEN = re.compile(r"\d{1,2}:\d{2}|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[A-Za-z]+", re.IGNORECASE)
_DAYS = re.compile(r"\b(mon|tues|wednes|thurs|fri|satur|sun)day", re.IGNORECASE)
_RELATIVE = re.compile(
    r"\b(?:next|last|this)\s+(?:week|month|year|spring|summer|autumn|fall|winter)\b|\b(?:tomorrow|yesterday)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\b(?:the|other|these|those|all|both)\s+(?:other\s+)?(?:two|three|four)\b", re.IGNORECASE)
"""Counts of things already named, "the two leaders", which state no new number."""

_MONTHS = re.compile(
    r"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?\b\.?(?=\W|$)"
)


def figures(text: str, counted: bool = False) -> set[float]:
    """All numbers in ``text``, in figures or words: "7 billion" and "$7bn" are 7e9, "twenty-five" is 25.

    A time of day, 11:20, is 1120. "One" alone is skipped, as it is often a pronoun. With ``counted``, so is
    "the two".
    """
    return set(_values(_COUNTED.sub(" ", text) if counted else text))


def _values(text: str) -> Iterator[float]:
    words = [match[0].replace(",", "").casefold() for match in _TOKEN.finditer(_AND_A_HALF.sub(" ", text))]
    at = 0
    while at < len(words):
        value, used = _number(words[at:])
        if used:
            if not (used == 1 and words[at] in ("one", "second", "may", "a")):
                yield value
            at += used
        else:
            at += 1


def _number(words: list[str]) -> tuple[float, int]:
    """The number that ``words`` begin with and how many words it takes up; 0 words if there is none."""
    first = words[0]
    if ":" in first:
        return float(first.replace(":", "")), 1
    if first[0].isdigit():
        return _scaled(float(first), words, 1)
    if first in _TENS:
        if (
            len(words) > 1
            and (words[1] in _UNITS or words[1] in _ORDINALS)
            and 0 < (low := _UNITS.get(words[1], _ORDINALS.get(words[1], 0))) < 10
        ):
            return _scaled(float(_TENS[first] + low), words, 2)
        return _scaled(float(_TENS[first]), words, 1)
    if first in _UNITS:
        return _scaled(float(_UNITS[first]), words, 1)
    if first in _ORDINALS:
        return float(_ORDINALS[first]), 1
    if first in _OTHERS:
        return _OTHERS[first], 1
    return 0.0, 0


def _scaled(value: float, words: list[str], used: int) -> tuple[float, int]:
    while used < len(words) and (words[used] in _SCALES or (words[used] in _SHORT and words[used - 1][-1:].isdigit())):
        value *= _SCALES.get(words[used]) or _SHORT[words[used]]
        used += 1
    return value, used


def days_and_months(text: str) -> set[str]:
    """The weekdays and months named, abbreviated ("mon", "jun"), and "next week". "May" counts only capitalised."""
    days = {match[1].casefold()[:3] for match in _DAYS.finditer(text)}
    capitals = re.sub(r"\b[a-z]\w*", " ", text)
    days |= {" ".join(match[0].casefold().split()) for match in _RELATIVE.finditer(text)}
    return days | {match[1] for match in _MONTHS.finditer(capitals.casefold())}
