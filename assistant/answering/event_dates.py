"""Finds when the event told in a sentence took place: from the dates in it and the day its article was published.

A few words of context tell which date is the event's; the sentence is not parsed.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from assistant.answering.date_expressions import date_expressions
from indexes import Article


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
    """Each date in ``text`` that is no comparison, and where it stands."""
    for one in date_expressions(text):
        if _COMPARED.search(text[: one.start]):
            continue
        days = one.days(published, _is_future(text, one.start, one.end))
        if days:
            yield (one.start, one.end), EventDate(*days, one.said, resolved=not one.has_year)


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
