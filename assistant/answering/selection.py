"""Chooses the sentences that answer a question without a short answer: a topic, a reason, what somebody said.

Sentences are taken one by one, each the best by its own relevance and by what it adds: the words that many of the
articles found have and no sentence before it had. This is maximum coverage as in Lin & Bilmes, "A class of submodular
functions for document summarization", ACL 2011.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from assistant.answering.evidence import Evidence
from assistant.reader.answer_types import AnswerType
from assistant.reader.calibration import Question
from assistant.reader.windows import is_headline
from indexes import Hit, Index
from indexes.search.analysis import stems

MOST = 8
"""How many sentences are chosen."""

_LEADS = 6
"""The beginnings of so many of the best articles are read too: what a story has come to stands there."""

_COVERAGE = 0.02
_COVERAGE_OF_TOPIC = 0.15
"""What it is worth to add a word; more for a topic, whose every aspect is asked for."""

_SALIENCE = 0.03
"""The same where each sentence is weighed by itself."""

_NEAR = 0.6
_NEAR_OF_KIND = {
    AnswerType.YES_NO: 0.7,
    AnswerType.EVENT: 0.7,
    AnswerType.STATEMENT: 0.45,
    AnswerType.TOPIC: 0.35,
}
"""A sentence of less relevance than this share of the best one's is not chosen: fewer decide a yes or no than tell a
reason, and a topic has aspects that are told in words of their own.
"""

_SAME = 0.6
"""Sentences that share more of their words say the same: the better one is enough."""

_SPEAKS, _QUOTES, _QUOTES_SPEAKER = 0.2, 0.1, 0.2
_FOLLOWS = 0.7
"""A sentence after one with the speaker's name is probably the speaker's, too."""

_WORDED = 0.1
_CUES = {
    AnswerType.REASON: re.compile(
        r"\b(?:because|due\s+to|as\s+a\s+result|caus(?:e|es|ed|ing)|led\s+to|blam\w+|thanks\s+to|owing\s+to|so\s+that"
        r"|in\s+order\s+to|reasons?|since|therefore|motiv\w+|prompted|triggered|stemm\w+)\b",
        re.IGNORECASE,
    ),
    AnswerType.MANNER: re.compile(
        r"\b(?:by\s+\w+ing|using|used|via|through|by\s+means\s+of|made|with)\b", re.IGNORECASE
    ),
}
_DANGLING = 0.1
_POINTS_BACK = re.compile(r"[“\"]?(?:He|She|It|They|This|That|These|Those|His|Her|Their|But|And|So)\b")
"""A sentence that begins so needs the one before it to be understood."""

_DATELINE = re.compile(r"[A-Z][\w ,.]{2,40}\([^()]{2,40}\)\W*")
_CAPTION = re.compile(
    r"^\W*(?:hide\s+caption|photos?:|video\b|watch:|related:)|\b\d+\s+of\s+\d+\s+photos", re.IGNORECASE
)
SAYING = re.compile(
    r"[“\"]|\b(?:said|says|told|tweeted|wrote|added|called|according\s+to|posted|criticis\w+|criticiz\w+|argued|denied"
    r"|statement)\b"
)
PLAIN_WORDS = frozenset(("may", "might", "said", "say"))
"""Words that tell nothing, besides the stop words that no stem is made of."""


@dataclass(frozen=True)
class Relevance:
    """Sentences with their relevance to a question as ``score``, in no order, each with its telling words."""

    found: Sequence[Evidence] = ()
    words: Sequence[frozenset[str]] = ()

    @property
    def first(self) -> Evidence:
        """The most relevant; there must be one."""
        return max(self.found, key=lambda one: one.score)

    @property
    def best(self) -> float:
        return self.first.score if self.found else 0.0

    @property
    def different_words(self) -> frozenset[str]:
        return frozenset().union(*self.words)

    def where(self, holds: Callable[[Evidence], bool]) -> Relevance:
        """Those of the sentences for which ``holds``."""
        pairs = [pair for pair in zip(self.found, self.words, strict=True) if holds(pair[0])]
        return replace(self, found=[one for one, _ in pairs], words=[words for _, words in pairs])


def candidates(index: Index, hits: Sequence[Hit]) -> list[Evidence]:
    """Each sentence of ``hits`` and of the beginnings of the best articles that tells something, once."""
    recipe = index.builder().number
    first = {hit.article.id: hit for hit in reversed(hits)}
    best = sorted(first.values(), key=lambda hit: hit.rank)[:_LEADS]
    leads = [replace(hit, passage=p) for hit in best for p in index.store.passages_of(hit.article.id, recipe)[:1]]
    found = dict[tuple[str, int], Evidence]()
    for hit in (*hits, *leads):
        for sentence in hit.passage.sentences:
            found.setdefault((hit.article.id, sentence.start), Evidence(sentence, hit, 0.0))
    return [one for one in found.values() if _tells(one.text)]


def relevance(
    index: Index, asked: Question, kind: AnswerType, found: Sequence[Evidence], speaker: str = ""
) -> Relevance:
    """How relevant each of ``found`` is to a question of ``kind``, 0 to about 2.

    relevance = cosine + 0.3 · coverage(sentence) + 0.3 · coverage(passage and title), each coverage in 0…1 and weighted
    by inverse document frequency; a little more where a reason, a manner or a statement is asked for and the sentence
    is worded as one, and where it is by the ``speaker`` whose words are asked for. docs/log.md has the figures.
    """
    if not found:
        return Relevance()
    different = list(dict.fromkeys(one.text for one in found))
    vectors = index.embed([asked.text, *different])
    cosines = dict(zip(different, vectors[1:] @ vectors[0], strict=True))
    around = {one.hit.passage.id: asked.coverage(one.hit.text_with_title) for one in found}
    cue = _CUES.get(kind)
    spoken = _by_speaker(asked, found, speaker) if kind is AnswerType.STATEMENT else [0.0] * len(found)
    scored = []
    for one, share in zip(found, spoken, strict=True):
        score = float(cosines[one.text]) + 0.3 * asked.coverage(one.text) + 0.3 * around[one.hit.passage.id]
        if cue and cue.search(one.text):
            score += _WORDED
        if _POINTS_BACK.match(one.text):
            score -= _DANGLING
        if kind is AnswerType.STATEMENT:
            score += _SPEAKS * share + (_QUOTES + _QUOTES_SPEAKER * share) * bool(SAYING.search(one.text))
        scored.append(replace(one, score=score))
    return Relevance(scored, [frozenset(stems(one.text)) - PLAIN_WORDS for one in scored])


def chosen(relevant: Relevance, kind: AnswerType, rarity: Mapping[str, float], most: int = MOST) -> list[Evidence]:
    """At most ``most`` of the sentences, in the order they were taken; none says what one before it says.

    A word is worth rarity · share², where the share of the articles found that have it counts the better found ones
    more: what most of a story's articles mention belongs to the story.
    """
    of_topic = kind is AnswerType.TOPIC
    weight = _COVERAGE_OF_TOPIC if of_topic else _COVERAGE
    least = relevant.best * _NEAR_OF_KIND.get(kind, _NEAR)
    worth = _worth_of_words(relevant, rarity)
    left = {n for n, one in enumerate(relevant.found) if one.score >= least}
    taken, covered = list[int](), set[str]()
    while left and len(taken) < most:
        gains = {
            n: relevant.found[n].score + weight * sum(worth[word] for word in relevant.words[n] - covered) for n in left
        }
        best = max(gains, key=lambda n: (gains[n], -n))
        left.discard(best)
        if not any(_same(relevant.words[best], relevant.words[n]) for n in taken):
            taken.append(best)
            covered |= relevant.words[best]
    return [relevant.found[n] for n in taken]


def salient(relevant: Relevance, rarity: Mapping[str, float]) -> list[Evidence]:
    """All the sentences, best first, by relevance and by the worth of all their words as in :func:`chosen`."""
    worth = _worth_of_words(relevant, rarity)
    pairs = zip(relevant.found, relevant.words, strict=True)
    scored = [replace(one, score=one.score + _SALIENCE * sum(worth[word] for word in words)) for one, words in pairs]
    return sorted(scored, key=lambda one: -one.score)


def _same(words: frozenset[str], others: frozenset[str]) -> bool:
    return words == others or len(words & others) > _SAME * len(words | others)


def _worth_of_words(relevant: Relevance, rarity: Mapping[str, float]) -> dict[str, float]:
    top = max((one.hit.score for one in relevant.found), default=0.0)
    weights = defaultdict[str, float](float)
    words = defaultdict[str, set[str]](set)
    for one, held in zip(relevant.found, relevant.words, strict=True):
        article = one.hit.article.id
        weights[article] = max(weights[article], math.exp(2 * (one.hit.score - top)))
        words[article] |= held
    total, shares = sum(weights.values()), defaultdict[str, float](float)
    for article, telling in words.items():
        for word in telling:
            shares[word] += weights[article] / total
    return {word: rarity.get(word, 0.0) * share**2 for word, share in shares.items()}


def _by_speaker(asked: Question, found: Sequence[Evidence], speaker: str) -> list[float]:
    """How likely each sentence is the speaker's, 0 to 1: whether it has the name's rarest word, or follows one."""
    named = {stem: asked.rarity.get(stem, 0.0) for stem in stems(speaker) if stem not in PLAIN_WORDS}
    rarest = max(named.values(), default=0.0)
    if not rarest:
        return [0.0] * len(found)
    own = [max((named[stem] for stem in named.keys() & {*stems(one.text)}), default=0.0) / rarest for one in found]
    order = sorted(range(len(found)), key=lambda n: (found[n].hit.article.id, found[n].sentence.start))
    shares = list(own)
    for before, n in pairwise(order):
        if _follows(found[before], found[n]):
            shares[n] = max(own[n], _FOLLOWS * own[before])
    return shares


def _follows(one: Evidence, other: Evidence) -> bool:
    return one.hit.article.id == other.hit.article.id and 0 <= other.sentence.start - one.sentence.end < 4


def _tells(text: str) -> bool:
    """Whether it states something: no headline, no caption, no question, no fragment."""
    end = text.rstrip(" ”\"’')]")[-1:]
    if len(text.split()) < 4 or end not in ".!…" or _DATELINE.fullmatch(text):
        return False
    return not is_headline(text) and not _CAPTION.search(text)
