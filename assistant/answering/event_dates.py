"""Finds when the event told in a sentence took place: from the dates in it and the day its article was published.

A grammar of dates as newspapers write them, and a few words of context; does not parse the sentence.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from indexes import Article

Days = tuple[date, date]
"""The first and the last day, both inclusive."""


@dataclass(frozen=True)
class EventDate:
    """The days an event took place, both ends inclusive, and the words of the sentence that say so.

    ``resolved`` is true if they were worked out from the day the article was published.

    >>> EventDate(date(2022, 7, 4), date(2022, 7, 6), "July 4-6, 2022", resolved=False).label
    '4 to 6 July 2022'
    """

    start: date
    end: date
    said: str
    resolved: bool

    @property
    def label(self) -> str:
        """The days as people write them; whole months and years as such: "July 2022", "2022"."""
        form = "%-d %B %Y"
        if self.start.day == 1 and self.end.day == calendar.monthrange(self.end.year, self.end.month)[1]:
            form = "%Y" if (self.start.month, self.end.month) == (1, 12) else "%B %Y"
        first, last = self.start.strftime(form).split(), self.end.strftime(form).split()
        if first == last:
            return " ".join(last)
        while first[-1] == last[len(first) - 1 - len(last)]:
            first.pop()
        return f"{' '.join(first)} to {' '.join(last)}"


_LONGEST = 2000
"""More characters of a sentence are not read: it is a table or a list, and the time grows with the square of them."""


def event_date(article: Article, start: int, end: int) -> EventDate | None:
    """When the event told in ``article.text[start:end]`` took place; None if the sentence does not say.

    Of several dates, the first of the main statement counts, a day rather than a year; those of subordinate clauses,
    of speech ("said on Friday"), of names ("Tuesday's vote") and of a dateline only if there is no other. A weekday,
    or a day without a year, is the last one before or on the day of publication; after a verb in the future, the next
    one.
    """
    text = article.text[start : min(end, start + _LONGEST)]
    published = article.published.date() if isinstance(article.published, datetime) else article.published
    dates = [
        (_distance(text, *span), found.end - found.start > timedelta(31), span, found)
        for span, found in _dates(text, published)
    ]
    return min(dates, key=lambda one: one[:3])[-1] if dates else None


def _dates(text: str, published: date | None) -> Iterator[tuple[tuple[int, int], EventDate]]:
    """Each date in ``text`` and where it stands. Where patterns overlap, the earlier one counts."""
    taken = set[int]()
    for pattern, days_of in _PATTERNS:
        for match in pattern.finditer(text):
            first, last = span = match.span("said")
            if not taken.isdisjoint(range(first, last)):
                continue
            taken.update(range(first, last))
            resolved = not re.search(r"\d{4}", match["said"])
            if (resolved and published is None) or _COMPARED.search(text[:first]):
                continue
            try:
                days = days_of(match, published or date.max, _is_future(text, *span))
            except (ValueError, OverflowError):  # 30 February, or three thousand years ago
                continue
            if days[0] <= days[1]:
                yield span, EventDate(*days, match["said"], resolved)


_COMPARED = re.compile(
    r"\b(?:first|most|worst|best|(?:larg|bigg|high|low|long|short|strong|fast|steep|sharp|hott|cold|deadli)est)\b"
    r"[^,;]*\bsince\s+$"
)
"""What a record is compared with ("the coldest day since 1963") is no date of what the sentence tells."""

_BREAK = re.compile(r"[,;:()—–]\s|\s[-–—]\s|\b(?:and|but|or)\b")
_PAST = (
    r"[a-z]{2,}(?<!hundr)(?<!\bne)(?<!\bspe)(?<!inde)(?<!\bse)(?<!proce)(?<!succe)(?<!exce)ed|began|begun|became|beat"
    r"|bought|broke|broken|brought|built|burnt|came|caught|chose|chosen|cut|did|died|drew|drove|fell|fallen|fled|flew"
    r"|fought|found|gave|given|got|grew|grown|had|has|have|held|hit|kept|killed|knew|known|laid|led|left|lost|made|met"
    r"|paid|put|ran|rose|risen|sank|sat|saw|seen|sent|set|shot|shut|sold|spent|spoke|stood|stole|stolen|struck|swept"
    r"|taken|taught|threw|thrown|took|was|went|were|won|wore|wrote|written|is|are|been|being"
)
_ADVERB = r"(?:\w+ly|also|not|never|again|still|soon|first|rather|now)"
_VERB = re.compile(
    r"\b(?:(?P<saying>(?:(?:had|has|have|was|were|is|are|been)\s+)*(?:said|says?|told|tells|saying|telling"
    r"|according\s+to))"
    r"|(?P<future>(?:will|shall|would|must|won['’]t"
    rf"|(?:is|are|was|were|be|been)\s+(?:{_ADVERB}\s+)?(?:due|set|expected|scheduled|planned|slated|likely|going|about"
    r"|required|to)\b|(?:due|expected|scheduled|planned|slated)\s+(?:to|for|on|in)"
    r"|(?:plans?|planning|expects?|anticipates?|hopes?|intends?|wants?|aims?|vow(?:s|ed)|pledged|promised|agreed)\s+to"
    r"|(?:begin|start|open|reopen|end|close|continue|resume|return|meet|convene|expire)s"
    r"|takes\s+(?:place|effect|office))"
    rf"(?:\s+(?:to|be|have|been|{_ADVERB}))*(?:\s+(?:{_PAST})\b)?)"
    rf"|(?P<past>(?:(?:was|were|is|are|has|have|had|been|being|did)\s+(?:{_ADVERB}\s+)*)*(?:{_PAST})))\b"
    r"|(?P<shortened>['’]ll)\b"
)
_AUXILIARY = re.compile(r"(?:is|are|was|were|has|have|had|did|will|would)\b")
_SUBORDINATE = re.compile(
    r"\b(?:who|whom|whose|which|where|when|after|before|following|because|although|though|while|if"
    r"|whether|than|despite)\b",
    re.IGNORECASE,
)
_DATELINE = re.compile(r"\W*(?:[A-Z][\w.’'-]+,?\s+){1,5}\(?[A-Z]?[\w.]*\s*$")


def _verb(text: str, start: int, end: int) -> re.Match[str] | None:
    """The verb to which a date belongs: the last one before it in its clause, else the next one in it."""
    breaks = list(_BREAK.finditer(text))
    begins = max((one.end() for one in breaks if one.end() <= start), default=0)
    ends = min((one.start() for one in breaks if one.start() >= end), default=len(text))

    def far(verb: re.Match[str]) -> tuple[bool, bool, int]:
        return not begins <= verb.start() < ends, verb.start() > start, abs(verb.start() - start)

    return min(_VERB.finditer(text), key=far, default=None)


def tells_event(text: str) -> bool:
    """Whether the first verb of a sentence is in the past: what happened, rather than what is or will be."""
    verb = _VERB.search(text)
    return verb is not None and verb.lastgroup in ("past", "saying") and verb[0] not in ("is", "are", "has", "have")


def _is_future(text: str, start: int, end: int) -> bool:
    """Whether the verb is in the future, or in the present of "will close until it is repaired" or "is done by"."""
    verb = _verb(text, start, end)
    if verb is None or verb.lastgroup != "past":
        return verb is not None and verb.lastgroup != "saying"
    planned = any(one.lastgroup in ("future", "shortened") for one in _VERB.finditer(text[: verb.start()]))
    limit = re.search(r"\b(?:by|before)\s+$", text[:start])
    return bool((planned or limit) and re.match(r"(?:is|are|has|have)\b", verb[0]))


def _distance(text: str, start: int, end: int) -> int:
    """How far a date is from the main statement: a point for each thing that makes it another's."""
    verb = _verb(text, start, end)
    attributive = bool(re.match(r"['’]s\b|-\w", text[end:]) or re.search(r"\b(?:the|an?)\s+$", text[:start], re.I))
    dateline = bool(re.match(r"[^.]{0,3}\s*(?:\([^)]*\)\s*)?[-–—]\s", text[end:]) and _DATELINE.match(text[:start]))
    if verb is None:
        return attributive + dateline
    clause = max((one.end() for one in _BREAK.finditer(text[: verb.start()])), default=0)
    before = max((one.end() for one in _VERB.finditer(text[: verb.start()])), default=0)
    leading, between = text[max(clause, before) : verb.start()], text[verb.end() : start]
    subordinate = bool(_SUBORDINATE.search(f"{leading}|{between}") or re.search(r"\bthat\s+$|\bsince\b", leading))
    since = bool(re.search(r"\b(?:since|until|till|by|from|than)\s+$", text[:start], re.IGNORECASE))
    inner = subordinate or _is_participle(text, verb, end)
    return 2 * inner + since + (verb.lastgroup == "saying") + attributive + 2 * dateline


def _is_participle(text: str, verb: re.Match[str], end: int) -> bool:
    """Whether it belongs to a noun, as in "the mill, built in 1970, closed" and "a man seen on Friday was arrested"."""
    if verb.lastgroup != "past" or _AUXILIARY.match(verb[0]):
        return False
    main = _VERB.search(text, end)
    between = text[end : main.start()] if main else ""
    apart = _BREAK.search(between) or _SUBORDINATE.search(between) or re.search(r"\bthat\b", between)
    leads_on = main is not None and _AUXILIARY.match(main[0]) and not apart
    return bool(leads_on or re.fullmatch(r"[^,]*,\s", text[: verb.start()]))


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
