"""Reads dates as newspapers write them: "4 July", "last Tuesday", "two weeks ago". Finds them in a text, and works out
the days they mean from the day the article was published.

Knows nothing of the sentence around a date; whether it looks ahead, the caller says.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

Days = tuple[date, date]
"""The first and the last day, both inclusive."""


@dataclass(frozen=True)
class DateExpression:
    """A date as it stands in a text: ``said`` is ``text[start:end]``.

    >>> [one.said for one in date_expressions("The ferry closes on Friday and reopens on 3 May 2027.")]
    ['3 May 2027', 'Friday']
    """

    match: re.Match[str]
    days_of: Callable[[re.Match[str], date, bool], Days]

    @property
    def said(self) -> str:
        return self.match["said"]

    @property
    def start(self) -> int:
        return self.match.start("said")

    @property
    def end(self) -> int:
        return self.match.end("said")

    @property
    def has_year(self) -> bool:
        """Whether it says its year; else its days depend on the day of publication."""
        return bool(re.search(r"\d{4}", self.said))

    def days(self, published: date | None, future: bool) -> Days | None:
        """The days it means; None if there are none, as of 30 February, or if they depend on an unknown ``published``.

        ``future``: the next such day is meant rather than the last.
        """
        if published is None and not self.has_year:
            return None
        try:
            first, last = self.days_of(self.match, published or date.max, future)
        except (ValueError, OverflowError):  # 30 February, or three thousand years ago
            return None
        return (first, last) if first <= last else None


def date_expressions(text: str) -> Iterator[DateExpression]:
    """Each date in ``text``, the more specific forms first. Where two overlap, the more specific one counts."""
    taken = set[int]()
    for pattern, days_of in _PATTERNS:
        for match in pattern.finditer(text):
            where = range(*match.span("said"))
            if taken.isdisjoint(where):
                taken.update(where)
                yield DateExpression(match, days_of)


_NUMBERS = {"a": 1, "an": 1} | {
    word: n for n, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
}
_STEPS = {"last": -1, "this": 0, "the": 0, "next": 1}


def _month_of(name: str) -> int:
    return list(calendar.month_abbr).index(name[:3])


def _whole_months(year: int, first: int, last: int | None = None) -> Days:
    """Months of ``year``, counted from 1; 0 is December of the year before."""
    (begins, month), (ends, until) = (divmod(year * 12 + n - 1, 12) for n in (first, last or first))
    return date(begins, month + 1, 1), date(ends, until + 1, calendar.monthrange(ends, until + 1)[1])


def _yearly(month: int, day: int, today: date, future: bool) -> date:
    """The last such day or, in the future tense, the next one.

    So is one of last year, more than nine months ago: newspapers would have given its year.
    """
    years = range(today.year - 4, today.year + 5)
    days = [date(year, month, day) for year in years if day <= calendar.monthrange(year, month)[1]]
    past, coming = max(one for one in days if one <= today), min(one for one in days if one >= today)
    distant = past.year < today.year and (today - past).days > 274
    return coming if future or distant else past


def _absolute(match: re.Match[str], today: date, future: bool) -> Days:
    """A day, or the days from one to another, with or without a year."""
    if match["in"]:
        today, future = date(today.year + _STEPS[match["in"]], 12, 31), False
    month, until = _month_of(match["from"] or match["month"]), _month_of(match["until"] or match["month"])
    first, last = int(match["day"]), int(match["last"] or match["day"])
    end = date(int(match["year"]), until, last) if match["year"] else _yearly(until, last, today, future)
    return date(end.year - (month > until), month, first), end


def _iso(match: re.Match[str], today: date, future: bool) -> Days:
    day = date.fromisoformat(match["said"])
    return day, day


def _months(match: re.Match[str], today: date, future: bool) -> Days:
    first, last, year = _month_of(match["month"]), _month_of(match["until"] or match["month"]), int(match["year"])
    begins = int(match["begins"]) if match["begins"] else year - (first > last)
    return _whole_months(year, first - 12 * (year - begins), last)


def _month(match: re.Match[str], today: date, future: bool) -> Days:
    which, month = (match["which"] or "").lower(), _month_of(match["month"])
    if match["in"]:
        return _whole_months(today.year + _STEPS[match["in"]], month)
    near, _ = _whole_months(today.year, today.month + _STEPS.get(which, 0))
    if which == "next" or (future and not which):
        return _whole_months(near.year + (month < near.month), month)
    return _whole_months(near.year - (month > near.month and which != "this"), month)


def _years(match: re.Match[str], today: date, future: bool) -> Days:
    decade = match["said"].endswith("s")
    return date(int(match["year"]), 1, 1), date(int(match["until"] or match["year"]) + 9 * decade, 12, 31)


def _weekday(match: re.Match[str], today: date, future: bool) -> Days:
    which, names = (match["which"] or "").lower(), list(calendar.day_name)
    ahead = (names.index(match["day"]) - today.weekday()) % 7
    if which in ("next", "this") or ((future or match["until"]) and not which):
        day = today + timedelta(ahead or (7 if which == "next" else 0))
    else:
        day = today + timedelta(ahead - 7 if ahead or which else 0)
    further = (names.index(match["last"]) - day.weekday()) % 7 if match["last"] else 0
    return day, day + timedelta(further)


def _unit(match: re.Match[str], today: date, future: bool) -> Days:
    """Weeks begin on Monday."""
    unit, part, step = match["unit"], (match["part"] or "").lower(), _STEPS[match["which"].lower()]
    monday = today + timedelta(7 * step - today.weekday())
    if unit == "week":
        first, last = monday, monday + timedelta(6)
    elif unit == "weekend":
        gone = step == 0 and not future and today.weekday() < 5
        first, last = monday + timedelta(5 - 7 * gone), monday + timedelta(6 - 7 * gone)
    elif unit == "month":
        first, last = _whole_months(today.year, today.month + step)
    else:
        first, last = _whole_months(today.year + step, 1, 12)
    return (today if part == "later" else first), (today if part == "earlier" else last)


def _near(match: re.Match[str], today: date, future: bool) -> Days:
    said = match["said"].lower().split()
    back = {"the": 2, "yesterday": 1, "last": 1, "tomorrow": -1}.get(said[0], 0)
    return today - timedelta(back), today - timedelta(back)


def _ago(match: re.Match[str], today: date, future: bool) -> Days:
    """Days ago is a day; weeks, months and years ago are a whole week, month or year."""
    said, unit = match["n"].lower(), match["unit"]
    n = int(said) if said.isdigit() else _NUMBERS[said]
    if unit == "day":
        return today - timedelta(n), today - timedelta(n)
    if unit == "week":
        monday = today - timedelta(7 * n + today.weekday())
        return monday, monday + timedelta(6)
    return _whole_months(today.year, today.month - n) if unit == "month" else _whole_months(today.year - n, 1, 12)


_M = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?"
    r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)(?!\w|-[a-z])"
)
_D = r"(?:[12]\d|3[01]|0?[1-9])"
_TH = r"(?:st|nd|rd|th)?(?![\w:%]|[.,]\d)"
_Y = r"(?:1[5-9]|20)\d\d(?![\w%]|,\d)"
_W = rf"(?:{'|'.join(calendar.day_name)})"
_TO = r"(?:\s*[-–]\s*|\s+(?:to|and|through|until)\s+)"
_SINCE = r"(?i:in|since|until|till|by|during|from|between|through|before|after|early|late|mid|around)"
_IN = r"\s+(?:of\s+)?(?P<in>last|this|next)\s+year"
_PART = r"(?:(?i:early|late|mid)[\s-]+)?"
_COUNTED = r"people|men|women|troops|soldiers|votes|points|jobs|feet|meters|metres|miles|dollars|pounds|euros|percent"


def _no(words: str) -> str:
    """That none of the words stands before."""
    return "".join(rf"(?<!\b{word}\s)(?<!\b{word.lower()}\s)" for word in words.split())


_FORMS: tuple[tuple[Callable[[re.Match[str], date, bool], Days], str], ...] = (
    (_iso, r"(?P<said>\d{4}-\d\d-\d\d)"),
    (
        _absolute,
        rf"(?P<said>(?:{_W},?\s+)?(?P<from>)(?P<month>{_M})\s+(?P<day>{_D}){_TH}"
        rf"(?:{_TO}(?:(?P<until>{_M})\s+)?(?P<last>{_D}){_TH})?(?:,?\s+(?P<year>{_Y})|{_IN})?)",
    ),
    (
        _absolute,
        rf"(?P<said>(?:{_W},?\s+)?(?:(?i:the)\s+)?(?P<until>)(?P<day>{_D})(?:st|nd|rd|th)?(?:\s+(?P<from>{_M}))?"
        rf"(?:{_TO}(?P<last>{_D})(?:st|nd|rd|th)?)?\s+(?:of\s+)?(?P<month>{_M})(?:,?\s+(?P<year>{_Y})|{_IN})?)",
    ),
    (
        _months,
        rf"(?P<said>(?P<month>{_M})(?:(?:,?\s+(?P<begins>{_Y}))?{_TO}{_PART}(?P<until>{_M}))?,?\s+(?:of\s+)?"
        rf"(?P<year>{_Y}))",
    ),
    (
        _month,
        rf"(?:{_SINCE}[\s-]+{_PART}|(?=(?i:last|next|this)\s))(?P<said>(?:(?P<which>(?i:last|next|this))\s+)?"
        rf"(?P<month>{_M})(?:{_IN})?)(?!\s+\d)",
    ),
    (
        _years,
        rf"(?:{_SINCE}|(?:spring|summer|autumn|fall|winter|end|beginning|start|middle|half|quarter)\s+of)[\s-]+"
        rf"{_PART}(?P<said>(?P<year>{_Y})(?:{_TO}(?P<until>{_Y}))?)(?![-–/]\d|\s+(?:{_COUNTED})\b)",
    ),
    (_years, r"(?i:the|early|late|mid)[\s-]+(?P<said>(?P<until>)(?P<year>(?:1[5-9]\d|20\d)0)s)"),
    (
        _weekday,
        rf"{_no('Every Each A An One Any Most Black Bloody Good Easter Super Cyber Ash')}"
        rf"(?!(?<=\b[Tt]he\s){_W}\s+[A-Z])(?P<until>\buntil\s+)?"
        rf"(?P<said>(?:(?P<which>(?i:last|next|this\s+past|this))\s+(?:coming\s+)?)?"
        rf"(?P<day>{_W})(?:\s+(?:night|morning|afternoon|evening))?(?:{_TO}(?P<last>{_W}))?)(?!\s+Night)",
    ),
    (
        _unit,
        rf"{_no('The His Her Its Their My Our Your Than With To')}(?P<said>(?:(?P<part>(?i:earlier|later))\s+)?"
        r"(?P<which>(?i:last|next|this))\s+(?P<unit>weekend|week|month|year))",
    ),
    (_unit, r"(?i:over|at|during)\s+(?P<said>(?P<part>)(?P<which>the)\s+(?P<unit>weekend))"),
    (
        _near,
        r"(?P<said>[Tt]he\s+day\s+before\s+yesterday|[Yy]esterday|[Ll]ast\s+night|today|(?<!\w\s)Today(?!,)|[Tt]onight"
        r"|[Tt]omorrow|[Tt]his\s+(?:morning|afternoon|evening))",
    ),
    (
        _ago,
        rf"{_no('Than From To')}(?P<said>(?P<n>\d{{1,3}}|(?i:{'|'.join(_NUMBERS)}))\s+(?P<unit>day|week|month|year)s?"
        r"\s+ago)",
    ),
)
"""The forms of a date, the more specific first, and the functions that give its days."""

_PATTERNS = [(re.compile(rf"(?<![\w$£€.,/-]){form}(?!\w)"), days_of) for days_of, form in _FORMS]
