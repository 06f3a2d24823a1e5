"""Where a question asks for a number that articles of one story give differently, their sentences answer it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.answering.considered import Considered
from assistant.answering.evidence import Evidence, with_copies
from assistant.answering.quantities import LOOKED_AT, differing_in
from assistant.answering.same_story import same_story
from assistant.claims.counts import counts, tells_of
from assistant.reader.answer_types import AnswerType
from assistant.types.claims import Differing
from indexes import Hit
from indexes.search.analysis import stems

_Place = tuple[str, int, int]
_HOW_MANY = re.compile(r"\bhow\s+many\b", re.IGNORECASE)
_KILL, _DIE = re.compile(r"\bkill\b"), re.compile(r"\bdie\b")
_ANYONE = "people"
_WORD = re.compile(r"[\w’'-]+")
_ASKS = frozenset(stems("many people"))


def latest_first(question: str, considered: Considered) -> Considered:
    """The same, but a number that replaces others stands before them, and none of those is the short answer.

    Where the reader is not sure because articles differ on the number, the sentences that give it are the answer.
    """
    if considered.kind is not AnswerType.NUMBER or not considered.hits:
        return considered
    found = asked_for(question, differing_in(considered.hits[:LOOKED_AT]))
    if found is None:
        return considered
    if considered.answers:
        return _led(found, considered) if found.superseded and _is_answer(found, considered) else considered
    return _led(found, considered) if _names_it(question, found, considered) else considered


def asked_for(question: str, found: Sequence[Differing]) -> Differing | None:
    """The first of ``found`` whose numbers count what the question names: "How many died?" asks for the dead."""
    told = _HOW_MANY.sub("7", _KILL.sub("killed", _DIE.sub("died", question)))
    counted = [one for one in counts(told, 0, len(told)) if not one.kind or one.noun == _ANYONE]
    asked = [{*(one.kind or one.noun).split()} for one in counted]
    return next((one for one in found for noun in asked if noun <= {*one.quantities[0].noun.split()}), None)


def _is_answer(found: Differing, considered: Considered) -> bool:
    """Whether the sentence that answers gives one of the numbers."""
    return _place(considered.verdict.evidence[0]) in _places(found)


def _names_it(question: str, found: Differing, considered: Considered) -> bool:
    """Whether the question names the story: all articles that give the number have its names, or, if it has none, its
    words in their titles, which none of another story has.
    """
    names, giving = considered.names, {place[0] for place in _places(found)}
    articles = {hit.article.id: hit.article for hit in considered.hits}
    telling = [article for id, article in articles.items() if id in giving]
    if names.unknown or names.nowhere:
        return False
    if names.known:
        return all(names.share_in(article) == 1 for article in telling)
    noun = found.quantities[0].noun
    rest = " ".join(word for word in _WORD.findall(question) if not tells_of(word, noun))
    words = {*stems(rest)} - {*_ASKS, *noun.split()}
    about = [article for article in articles.values() if words <= {*stems(article.title)}]
    return bool(words) and all(one in about and same_story(one, telling[0]) for one in (*telling, *about))


def _led(found: Differing, considered: Considered) -> Considered:
    """The sentences that give the number, the newest first if it replaces the others, before the other evidence."""
    evidence = {_place(one): one for one in considered.verdict.evidence} if considered.answers else {}
    if considered.answers and _place(considered.verdict.evidence[0]) == _places(found)[0]:
        return considered
    leading = [evidence.get(place) or _evidence(place, considered.hits) for place in _places(found)]
    first = [one for each in leading if each is not None for one in with_copies(each)]
    each = {_place(one): one for one in (*first, *evidence.values())}
    verdict = replace(considered.verdict, evidence=tuple(each.values()), short=None)
    return replace(considered, verdict=verdict, answers=True, short=None)


def _places(found: Differing) -> list[_Place]:
    """Where the numbers stand, in the order in which they are shown."""
    cited = [one.citation for same in found.by_value for one in same]
    return [(one.article_id, one.start, one.end) for one in cited]


def _place(one: Evidence) -> _Place:
    return one.hit.article.id, *one.span


def _evidence(place: _Place, hits: Sequence[Hit]) -> Evidence | None:
    for hit in hits:
        for sentence in hit.passage.sentences:
            if (hit.article.id, sentence.start, sentence.end) == place:
                return Evidence(sentence, hit, hit.score)
    return None
