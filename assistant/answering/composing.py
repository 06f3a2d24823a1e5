"""Composes the answer that is shown from what was considered: its sentences with citations, or what was not found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain, zip_longest

from assistant.answering.archive_questions import OfArchive
from assistant.answering.arranging import IN_ORDER, Arrangement, scope
from assistant.answering.considered import Considered
from assistant.answering.evidence import Evidence, Verdict, squeezed
from assistant.answering.listing import list_articles
from assistant.answering.names_asked import NamesAsked, said_of
from assistant.answering.selection import MOST
from assistant.reader.answer_types import AnswerType
from assistant.types.answers import Answered, CitedSentence, NotFound, Part, Section
from assistant.types.citations import cite, near
from indexes import Hit, Index
from indexes.types.filters import Filter

_NEAREST = 3
_SENTENCES = 3
"""How many sentences are shown beside an answer in a few words; what has to be told has up to MOST."""

_COPIES = 4
_NAMES_ARTICLES = re.compile(r"\b(?:articles?|stor(?:y|ies)|pieces?|reports?)\b", re.IGNORECASE)

Considerations = Sequence[tuple[str, Considered]]
"""The parts of a question, mostly one, each with what was considered for it."""


def composed(
    question: str, parts: Considerations, where: Filter, notice: str = "", arrangement: Arrangement = IN_ORDER
) -> Answered | NotFound:
    """The answer to ``question`` in the articles' own sentences; ``where`` is the filter that was on.

    ``arrangement``: the sentences of a question that has one part, in sections.
    """
    if arrangement.groups:
        return _in_sections(question, parts[0][1], notice, arrangement)
    found = [(part, one, cited(one) if one.answers else ()) for part, one in parts]
    sentences = tuple(chain.from_iterable(told for _, _, told in found))
    if not sentences:
        names = _all_names([one for _, one in parts])
        within = f" Only articles {where.described} were searched." if where and not names.nowhere else ""
        nearest = tuple(map(near, hits_of(parts)[:_NEAREST]))
        return NotFound(question, nearest, notice, f"{said_of(names)}{within}")
    if len(found) == 1:
        return Answered(question, sentences, found[0][1].short, notice=notice)
    told_of = tuple(Part(part, one.short if told else None, len(told)) for part, one, told in found)
    return Answered(question, sentences, notice=notice, parts=told_of)


def from_archive(
    index: Index, question: str, words: str, archive: OfArchive, today: date
) -> Answered | NotFound | None:
    """The answer to a question about the archive itself, such as how many articles mention somebody, by counting.

    None if nothing is known of what ``words``, the question as it is searched, name: they may ask something else.
    """
    asked = archive.asked
    listing = list_articles(index, asked, archive.where, today)
    if listing.unknown and not _NAMES_ARTICLES.search(words):
        return None
    if not listing.articles:
        is_topic = asked.about and not asked.mentions and not archive.dated and not listing.unknown
        return None if is_topic else NotFound(question, (), text=listing.text)
    found = [(one.article, cite(one.article, one.sentence.start, one.sentence.end)) for one in listing.articles]
    sentences = tuple(CitedSentence(citation.quote, (citation,)) for _, citation in found)
    sections = tuple(Section(article.label, 1) for article, _ in found)
    return Answered(question, sentences, listing.text, form="list", sections=sections)


def _in_sections(question: str, one: Considered, notice: str, arrangement: Arrangement) -> Answered:
    most = 1 if arrangement.form == "timeline" else MOST
    told = [(group, _cited(group.evidence, most)) for group in arrangement.groups]
    return Answered(
        question, tuple(chain.from_iterable(sentences for _, sentences in told)), one.short, notice=notice,
        form=arrangement.form, scope=scope(arrangement.groups),
        sections=tuple(Section(group.heading, len(said), group.days, group.resolved) for group, said in told),
    )  # fmt: skip


def cited(considered: Considered) -> tuple[CitedSentence, ...]:
    """The best few different sentences; articles that carry the same sentence are cited together under it."""
    few = considered.kind.has_short and considered.kind is not AnswerType.ROLE
    return _cited(considered.verdict.evidence, _SENTENCES if few else MOST)


def _cited(evidence: Sequence[Evidence], most: int) -> tuple[CitedSentence, ...]:
    groups: dict[str, list[Evidence]] = {}
    for item in evidence:
        groups.setdefault(squeezed(item.hit, item.sentence), []).append(item)
    return tuple(
        CitedSentence(same[0].text, tuple(cite(e.hit.article, *e.span) for e in same[:_COPIES]))
        for same in list(groups.values())[:most]
    )


def together(parts: Considerations) -> Considered:
    """The considerations of all parts as one, for what is said of the question as a whole."""
    if len(parts) == 1:
        return parts[0][1]
    verdicts = [one.verdict for _, one in parts if one.answers]
    evidence = tuple(chain.from_iterable(verdict.evidence[:_SENTENCES] for verdict in verdicts))
    confidence = min((verdict.confidence for verdict in verdicts), default=0.0)
    return Considered(Verdict(evidence, None, confidence), bool(verdicts), hits_of(parts))


def hits_of(parts: Considerations) -> tuple[Hit, ...]:
    """The hits of all parts in turn, the best of each first, each passage once."""
    return tuple({hit.passage.id: hit for hit in _in_turn([one.hits for _, one in parts])}.values())


def _in_turn(found: Sequence[Sequence[Hit]]) -> Iterator[Hit]:
    for row in zip_longest(*found):
        yield from (hit for hit in row if hit is not None)


def _all_names(parts: Sequence[Considered]) -> NamesAsked:
    def each(kind: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for one in parts for name in getattr(one.names, kind)))

    return NamesAsked(each("nowhere"), each("known"), each("unknown"))
