"""Arranges the sentences of an answer in sections: a briefing by what they tell, statements by who speaks, a comparison
by its sides, a timeline by days.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from assistant.answering.evidence import Evidence
from assistant.answering.relevant_sentences import speaker
from assistant.answering.selection import MOST
from assistant.answering.sides import Side, nearest_side, sides
from assistant.answering.timeline import timeline
from assistant.claims.extraction import ClaimReader
from assistant.reader.answer_types import AnswerType
from assistant.text.wording import capitalised
from assistant.types.answers import Form, Scope
from indexes.search.analysis import stems

_FEW = 5
"""With fewer sentences of a speaker's own, what is told beside them is shown too."""

_FEWEST = 4
"""A briefing of fewer sentences needs no headings."""

HAPPENED, FIGURES, SAID, NEXT, BEFORE = (
    "What happened",
    "In figures",
    "What people say",
    "What comes next",
    "Background",
)
_OLD = timedelta(days=45)
_SAYS = re.compile(
    r"[“\"][^“”\"]{15,}[”\"]|\b(?:said|says|told|tweeted|wrote|added|according\s+to|argued|denied|claimed|warned)\b"
)
_FIGURE = re.compile(
    r"[$£€]\s?\d|\d\s?%|\bpercent\b|\d{1,3}(?:,\d{3})+|\b\d+(?:\.\d+)?\s(?:million|billion|thousand)\b"
)
_COMES = re.compile(
    r"\b(?:will|(?:is|are)\s+(?:due|expected|set|scheduled|slated|likely|planning|going)\s+to|plans?\s+to"
    r"|(?:next|coming)\s+(?:week|month|year|spring|summer|autumn|fall|winter)|deadline)\b"
)


@dataclass(frozen=True)
class Group:
    """Sentences that belong together, under a heading. ``days`` and ``resolved`` as in :class:`Section`."""

    heading: str
    evidence: tuple[Evidence, ...]
    days: tuple[date, date] | None = None
    resolved: bool = False


@dataclass(frozen=True)
class Arrangement:
    """The groups in the order they are shown; none for an answer whose sentences simply follow each other."""

    form: Form = "sentences"
    groups: tuple[Group, ...] = ()


IN_ORDER = Arrangement()


def arranged(
    question: str, kind: AnswerType, evidence: Sequence[Evidence], claims: Callable[[], ClaimReader]
) -> Arrangement:
    """The sentences of ``evidence``, best first, arranged as ``question``, which is of ``kind``, wants them."""
    if kind is AnswerType.TIMELINE:
        entries = timeline(evidence, MOST)
        days = [Group(e.when.label, e.evidence, (e.when.start, e.when.end), e.when.resolved) for e in entries]
        return Arrangement("timeline", tuple(days)) if days else IN_ORDER
    if kind is AnswerType.STATEMENT:
        return Arrangement("statements", tuple(_statements(evidence, claims(), speaker(question))))
    if kind is AnswerType.COMPARISON:
        return _comparison(evidence, sides(question))
    if kind is AnswerType.TOPIC:
        return _briefing(evidence)
    return IN_ORDER


def scope(groups: Iterable[Group]) -> Scope:
    """The articles that tell what is in ``groups``, copies included."""
    articles = {one.hit.article.id: one.hit.article for group in groups for one in group.evidence}.values()
    days = [date(*article.published.timetuple()[:3]) for article in articles if article.published]
    return Scope(
        len(articles), len({article.outlet for article in articles if article.outlet}), max(days, default=None)
    )


