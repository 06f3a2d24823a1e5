"""Filters: which articles to search, by day, outlet, author and language; and the filter words in a question."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date

from indexes.types.errors import OnRecordError

_WORD = re.compile(r'(?<!\S)(since|until|source|author|language):("[^"]+"|\S+)', re.IGNORECASE)
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$")


class ImpossibleFilter(OnRecordError):
    """A filter that makes no sense, or that no article in the index can match. Seen by anyone who asks."""


@dataclass(frozen=True)
class Filter:
    """Conditions that an article must meet to be searched. An empty field is no condition.

    ``since`` and ``until`` are inclusive; an article without a date matches neither. It must match one of ``sources``
    and one of ``authors``. A source is an outlet's name or its domain. Case does not matter.
    """

    since: date | None = None
    until: date | None = None
    sources: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    language: str = ""

    def __post_init__(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise ImpossibleFilter(
                f"no day is both since {self.since} and until {self.until}. Swap them, or leave one out."
            )

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    def and_also(self, other: Filter) -> Filter:
        """Both filters combined: the days in both; for sources, authors and language, ``other`` takes precedence."""
        return Filter(
            since=max(filter(None, (self.since, other.since)), default=None),
            until=min(filter(None, (self.until, other.until)), default=None),
            sources=other.sources or self.sources,
            authors=other.authors or self.authors,
            language=other.language or self.language,
        )

    def __str__(self) -> str:
        days = [f"{name}:{day}" for name, day in (("since", self.since), ("until", self.until)) if day]
        names = [f"source:{_quoted(s)}" for s in self.sources] + [f"author:{_quoted(a)}" for a in self.authors]
        return " ".join([*days, *names, *([f"language:{self.language}"] if self.language else [])])

    @property
    def described(self) -> str:
        """In words: "from 1 May 2026 on, by Quay Chronicle"; empty if it lets every article through."""
        since, until = (f"{day:%-d %B %Y}" if day else "" for day in (self.since, self.until))
        days = f"from {since} to {until}" if since and until else f"from {since} on" if since else f"until {until}"
        names = [f"by {' or '.join(named)}" for named in (self.sources, self.authors) if named]
        language = [f"in language {self.language}"] if self.language else []
        return ", ".join([*([days] if since or until else []), *names, *language])


EVERYTHING = Filter()


def read_filter(question: str) -> tuple[str, Filter]:
    """The question without filter words, such as ``since:2024-05 source:bbc.co.uk author:"Jo Roe"``; and the filter.

    ``until:2024`` and ``until:2024-05`` mean until the end of that year or month.

    Raises:
        ImpossibleFilter: a day cannot be read, no day is in the range, or there is nothing but filter words.
    """
    found = EVERYTHING
    for word in _WORD.finditer(question):
        found = _with(found, word[1].lower(), word[2].strip('"'))
    if not found:
        return question, found
    words = " ".join(_WORD.sub(" ", question).split())
    if not words:
        raise ImpossibleFilter(f"there is no question besides {found}. Ask one in your own words.")
    return words, found


def filter_from(
    since: str = "", until: str = "", sources: Iterable[str] = (), authors: Iterable[str] = (), language: str = ""
) -> Filter:
    """The filter made of these values, with days as in :func:`read_filter`. Empty values are no condition.

    Raises:
        ImpossibleFilter: a day cannot be read, or no day is in the range.
    """
    return Filter(
        since=first_day(since) if since.strip() else None,
        until=last_day(until) if until.strip() else None,
        sources=tuple(filter(None, map(str.strip, sources))),
        authors=tuple(filter(None, map(str.strip, authors))),
        language=language.strip().lower(),
    )


def first_day(text: str) -> date:
    """The day that ``text`` names, or the first day of the month or year.

    Raises:
        ImpossibleFilter: it names none of these.
    """
    return _day(text, last=False)


def last_day(text: str) -> date:
    """The day that ``text`` names, or the last day of the month or year.

    Raises:
        ImpossibleFilter: it names none of these.
    """
    return _day(text, last=True)


def _with(found: Filter, name: str, value: str) -> Filter:
    if name == "since":
        return replace(found, since=first_day(value))
    if name == "until":
        return replace(found, until=last_day(value))
    if name == "language":
        return replace(found, language=value.lower())
    if name == "source":
        return replace(found, sources=(*found.sources, value))
    return replace(found, authors=(*found.authors, value))


def _day(text: str, last: bool) -> date:
    named = _DAY.match(text.strip())
    try:
        if named is None:
            raise ValueError
        year, month = int(named[1]), int(named[2] or (12 if last else 1))
        day = int(named[3] or (calendar.monthrange(year, month)[1] if last else 1))
        return date(year, month, day)
    except (ValueError, calendar.IllegalMonthError):
        raise ImpossibleFilter(f"{text!r} is not a day. Write it as 2024-05-17, 2024-05 or 2024.") from None


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
