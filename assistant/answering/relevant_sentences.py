"""The sentences that answer a question which no few words answer: yes or no, why, how, who said what, a topic.

Whether they amount to a yes, or to a good reason, is for the person reading them to decide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain

from assistant.answering.evidence import Evidence, Verdict, with_copies
from assistant.answering.same_story import same_story, whole_story
from assistant.answering.selection import MOST, PLAIN_WORDS, Relevance, candidates, chosen, relevance, salient
from assistant.answering.sides import Side, nearest_side
from assistant.reader.answer_types import AnswerType
from assistant.reader.calibration import Question
from indexes import Hit, Index
from indexes.search.analysis import stems

_THRESHOLD = 0.66
_OF_KIND = {
    AnswerType.TOPIC: 0.5,
    AnswerType.TIMELINE: 0.5,
    AnswerType.COMPARISON: 0.5,
    AnswerType.STATEMENT: 0.8,
}
"""The lowest relevance of the best sentence. For a topic it is lower: there is nothing to be wrong about, and a word or
two have a low cosine.
"""

_OF_SEVERAL = (AnswerType.STATEMENT,)
"""What may be told of several stories. An answer of another kind is of one."""

_OUTLETS = 3
_SPOKEN = 40
"""So many sentences are given to find those of the speaker asked for among."""

_DATED = 60
"""So many sentences are given to choose a timeline's events from."""

_VERBS = (
    "is are was were am be do does did has have had will would can could shall should may might must "
    "isn't aren't wasn't weren't don't doesn't didn't hasn't haven't hadn't won't wouldn't can't couldn't shouldn't"
)
_SPEAKER = re.compile(
    r"\b(?:what|how)\s+(?:did|does|do|has|have|had|is|was|were)\s+(.{1,80}?)\s+"
    r"(?:say|said|saying|tell|told|claim\w*|argue\w*|think|make\s+of|announce\w*|warn\w*|promise\w*|demand\w*|den\w+"
    r"|confirm\w*|write|want|call|react\w*|respon\w+|describe\w*|explain\w*|defend\w*|justif\w+)\b"
    r"|\bquote\s+(.{1,40}?)\b(?:on|about|denying|saying)\b",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\babout\s+(.+)$", re.IGNORECASE)
_PRONOUNS = frozenset("i you he she it they we who anyone anybody someone somebody people everyone".split())
_YES_OR_NO = re.compile(rf"(?:{'|'.join(_VERBS.split())})\b(?!.*\bor\b)", re.IGNORECASE)


def wants_yes_or_no(question: str) -> bool:
    """Whether the last sentence of ``question`` begins with a verb: "Did Ukraine endorse the call?".

    A choice ("Is it red or blue?") does not count: its answer is one of its words.
    """
    asked = re.split(r"(?<=[.!?])\s+", question.strip().replace("’", "'"))[-1]
    return bool(_YES_OR_NO.match(asked))


def speaker(question: str) -> str:
    """Whose words "What did Ida Orm say about the ferry?" asks for, as typed; empty if it names nobody.

    >>> speaker("what did ida orm say about the ferry")
    'ida orm'
    """
    match = _SPEAKER.search(question)
    named = (match[1] or match[2]).strip() if match else ""
    return "" if named.casefold() in _PRONOUNS else named


def relevant_sentences(
    index: Index, asked: Question, kind: AnswerType, hits: Sequence[Hit], of: Sequence[Side] = ()
) -> Verdict:
    """The sentences of ``hits`` that tell most on a question of ``kind``, with their copies; there is no short answer.

    ``of``: the sides compared. None if the best is of too little relevance, or no article has a word of what somebody's
    words are to be about.
    """
    said_by = speaker(asked.text) if kind is AnswerType.STATEMENT else ""
    relevant = relevance(index, asked, kind, candidates(index, hits), said_by)
    nothing = Verdict((), None, 0.0)
    if relevant.best < _OF_KIND.get(kind, _THRESHOLD):
        return nothing
    if said_by:
        relevant = relevant.where(partial(_is_about, asked, _matter(asked.text)))
        if not relevant.found:
            return nothing
    if kind not in _OF_SEVERAL and not _is_of_two_stories(relevant, kind, of):
        relevant = _of_one_story(relevant, kind)
    evidence = _chosen(relevant, kind, index.rarity(relevant.different_words), of)
    return Verdict(tuple(chain.from_iterable(map(with_copies, evidence))), None, min(relevant.best / 2, 1.0))


def _matter(question: str) -> list[str]:
    """The stems of what somebody's words are to be about, as in "… about the theft?"; empty if that is not said."""
    match = _ABOUT.search(question)
    return [stem for stem in stems(match[1]) if stem not in PLAIN_WORDS] if match else []


def _is_about(asked: Question, matter: Sequence[str], one: Evidence) -> bool:
    text = f"{one.hit.article.title} {one.hit.article.text}"
    return not matter or any(asked.holds(stem, text) for stem in matter)


def _of_one_story(relevant: Relevance, kind: AnswerType) -> Relevance:
    about = _lead(relevant, kind).hit.article
    if kind is AnswerType.TIMELINE:
        story = whole_story(about, {one.hit.article.id: one.hit.article for one in relevant.found}.values())
        return relevant.where(lambda one: one.hit.article.id in story)
    return relevant.where(lambda one: same_story(about, one.hit.article))


def _is_of_two_stories(relevant: Relevance, kind: AnswerType, of: Sequence[Side]) -> bool:
    """Whether the story of the best sentence tells nothing of a side that is compared."""
    if kind is not AnswerType.COMPARISON:
        return False
    told = _of_one_story(relevant, kind)
    return not all(told.where(partial(_is_on, side, of)).found for side in of)


def _lead(relevant: Relevance, kind: AnswerType) -> Evidence:
    """The sentence whose story is told: for a topic, the one that the answer begins with."""
    return chosen(relevant, kind, {}, 1)[0] if kind is AnswerType.TOPIC else relevant.first


def _chosen(
    relevant: Relevance, kind: AnswerType, rarity: Mapping[str, float], of: Sequence[Side]
) -> Sequence[Evidence]:
    if kind is AnswerType.TIMELINE:
        return salient(relevant, rarity)[:_DATED]
    if kind is AnswerType.COMPARISON:
        each = [relevant.where(partial(_is_on, side, of)) for side in of] if of else _by_outlet(relevant)
        return [one for side in each for one in chosen(side, kind, rarity, MOST // len(each))]
    return chosen(relevant, kind, rarity, _SPOKEN if kind is AnswerType.STATEMENT else MOST)


def _by_outlet(relevant: Relevance) -> list[Relevance]:
    """The sentences of each of the outlets with the most relevant ones, three at most."""
    best = sorted(relevant.found, key=lambda one: -one.score)
    outlets = list(dict.fromkeys(one.hit.article.outlet for one in best))[:_OUTLETS]
    return [relevant.where(partial(_is_from, outlet)) for outlet in outlets]


def _is_from(outlet: str, one: Evidence) -> bool:
    return one.hit.article.outlet == outlet


def _is_on(side: Side, of: Sequence[Side], one: Evidence) -> bool:
    return nearest_side(of, one) is side
