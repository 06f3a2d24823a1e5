"""Which articles to search: by day, outlet, author and language. And the words in a question that say so."""

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
    """A filter that is no filter, or that no article here can pass. Seen by whoever asked."""


@dataclass(frozen=True)
class Filter:
    """What an article must be to be searched; a field left empty asks for nothing.

    ``since`` and ``until`` are days, both included; an article without a date passes neither. Of several ``sources``
    or ``authors`` one is enough. A source is an outlet's name or its domain. Letter case does not matter.
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
        """Both filters together; what ``other`` says of sources, authors or language replaces what this one says."""
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


EVERYTHING = Filter()


def read_filter(question: str) -> tuple[str, Filter]:
    """The question without its filter words, and what they say: ``since:2024-05 source:bbc.co.uk author:"Jo Roe"``.

    ``until:2024`` and ``until:2024-05`` mean to the end of that year or month.

    Raises:
        ImpossibleFilter: a word names no day, the days exclude each other, or there is nothing but filter words.
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
    """The filter that these words say, days as in :func:`read_filter`; empty ones ask for nothing.

    Raises:
        ImpossibleFilter: a word names no day, or the days exclude each other.
    """
    return Filter(
        since=first_day(since) if since.strip() else None,
        until=last_day(until) if until.strip() else None,
        sources=tuple(filter(None, map(str.strip, sources))),
        authors=tuple(filter(None, map(str.strip, authors))),
        language=language.strip().lower(),
    )


def first_day(text: str) -> date:
    """The day, or the first of the month or year, that ``text`` names.

    Raises:
        ImpossibleFilter: it names none.
    """
    return _day(text, last=False)


def last_day(text: str) -> date:
    """The day, or the last of the month or year, that ``text`` names.

    Raises:
        ImpossibleFilter: it names none.
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
