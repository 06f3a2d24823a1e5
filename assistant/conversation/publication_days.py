"""Reads the days of publication that a question about the archive names: "in 2022", "since 5 May", "from 1 to 10 June".

Only for questions about the archive: in all others, a date is more often that of an event.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from assistant.answering.archive_questions import ArchiveQuestion, archive_question
from assistant.answering.date_expressions import DateExpression, Days, date_expressions
from assistant.conversation.time_expressions import time_said
from assistant.text.wording import on_one_line, quotations_masked
from indexes.types.filters import EVERYTHING, Filter, ImpossibleFilter


@dataclass(frozen=True)
class Published:
    """The days of publication asked for, and the words that say them, as they were said.

    >>> rest, published = read_days("Which articles since 5 May 2026 mention the ferry?", date(2026, 6, 15))
    >>> rest, str(published.where)
    ('Which articles mention the ferry?', 'since:2026-05-05')
    """

    said: str
    where: Filter


@dataclass(frozen=True)
class _Clause:
    """Where words such as "since 5 May" stand in a question, and the days they leave."""

    start: int
    end: int
    where: Filter


_LONGEST = 60
"""No date has more characters."""

_MONTH = "|".join(calendar.month_name[1:])
_NAMES_MONTH = re.compile(rf"\b(?:{'|'.join(calendar.month_abbr[1:])})")
_LEAP = 8
"""There may be as many years between two 29ths of February."""

_SINCE, _AFTER, _BEFORE, _UNTIL = "since", "after", "before", "until"
_HOW = {
    _SINCE: r"since|on\s+or\s+after|starting\s+(?:in|on|from)|from(?=.+?\s(?:on|onwards?)(?:\W|$))",
    _AFTER: r"after|later\s+than",
    _BEFORE: r"before|prior\s+to|earlier\s+than",
    _UNTIL: r"until|on\s+or\s+before|till?|up\s+(?:to|until)|no\s+later\s+than|by",
    "between": r"between|from(?=.+?\s(?:to|until|till|through)\s)",
    "on": r"on|dated",
    "of": r"of",
    "in": r"in|from|during|within|throughout|over",
}
_EDGE = r"(?:\s+the\s+(?:very\s+)?(?:beginning|start|end)\s+of)?"
_CONNECTOR = re.compile(
    "|".join(rf"(?P<{how}>(?:{words}){_EDGE if how in (_SINCE, _UNTIL) else ''}\s+)" for how, words in _HOW.items()),
    re.IGNORECASE,
)
_WORD = re.compile(r"(?<![\w'’-])\w")
_ALONE = re.compile(r"(?:today|yesterday|this|last|past|previous|the)\b|.+\sago$", re.IGNORECASE)
"""Dates that need no preposition: "yesterday", "last March", "two weeks ago"."""

_LAST_FEW = re.compile(
    r"(?:the\s+)?(?:last|past|previous)\s+"
    r"(?:(?P<hours>\d+)\s+hours|(?:(?:\d+|[a-z]+(?:\s+of)?)\s+(?:day|week|month|year)s|week(?:end)?|month|year))\b",
    re.IGNORECASE,
)
_NTH = ("first", "second", "third", "fourth")
_PART_OF_YEAR = re.compile(
    rf"(?:Q(?P<q>[1-4])|(?:the\s+)?(?P<nth>{'|'.join(_NTH)})\s+quarter|(?:the\s+)?(?P<half>first|second)\s+half)"
    r"(?:\s+of)?\s+(?P<year>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_CALENDAR = re.compile(r"the\s+(?P<unit>year|month|week)\b", re.IGNORECASE)
_TO = re.compile(r"\s*[-–]\s*|\s+(?:to|until|till|through|and)\s+", re.IGNORECASE)
_AND = re.compile(r"\s+(?:and|or)\s+(?:in\s+)?", re.IGNORECASE)
_NOW = re.compile(r"(?:now|today|date)\b", re.IGNORECASE)
_ON = re.compile(r"\s+(?:on\b(?!\s+\w)|onwards?\b|(?:up\s+)?(?:to|until|till)\s+(?:now|today|date)\b)", re.IGNORECASE)
_ARTICLES = r"(?:articles?|stor(?:y|ies)|pieces?)"
_OF_THEM = re.compile(rf"\b{_ARTICLES}\s+$", re.IGNORECASE)
_OWNED = re.compile(rf"(?:['’]s)?(?=\s+(?:news\s+)?{_ARTICLES}\b)", re.IGNORECASE)
_NAME = re.compile(r"\s+(?!I\b)[A-Z]")
_CASELESS = re.compile(rf"\b(?:{_MONTH}|{'|'.join(calendar.day_name)})\b", re.IGNORECASE)


def read_days(question: str, today: date) -> tuple[str, Published | None]:
    """``question`` without the words that tell days of publication, and what they tell; as it is if there are none.

    Of several, such as "since May and before 10 July", all apply. Days that contradict each other are not read.
    """
    question = on_one_line(question)
    text = _CASELESS.sub(lambda name: name[0].capitalize(), quotations_masked(question))
    clauses = list(_clauses(text, question, today))
    where = EVERYTHING
    try:
        for clause in clauses:
            where = where.and_also(clause.where)
    except ImpossibleFilter:
        return question, None
    if not clauses:
        return question, None
    said = " ".join(question[one.start : one.end] for one in clauses)
    return _without(question, clauses), Published(said, where)


def archive_question_in(question: str, today: date) -> tuple[ArchiveQuestion | None, Published | None]:
    """What ``question`` asks about the archive, and the days of publication it names; None for what it does not."""
    rest, published = read_days(question, today)
    return archive_question(rest, dated=published is not None), published


def _without(question: str, clauses: list[_Clause]) -> str:
    rest, end = "", 0
    for clause in clauses:
        between = question[end : clause.start].strip()
        rest += "" if end and re.fullmatch(r",?\s*(?:and|but)?", between) else f" {between.removesuffix(',')}"
        end = clause.end
    rest = on_one_line(f"{rest} {question[end:].lstrip(' ,')}")
    return re.sub(r"\s+(?=[?.!])", "", rest).strip()


def _clauses(text: str, question: str, today: date) -> Iterator[_Clause]:
    end = 0
    for word in _WORD.finditer(text):
        if word.start() < end:
            continue
        clause = _clause(text, word.start(), question, today)
        if clause is not None:
            end = clause.end
            yield clause


def _clause(text: str, start: int, question: str, today: date) -> _Clause | None:
    connector = _CONNECTOR.match(text, start)
    how = str(connector.lastgroup) if connector else ""
    at = connector.end() if connector else start
    if how == "between":
        span = _range(text, at, today) or (
            _span(text, at, today) if text[start : start + 4].lower() == "from" else _own_range(text, at, today)
        )
    else:
        span = _span(text, at, today)
        if span is not None and how in ("in", "of"):
            span = _and_next(text, at, span, today)
    if span is None:
        return None
    end, (first, last) = span
    said = text[at:end]
    owned = _OWNED.match(text, end)
    if owned:
        end = owned.end()
    elif not re.search(r"\d", said) and _NAME.match(question, end):
        return None  # "from Sunday Times"
    fits = {
        "": bool(owned) or bool(_ALONE.match(said)),
        "on": (last - first).days < 31 and not re.fullmatch(_MONTH, said),
        "of": bool(_OF_THEM.search(text, 0, start)),
        "until": text[start : start + 2].lower() != "by" or bool(re.search(r"\d", said)),
    }
    if not fits.get(how, True) or (not how and said.lower().startswith("next")):
        return None
    if how == _SINCE:
        onwards = _ON.match(text, end)
        end = onwards.end() if onwards else end
    return _Clause(start, end, _filter(how, first, last))


def _filter(how: str, first: date, last: date) -> Filter:
    if how == _SINCE:
        return Filter(since=first)
    if how == _AFTER:
        return Filter(since=last + timedelta(1))
    if how == _BEFORE:
        return Filter(until=first - timedelta(1))
    return Filter(until=last) if how == _UNTIL else Filter(since=first, until=last)


Span = tuple[int, Days]
"""Where words end, and the days they mean."""


def _span(text: str, at: int, today: date) -> Span | None:
    """The date that begins at ``at``; "1 to 10 June" is one, "March and April" two."""
    few = _LAST_FEW.match(text, at)
    if few:
        days = _few_days(few, today)
        return (few.end(), days) if days else None
    unit = _CALENDAR.match(text, at)
    if unit:
        said = time_said(f"this {unit['unit']}", today)
        return (unit.end(), (said.since, said.until)) if said else None
    part = _PART_OF_YEAR.match(text, at)
    if part:
        return part.end(), _part_of_year(part)
    one = _expression(text, at)
    days = _days(one, today) if one else None
    return (at + len(one.said), days) if one and days else None


def _part_of_year(part: re.Match[str]) -> Days:
    number = int(part["q"] or _NTH.index((part["nth"] or part["half"]).lower()) + 1)
    months = 6 if part["half"] else 3
    year, last = int(part["year"]), number * months
    return date(year, last - months + 1, 1), date(year, last, calendar.monthrange(year, last)[1])


def _few_days(few: re.Match[str], today: date) -> Days | None:
    if few["hours"]:
        return today - timedelta(-(-int(few["hours"][:4]) // 24)), today
    words = few[0]
    if words.endswith("s"):
        words = f"the {re.sub(r'^the ', '', words, flags=re.I)}".replace("previous", "last")
    said = time_said(words, today)
    return (said.since, said.until) if said else None


def _expression(text: str, at: int, joined: bool = False) -> DateExpression | None:
    """The date that begins there. ``joined``: "and" may be in it, as after "between"."""
    piece = text[at : at + _LONGEST]
    piece = piece if joined else re.split(r"\s+(?:and|or)\s", piece, maxsplit=1)[0]
    return next((one for one in date_expressions(f"in {piece}") if one.start == 3), None)


def _days(one: DateExpression, today: date) -> Days | None:
    """The days of ``one``, which are not to come unless it says its year, as articles of those days are asked for."""
    days = one.days(today, False)
    if days is None or days[0] <= today or one.has_year or not _NAMES_MONTH.search(one.said):
        return days
    earlier = (one.days(date(today.year - years, 12, 31), False) for years in range(1, _LEAP + 1))
    return next((days for days in earlier if days and days[0] <= today), None)


def _own_range(text: str, at: int, today: date) -> Span | None:
    """A range that is one date: "1 and 10 June", "2019 and 2021"."""
    one = _expression(text, at, joined=True)
    days = _days(one, today) if one else None
    if one is None or days is None or not _TO.search(one.said):
        return None
    to_come = timedelta(7 * (days[1] > today and bool(re.search(r"day\b", one.said))))
    return at + len(one.said), (days[0] - to_come, days[1] - to_come)


def _range(text: str, at: int, today: date) -> Span | None:
    """Two dates and what is between them; the year of the one is that of the other unless it says its own."""
    whole = _own_range(text, at, today)
    one = _expression(text, at)
    to = _TO.match(text, at + len(one.said)) if one else None
    if whole or one is None or to is None:
        return whole
    now = _NOW.match(text, to.end())
    other = _expression(text, to.end())
    if now and (first := _days(one, today)):
        return now.end(), (first[0], today)
    last = _days(other, _year_end(one, today)) if other else None
    first = _days(one, last[1] if last and other and other.has_year and not one.has_year else today)
    if other is None or first is None or last is None:
        return None
    if first[0] > last[1] and not one.has_year:
        first = _days(one, last[1]) or first
    return to.end() + len(other.said), (min(first[0], last[0]), max(first[1], last[1]))


def _year_end(one: DateExpression, today: date) -> date:
    year = re.search(r"\d{4}", one.said)
    return date(int(year[0]), 12, 31) if year else today


def _and_next(text: str, at: int, span: Span, today: date) -> Span | None:
    """ "March and April" as one span; None if there are days between the two, as in "2019 and 2021"."""
    joint = _AND.match(text, span[0])
    other = _expression(text, joint.end()) if joint else None
    one = _expression(text, at)
    if joint is None or other is None or one is None:
        return span
    last = _days(other, _year_end(one, today))
    first = _days(one, last[1]) if last and other.has_year and not one.has_year else span[1]
    if first is None or last is None or last[0] != first[1] + timedelta(1):
        return None
    return joint.end() + len(other.said), (first[0], last[1])
