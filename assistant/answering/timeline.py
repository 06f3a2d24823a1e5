"""Makes a timeline of sentences found for a question: each event once, on its day, with all who tell it.

Knows nothing of how the sentences were found.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from assistant.answering.event_dates import EventDate, event_date, tells_event
from assistant.answering.evidence import Evidence
from assistant.reader.windows import is_headline
from assistant.text.wording import on_one_line
from indexes.search.analysis import stems

Alike = Callable[[str, str], float]
"""How alike two sentences are in meaning: a cosine, at most 1."""

_SAME_WORDS = 0.5
_SAME_MEANING = 0.8
"""Sentences of one day that share more of their words, weighted by rarity, or are more alike, tell the same event."""

_SALIENCE = 0.5
"""What the most salient day is worth beside the most relevant sentence, which is worth 1.

Any value from 0.25 to 1 gives the same figures in ``python -m benchmarks.timelines --split dev``; 0 gives lower ones
where few events are wanted."""

_RELEVANT = 0.6
"""Events whose best sentence scores less than this share of the best of all are left out. Fitted on the same."""

_TELLING = 3
"""A sentence with fewer words besides its date tells no event."""


@dataclass(frozen=True)
class Entry:
    """An event: when it took place, and the sentences that tell it, the most relevant first."""

    when: EventDate
    evidence: tuple[Evidence, ...]


def timeline(candidates: Sequence[Evidence], most: int = 8, alike: Alike | None = None) -> list[Entry]:
    """At most ``most`` events told in ``candidates``, the earliest first.

    Sentences of overlapping days that say the same, by their words or by ``alike``, are one event. Events are chosen
    by the relevance of their best sentence and by the salience of their days: how many sentences and outlets tell of
    them (Martschat and Markert, CoNLL 2018; Gholipour Ghalandari and Ifrim, ACL 2020). A further event of a day counts
    half as much, the third a third.
    """
    dated = [(when, one) for one in sorted(candidates, key=lambda one: -one.score) if (when := _when(one))]
    entries = _merged(dated, _Words([one.text for _, one in dated]), alike)
    return sorted(_chosen(entries, most), key=lambda entry: (entry.when.start, entry.when.end))


def _when(one: Evidence) -> EventDate | None:
    """The day a sentence tells of; the day of publication for one that begins its article and names no day."""
    article, text = one.hit.article, one.text
    if is_headline(text) or text.endswith("?"):
        return None
    when = event_date(article, *one.span)
    before = article.text[: one.sentence.start].rstrip()
    if when is None and article.published and tells_event(text) and is_headline(before):
        day = date(article.published.year, article.published.month, article.published.day)
        when = EventDate(day, day, "", resolved=True)
    return when if when and len(set(stems(text)) - set(stems(when.said))) >= _TELLING else None


class _Words:
    """The words of sentences, weighted by how few of the sentences have them: those of the topic tell nothing."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._held = {text: frozenset(stems(text)) for text in texts}
        self._count = Counter(stem for held in self._held.values() for stem in held)

    def shared(self, one: str, other: str) -> float:
        """The share of the words of the sentence that has less of them which stand in both: 0 to 1."""
        first, second = self._held[one], self._held[other]
        return self._weight(first & second) / min(self._weight(first), self._weight(second))

    def _weight(self, held: Collection[str]) -> float:
        return sum(math.log((len(self._held) + 1) / self._count[stem]) for stem in held)


def _merged(dated: Sequence[tuple[EventDate, Evidence]], words: _Words, alike: Alike | None) -> list[Entry]:
    """The events, the most relevant first. An event is told by its best sentence and those that say the same."""
    events = list[list[tuple[EventDate, Evidence]]]()
    for when, one in dated:
        for event in events:
            day, best = event[0]
            if _overlap(day, when) and (
                words.shared(best.text, one.text) > _SAME_WORDS
                or (alike and alike(best.text, one.text) > _SAME_MEANING)
            ):
                event.append((when, one))
                break
        else:
            events.append([(when, one)])
    return [Entry(min((when for when, _ in event), key=_vagueness), tuple(one for _, one in event)) for event in events]


def _overlap(one: EventDate, other: EventDate) -> bool:
    """Whether they share a day. An event that names none may have been the day before it was published."""
    return one.start - timedelta(not one.said) <= other.end and other.start - timedelta(not other.said) <= one.end


def _vagueness(when: EventDate) -> tuple[bool, timedelta, bool]:
    return not when.said, when.end - when.start, when.resolved


def _chosen(entries: Sequence[Entry], most: int) -> Iterator[Entry]:
    """The best of them one after another, each weighed against those of its day that are chosen already."""
    best = max((entry.evidence[0].score for entry in entries), default=0.0)
    relevance = {entry: entry.evidence[0].score / best if best > 0 else 1.0 for entry in entries}
    relevant = [entry for entry in entries if relevance[entry] >= _RELEVANT]
    salience = {entry: _salience(entry.when, relevant) for entry in relevant}
    highest = max(salience.values(), default=1.0)
    worth = {entry: relevance[entry] + _SALIENCE * salience[entry] / highest for entry in relevant}
    chosen = Counter[date]()
    while worth and chosen.total() < most:
        entry = max(worth, key=lambda one: worth[one] / (1 + chosen[one.when.start]))
        chosen[entry.when.start] += 1
        del worth[entry]
        yield entry


def _salience(when: EventDate, entries: Sequence[Entry]) -> float:
    """The more sentences and outlets tell of these days, the higher; what tells of a year counts little for a day."""
    sentences = outlets = 0.0
    for entry in entries:
        common = _days(max(when.start, entry.when.start), min(when.end, entry.when.end))
        share = common / (_days(when.start, when.end) * _days(entry.when.start, entry.when.end))
        articles = [one.hit.article for one in entry.evidence]
        sentences += share * len(articles)
        outlets += share * len({article.outlet or article.id for article in articles})
    return math.log1p(sentences) + math.log1p(outlets)


def _days(first: date, last: date) -> int:
    return max((last - first).days + 1, 0)


def as_json(entries: Sequence[Entry]) -> str:
    """A list of events with their sources; days as in ISO 8601, offsets in code points of the article's text."""
    return json.dumps([_record(entry) for entry in entries], ensure_ascii=False, indent=2)


def _record(entry: Entry) -> dict[str, object]:
    return _dates(entry) | {"sources": [_source(one) for one in entry.evidence]}


def _dates(entry: Entry) -> dict[str, object]:
    when = entry.when
    return {
        "start": when.start.isoformat(),
        "end": when.end.isoformat(),
        "date": when.label,
        "said": when.said,
        "resolved": when.resolved,
    }


def _source(one: Evidence) -> dict[str, object]:
    article = one.hit.article
    return {
        "sentence": one.text,
        "title": article.title,
        "outlet": article.outlet,
        "url": article.url,
        "published": article.published.isoformat() if article.published else None,
        "article": article.id,
        "offsets": one.span,
    }


_COLUMNS = ("start", "end", "date", "said", "sentence", "outlet", "title", "url", "published", "article")


def as_csv(entries: Sequence[Entry]) -> str:
    """A row for each sentence (RFC 4180). What a spreadsheet would take for a formula begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for entry in entries:
        for one in entry.evidence:
            cells = _dates(entry) | _source(one)
            writer.writerow([_cell(cells[column]) for column in _COLUMNS])
    return out.getvalue()


def _cell(value: object) -> str:
    text = on_one_line("" if value is None else str(value))
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def as_ics(entries: Sequence[Entry]) -> str:
    """A calendar of whole days, as in RFC 5545. An event keeps its UID as long as its best sentence stays the same."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//On Record//Timeline//EN"]
    for entry in entries:
        lines += _calendar_event(entry)
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _calendar_event(entry: Entry) -> Iterator[str]:
    best = entry.evidence[0]
    yield "BEGIN:VEVENT"
    yield f"UID:{_escaped(best.hit.article.id)}-{best.sentence.start}-{best.sentence.end}@onrecord"
    yield f"DTSTAMP:{best.hit.article.fetched_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{entry.when.start:%Y%m%d}"
    if entry.when.end < date.max:
        yield f"DTEND;VALUE=DATE:{entry.when.end + timedelta(1):%Y%m%d}"
    yield f"SUMMARY:{_escaped(on_one_line(best.text))}"
    yield f"DESCRIPTION:{_escaped(chr(10).join(map(_named, entry.evidence)))}"
    yield "END:VEVENT"


def _named(one: Evidence) -> str:
    article = one.hit.article
    return ", ".join(filter(None, [article.outlet, article.label, article.url]))


_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


def _escaped(text: str) -> str:
    """A value of type TEXT (RFC 5545, section 3.3.11)."""
    return re.sub(r"([\\;,])", r"\\\1", _CONTROLS.sub(" ", text)).replace("\n", "\\n")


def _folded(line: str) -> str:
    """With a line break after at most 75 octets, never within a character (RFC 5545, section 3.1)."""
    pieces = [""]
    for character in line:
        if len((pieces[-1] + character).encode()) > 75:
            pieces.append(" ")
        pieces[-1] += character
    return "\r\n".join(pieces)