def _briefing(evidence: Sequence[Evidence]) -> Arrangement:
    """What happened first, then figures, what people say, what comes next and what was before."""
    shown = [*dict.fromkeys(one.text for one in evidence)][:MOST]
    evidence = [one for one in evidence if one.text in shown]
    if len(shown) < _FEWEST:
        return IN_ORDER
    newest = max((one.hit.article.published for one in evidence if one.hit.article.published), default=None)

    def heading(one: Evidence) -> str:
        text, published = one.text, one.hit.article.published
        if published and newest and newest - published > _OLD:
            return BEFORE
        if _SAYS.search(text):
            return SAID
        if _COMES.search(text):
            return NEXT
        return FIGURES if len(_FIGURE.findall(text)) > 1 else HAPPENED

    headings = {one.text: heading(one) for one in evidence} | {evidence[0].text: HAPPENED}
    groups = [
        Group(each, tuple(one for one in evidence if headings[one.text] == each))
        for each in (HAPPENED, FIGURES, SAID, NEXT, BEFORE)
    ]
    groups = [group for group in groups if group.evidence]
    return Arrangement("briefing", tuple(groups)) if len(groups) > 1 else IN_ORDER


def _statements(evidence: Sequence[Evidence], reader: ClaimReader, asked: str) -> list[Group]:
    """By speaker, in the order in which each first speaks; what nobody says stands under the title it is from.

    Only what ``asked`` says, if that is a name and any of it is there; and, if that is little, what the same articles
    tell in nobody's words.
    """
    said_by = {one.text: _speaker(one, reader) for one in reversed(evidence)}
    theirs = {text for text, name in said_by.items() if name and _is_called(name, asked)}
    texts = [*dict.fromkeys(one.text for one in evidence)]
    if theirs:
        articles = {one.hit.article.id for one in evidence if one.text in theirs}
        beside = {one.text for one in evidence if not said_by[one.text] and one.hit.article.id in articles}
        own = [text for text in texts if text in theirs]
        texts = [*own, *[text for text in texts if text in beside][: max(0, _FEW - len(own))]]
    texts = texts[:MOST]
    names = _one_name_each([said_by[text] for text in texts])
    title_of = {one.text: one.hit.article.label for one in reversed(evidence)}
    groups = dict[str, list[Evidence]]()
    shown = [one for one in evidence if one.text in texts]
    for one in sorted(shown, key=lambda one: texts.index(one.text)):
        name = said_by[one.text]
        heading = capitalised(names[name]) if name else f"In “{title_of[one.text]}”"
        groups.setdefault(heading, []).append(one)
    return [Group(heading, tuple(said)) for heading, said in groups.items()]


def _speaker(one: Evidence, reader: ClaimReader) -> str:
    passage = one.hit.passage
    claims = reader.claims(one.hit.article, passage.start, passage.end)
    return next((claim.speaker for claim in claims if (claim.citation.start, claim.citation.end) == one.span), "")


def _is_called(name: str, asked: str) -> bool:
    """Whether ``asked`` ends in a word by which ``name`` calls its bearer: not "officials", which is none's name."""
    words = stems(asked)
    return bool(words) and any(word[:1].isupper() and words[-1] in stems(word) for word in name.split())


def _one_name_each(names: Iterable[str]) -> dict[str, str]:
    """The longest of the names that end in the same word, for each: "Hayes" is Robin Hayes."""
    longest = dict[str, str]()
    for name in filter(None, names):
        last = name.split()[-1].casefold()
        longest[last] = max(longest.get(last, ""), name, key=len)
    return {name: longest[name.split()[-1].casefold()] for name in filter(None, names)}


def _comparison(evidence: Sequence[Evidence], of: Sequence[Side]) -> Arrangement:
    """A section for each side; without sides, for each outlet."""
    if of:
        nearest = [(nearest_side(of, one), one) for one in evidence]
        named = [(side.name, [one for its, one in nearest if its is side]) for side in of]
    else:
        first = {one.text: one for one in reversed(evidence)}
        by_outlet = sorted(first.values(), key=lambda one: one.hit.article.outlet)
        named = [(outlet, list(told)) for outlet, told in groupby(by_outlet, key=lambda one: one.hit.article.outlet)]
    groups = [Group(capitalised(name) or "No outlet stated", tuple(told)) for name, told in named if told]
    return Arrangement("comparison", tuple(groups)) if len(groups) > 1 else IN_ORDER
