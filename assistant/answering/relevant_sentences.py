"""Finds the sentences that bear on a question which no few words answer: yes or no, why, how, who said what, a topic.

By similarity of meaning and words. Whether they amount to a yes, or to a good reason, is for the person reading them to
decide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING

from assistant.answering.evidence import Evidence, Verdict
from assistant.answering.same_story import same_story
from assistant.claims.mentions import Mentions
from assistant.reader.answer_types import AnswerType
from assistant.reader.calibration import Question
from assistant.reader.windows import is_headline
from assistant.text.wording import lower_first
from indexes import Hit, Index, Sentence
from indexes.search.analysis import stems

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors

_THRESHOLD = 0.66
_TOPIC = 0.5
"""The threshold for a topic: there is nothing to be wrong about, and a word or two have a low cosine."""

_SAME = 0.9
"""Sentences whose cosine is higher say the same: one of them is enough."""

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
_WORDED = 0.08
_YES_OR_NO = re.compile(rf"(?:{'|'.join(_VERBS.split())})\b(?!.*\bor\b)", re.IGNORECASE)


def wants_yes_or_no(question: str) -> bool:
    """Whether the last sentence of ``question`` begins with a verb: "Did Ukraine endorse the call?".

    A choice ("Is it red or blue?") does not count: its answer is one of its words.
    """
    asked = re.split(r"(?<=[.!?])\s+", question.strip().replace("’", "'"))[-1]
    return bool(_YES_OR_NO.match(asked))


def speaker(question: str) -> frozenset[str]:
    """The stems of the name whose words "What did Ida Orm say about the ferry?" asks for; empty if it names none."""
    match = _SPEAKER.search(lower_first(question))
    named = Mentions(match[1] or match[2]).named if match else []
    return frozenset(stems(named[0].name)) if named else frozenset()


def bearing(
    index: Index,
    asked: Question,
    hits: Sequence[Hit],
    near: float,
    speaker: Set[str],
    kind: AnswerType,
) -> Verdict:
    """The sentences of ``hits`` that bear on a question of ``kind``, best first; there is no short answer.

    With ``speaker``, the stems of a name, only sentences that have one of them, or follow one that has. Where a reason
    or a manner is asked for, sentences worded as one come first among equals. All are of one story, but for a topic and
    for what somebody said, which may be said of several.

    score = cosine + 0.3 · coverage(sentence) + 0.3 · coverage(passage and title), each coverage in 0…1 and weighted
    by inverse document frequency. Below 0.66, or ``near`` times the best score, a sentence is left out, as is one that
    says what a better one of another article says. The weights were chosen among ten combinations and the threshold
    set to keep about nine in ten answerable questions; docs/log.md has the figures.
    """
    candidates = [Evidence(s, hit, 0.0) for hit in hits for s in _said_by(speaker, hit)]
    candidates = [one for one in candidates if not is_headline(one.text) and not one.text.rstrip().endswith("?")]
    if not candidates:
        return Verdict((), None, 0.0)
    different = list(dict.fromkeys(evidence.text for evidence in candidates))
    vectors = index.embed([asked.text, *different])
    row_of = {text: row for row, text in enumerate(different, start=1)}
    cue = _CUES.get(kind)
    around = {hit.passage.id: asked.coverage(f"{hit.article.title} {hit.text}") for hit in hits}
    scored = [
        Evidence(
            e.sentence,
            e.hit,
            float(vectors[row_of[e.text]] @ vectors[0])
            + 0.3 * asked.coverage(e.text)
            + 0.3 * around[e.hit.passage.id]
            + (_WORDED if cue and cue.search(e.text) else 0.0),
        )
        for e in candidates
    ]
    scored.sort(key=lambda evidence: -evidence.score)
    best = scored[0].score
    if kind not in (AnswerType.TOPIC, AnswerType.STATEMENT):
        scored = [e for e in scored if e.score < _THRESHOLD or same_story(scored[0].hit.article, e.hit.article)]
    found = [e for e in scored if e.score >= max(_TOPIC if kind is AnswerType.TOPIC else _THRESHOLD, near * best)]
    return Verdict(tuple(_different(found, row_of, vectors)), None, min(best / 2, 1.0))


def _said_by(speaker: Set[str], hit: Hit) -> list[Sentence]:
    sentences = list(hit.passage.sentences)
    if not speaker:
        return sentences
    names = [bool(speaker & set(stems(hit.article.text[s.start : s.end]))) for s in sentences]
    return [s for n, s in enumerate(sentences) if names[n] or (n and names[n - 1])]


def _different(found: Sequence[Evidence], row_of: Mapping[str, int], vectors: Vectors) -> list[Evidence]:
    """Those that say something new, and word-for-word copies of them, which are cited together."""
    kept = list[Evidence]()
    for one in found:
        vector = vectors[row_of[one.text]]
        same = [other for other in kept if float(vectors[row_of[other.text]] @ vector) > _SAME]
        if not same or any(other.text == one.text for other in same):
            kept.append(one)
    return kept
