"""Finds where articles of one story give different numbers for the same thing, and which number is the later one."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.answering.same_story import same_story
from assistant.claims.counts import Count, counts, tells_of
from assistant.types.citations import Citation, cite
from assistant.types.claims import Differing, Quantity
from indexes import Article, Hit
from indexes.search.analysis import stems

_CLOSE = 0.1
"""Numbers closer than this share of the larger are the same if one is only about right: "about 4,200" and 4,213."""

_ALIKE = 0.5
_SHARED = 3
"""What the sentences must have in common where only a noun tells what is counted: words, and the shorter's share."""

_FAR = 10
"""A number so many times another is of something else: of a country, not a town."""

_DAYS = 14
"""Articles further apart are taken to count at different times."""

_BEGINNING = 1000
"""How many characters of an article must tell of an outcome for its number to be the story's: a round-up has many."""

LOOKED_AT = 8
"""How many passages found are searched for what disagrees."""

_TOLLS = frozenset(("dead", "injured", "missing", "arrested", "evacuated"))
"""Counts that change as news comes in, so that the later is right even where outlets differ."""


@dataclass(frozen=True)
class _Counted:
    article: Article
    count: Count
    quantity: Quantity
    words: frozenset[str]
    """The stems of the sentence, without the number."""


def differing(sentences: Sequence[tuple[Article, int, int]]) -> list[Differing]:
    """Where the ``sentences``, each a span of an article, give different numbers for the same thing in one story.

    Numbers of one article are never set against each other.
    """
    found = [one for article, start, end in sentences for one in _counted(article, start, end)]
    groups = list[list[_Counted]]()
    for one in found:
        group = next((group for group in groups if _belongs(one, group)), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    made = (_differing(group) for group in groups)
    return [one for one in made if one is not None]


def differing_in(hits: Sequence[Hit]) -> list[Differing]:
    """Where the sentences of the passages found give different numbers; each sentence is read once."""
    spans = {(hit.article.id, s.start, s.end): hit.article for hit in hits for s in hit.passage.sentences}
    return differing([(article, start, end) for (_, start, end), article in spans.items()])


def differing_beside(cited: Sequence[Citation], hits: Sequence[Hit]) -> tuple[Differing, ...]:
    """Those differing numbers of ``hits`` of which a ``cited`` sentence gives one."""
    if len({hit.article.id for hit in hits}) < 2 or not any(map(_has_number, cited)):
        return ()
    places = {(one.article_id, one.start, one.end) for one in cited}
    return tuple(
        one
        for one in differing_in(hits)
        if any((q.citation.article_id, q.citation.start, q.citation.end) in places for q in one.quantities)
    )


def _has_number(cited: Citation) -> bool:
    return bool(counts(cited.quote, 0, len(cited.quote), cited.published.year if cited.published else None))


def _belongs(one: _Counted, group: Sequence[_Counted]) -> bool:
    """Whether it counts what all other articles of the group count, and what its own article does there."""
    elsewhere = [other for other in group if other.article.id != one.article.id]
    return bool(elsewhere) and all(_same_thing(one, other) for other in elsewhere)


def _counted(article: Article, start: int, end: int) -> Iterator[_Counted]:
    year = article.published.year if article.published else None
    for count in counts(article.text, start, end, year):
        text = article.text[count.start : count.end]
        noun = count.kind or count.noun
        words = frozenset(stems(article.text[start : count.start] + article.text[count.end : end]))
        yield _Counted(article, count, Quantity(count.value, text, noun, cite(article, start, end)), words)


def _same_thing(one: _Counted, other: _Counted) -> bool:
    """Whether the two count the same thing in different articles of one story."""
    mine, theirs = one.count, other.count
    if one.article.id == other.article.id or (mine.kind, mine.noun) != (theirs.kind, theirs.noun):
        return False
    if max(mine.value, theirs.value) > _FAR * max(1.0, min(mine.value, theirs.value)):
        return False
    if mine.places and theirs.places and not mine.places & theirs.places:
        return False
    if mine.kind and not (_leads_with(one.article, mine.kind) and _leads_with(other.article, mine.kind)):
        return False
    if not (mine.kind and mine.noun == "people"):
        shared = (one.words & other.words) - {*mine.noun.split()}
        if len(shared) < max(_SHARED, _ALIKE * min(len(one.words), len(other.words))):
            return False
    return _near(one.article.published, other.article.published) and same_story(one.article, other.article)


def _leads_with(article: Article, kind: str) -> bool:
    return tells_of(f"{article.title}\n{article.text[:_BEGINNING]}", kind)


def _near(one: date | None, other: date | None) -> bool:
    return one is None or other is None or abs((one - other).days) <= _DAYS


def _differing(group: Sequence[_Counted]) -> Differing | None:
    """The differing numbers of a group, or None if they agree. An article that gives several values does not count."""
    values = defaultdict[str, set[float]](set)
    for one in group:
        values[one.article.id].add(one.count.value)
    clear = [one for one in group if len(values[one.article.id]) == 1]
    ordered = sorted(clear, key=lambda one: one.article.published or date.min)
    if not any(_differ(one.count, other.count) for one, other in itertools.combinations(ordered, 2)):
        return None
    return Differing(tuple(one.quantity for one in ordered), _is_superseded(ordered))


def _differ(one: Count, other: Count) -> bool:
    apart = abs(one.value - other.value)
    return apart > _CLOSE * max(one.value, other.value) if one.hedged or other.hedged else apart > 0


def _is_superseded(ordered: Sequence[_Counted]) -> bool:
    """Whether the last number is only in articles newer than all others, and is a toll or by the same outlet."""
    last = [one for one in ordered if one.count.value == ordered[-1].count.value]
    rest = [one for one in ordered if one.count.value != ordered[-1].count.value]
    days = [one.article.published for one in ordered]
    if None in days or not rest:
        return False
    newer = max(one.article.published or date.min for one in rest) < min(
        one.article.published or date.min for one in last
    )
    outlets = {one.article.source.casefold() for one in ordered}
    return newer and (ordered[-1].count.kind in _TOLLS or (len(outlets) == 1 and "" not in outlets))
