"""A timeline as a table and as a calendar: CSV (RFC 4180) and iCalendar (RFC 5545). Knows nothing of web pages."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from assistant.output.lines import RESOLVED, described
from assistant.text.wording import on_one_line
from assistant.types.answers import Answer, Answered, CitedSentence
from assistant.types.citations import Citation

COLUMNS = ("first_day", "last_day", "resolved", "sentence", "outlet", "title", "url")

_FORMULA = re.compile(r"^[=+\-@＝＋－＠\t\r\n]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_ADDRESS = re.compile(r"https?://[!-~]+")
_LONGEST_LINE = 75


@dataclass(frozen=True)
class Event:
    """A sentence of a timeline, with the days of its section."""

    first_day: date
    last_day: date
    resolved: bool
    sentence: CitedSentence

    @property
    def source(self) -> Citation:
        return self.sentence.citations[0]


def events(answer: Answer) -> list[Event]:
    """What a timeline tells, in its order; nothing for any other answer."""
    if not isinstance(answer, Answered) or answer.form != "timeline":
        return []
    return [
        Event(*section.days, section.resolved, sentence)
        for section, sentences in answer.by_section
        if section is not None and section.days is not None
        for sentence in sentences
    ]


def as_csv(answer: Answer) -> str:
    """A table with a row for each sentence, under :data:`COLUMNS`; days are written as 2026-05-04.

    A spreadsheet would run a cell that begins like a formula: such a cell begins with an apostrophe instead.
    """
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for event in events(answer):
        source = event.source
        texts = (event.sentence.text, source.outlet, source.title, source.url)
        days = (event.first_day.isoformat(), event.last_day.isoformat())
        writer.writerow([*days, "yes" if event.resolved else "no", *map(_without_formula, texts)])
    return table.getvalue()


def as_ics(answer: Answer, made: datetime) -> str:
    """A calendar with an all-day event for each sentence. ``made``: when, in UTC.

    An event keeps its UID as long as the sentence stands at its place in the article and tells of the same day.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//On Record//Timeline//EN", "CALSCALE:GREGORIAN"]
    for event in events(answer):
        lines += _event_lines(event, made)
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _event_lines(event: Event, made: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_uid(event)}"
    yield f"DTSTAMP:{made:%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{_day(event.first_day)}"
    if event.last_day < date.max:
        yield f"DTEND;VALUE=DATE:{_day(event.last_day + timedelta(days=1))}"
    yield f"SUMMARY:{_text(on_one_line(event.sentence.text))}"
    yield f"DESCRIPTION:{_text(_description(event))}"
    if _ADDRESS.fullmatch(event.source.url):
        yield f"URL:{event.source.url}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _uid(event: Event) -> str:
    source = event.source
    place = f"{source.article_id}\n{source.start}-{source.end}\n{event.first_day}"
    return f"{hashlib.sha256(place.encode(errors='replace')).hexdigest()[:32]}@onrecord"


def _description(event: Event) -> str:
    note = [f"The day is {RESOLVED}."] if event.resolved else []
    return "\n".join([event.sentence.text, described(event.source), *note])


def _day(day: date) -> str:
    return day.isoformat().replace("-", "")


def _text(text: str) -> str:
    """A value of type TEXT (RFC 5545, section 3.3.11)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", lines).translate(_ESCAPED)


def _folded(line: str) -> str:
    """The line in pieces of 75 octets at most, none of which cuts a character (RFC 5545, section 3.1)."""
    pieces, octets = [""], 0
    for character in line:
        size = len(character.encode(errors="replace"))
        if octets + size > _LONGEST_LINE:
            pieces.append(" ")
            octets = 1
        pieces[-1] += character
        octets += size
    return "\r\n".join(pieces)


def _without_formula(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell
