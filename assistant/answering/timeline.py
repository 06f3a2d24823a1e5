"""Makes a timeline of sentences found for a question: each event once, on its day, with all who tell it.

Knows nothing of how the sentences were found.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from assistant.answering.event_dates import EventDate, event_date, tells_event
from assistant.answering.evidence import Evidence
from assistant.reader.windows import is_headline
from indexes.search.analysis import stems

Alike = Callable[[str, str], float]
"""How alike two sentences are in meaning: a cosine, at most 1."""

_SAME_WORDS = 0.5
_SAME_MEANING = 0.8
"""Sentences of one day that share more of their words, weighted by rarity, or are more alike, tell the same event."""

_SALIENCE = 0.5
"""What the most salient day is worth beside the most relevant sentence, which is worth 1.

The six timelines of ``python -m benchmarks.timelines --split dev`` are too few to tell values from 0 to 1 apart."""

_RELEVANT = 0.5
"""Events whose best sentence scores less than this share of the best of all are left out. docs/log.md has figures."""

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
    begins, starts = (when.start.toordinal() - (not when.said) for when in (one, other))
    return begins <= other.end.toordinal() and starts <= one.end.toordinal()


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
