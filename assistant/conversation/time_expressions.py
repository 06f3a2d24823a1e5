"""Turns time expressions in a question ("last week", "on Monday") into days and a filter.

Handles only expressions relative to today: a full date is more often about an event than about when an article
appeared.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from indexes.types.filters import Filter

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = tuple(name.lower() for name in calendar.month_name)
_NUMBERS = {
    word: n for n, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), start=1)
} | {"couple of": 2, "few": 3}


@dataclass(frozen=True)
class Said:
    """A time expression as it appears in a question, and the days it covers, both inclusive."""

    words: str
    since: date
    until: date

    @property
    def filter(self) -> Filter:
        return Filter(since=self.since, until=self.until)

    def __str__(self) -> str:
        days = (
            f"{self.since:%-d %B %Y}"
            if self.since == self.until
            else f"{self.since:%-d %B %Y} to {self.until:%-d %B %Y}"
        )
        return f"“{self.words}”: {days}"


def time_said(question: str, today: date) -> Said | None:
    """The first time expression in ``question`` that covers ``today`` or days before it, or None."""
    for pattern, days in _PATTERNS:
        match = pattern.search(question)
        if match:
            span = days(match, today)
            if span is not None:
                return Said(" ".join(match[0].split()), span[0], min(span[1], today))
    return None


def is_open(question: str) -> bool:
    """Whether a question asks for nothing but what happened in some days: "what happened last week?"."""
    for pattern, _ in _PATTERNS:
        question = pattern.sub(" ", question)
    return set(re.findall(r"[^\W\d_]+", question.casefold())) <= _OPEN


_OPEN = frozenset(
    "what s is was were has have had been the there any in on for from of and happened happening happen did do went "
    "going new news latest about us we our articles stories reported report tell me anything something".split()
)

Span = tuple[date, date]


def _day(back: int) -> Callable[[re.Match[str], date], Span]:
    return lambda match, today: (today - timedelta(back), today - timedelta(back))


def _weekday(match: re.Match[str], today: date) -> Span:
    """The latest such weekday, and the day after, whose articles may report it."""
    back = (today.weekday() - _DAYS.index(match["day"].lower())) % 7
    day = today - timedelta(back)
    return (day, today) if match["since"] else (day, day + timedelta(1))


def _unit(match: re.Match[str], today: date) -> Span:
    back, unit = match["which"].lower() in ("last", "past", "previous"), match["unit"].lower()
    if unit == "week":
        monday = today - timedelta(today.weekday() + 7 * back)
        return monday, monday + timedelta(6)
    if unit == "weekend":
        saturday = today - timedelta((today.weekday() - 5) % 7 + (7 if back and today.weekday() < 5 else 0))
        return saturday, saturday + timedelta(1)
    if unit == "month":
        first = (today.replace(day=1) - timedelta(1 if back else 0)).replace(day=1)
        return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return date(today.year - back, 1, 1), date(today.year - back, 12, 31)


def _last_few(match: re.Match[str], today: date) -> Span | None:
    if match["one"] and not re.search(r"\bpast\b", match[0], re.I):
        return None  # "the last week" is a week of the calendar
    said = " ".join((match["n"] or "one").lower().split())
    n = _NUMBERS.get(said) or (int(said) if said.isdigit() else 0)
    days = n * {"day": 1, "week": 7, "month": 30, "year": 365}[(match["unit"] or match["one"]).lower()]
    return (today - timedelta(days), today) if 0 < days < 36500 else None


def _month(match: re.Match[str], today: date) -> Span:
    month = _MONTHS.index(match["month"].lower())
    year = today.year - (month > today.month)
    first = date(year, month, 1)
    return first, today if match["since"] else date(year, month, calendar.monthrange(year, month)[1])


_WEEKDAY = rf"(?P<day>{'|'.join(_DAYS)})"
_MONTH = rf"(?P<month>{'|'.join(_MONTHS[1:])})"
_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Span | None]], ...] = (
    (
        re.compile(
            r"\b(?:in|over|during|within)?\s*the\s+(?:last|past)\s+(?:(?P<n>\d+|[a-z]+(?:\s+of)?)\s+(?P<unit>day|week|month|year)s|(?P<one>day|week|month|year))\b",
            re.I,
        ),
        _last_few,
    ),
    (re.compile(r"\b(?P<which>this|last|past|previous)\s+(?P<unit>weekend|week|month|year)\b", re.I), _unit),
    (re.compile(r"\btoday\b", re.I), _day(0)),
    (re.compile(r"\byesterday\b", re.I), _day(1)),
    (re.compile(rf"\b(?:(?P<since>since)|on|last|this|(?:from|of))\s+(?:last\s+)?{_WEEKDAY}\b", re.I), _weekday),
    (re.compile(rf"\b(?:(?P<since>since)|in|during|last)\s+(?:last\s+)?{_MONTH}\b(?!\s+\d)", re.I), _month),
)
