"""Finds the sentences that bear on a yes-or-no question, which no span can answer.

By similarity of meaning and words. Whether they amount to a yes is for the person reading them to decide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assistant.answering.evidence import Evidence, Verdict
from assistant.reader.calibration import Question
from assistant.reader.windows import is_headline
from indexes import Hit, Index

_THRESHOLD = 0.66
_VERBS = (
    "is are was were am be do does did has have had will would can could shall should may might must "
    "isn't aren't wasn't weren't don't doesn't didn't hasn't haven't hadn't won't wouldn't can't couldn't shouldn't"
)
_YES_OR_NO = re.compile(rf"(?:{'|'.join(_VERBS.split())})\b(?!.*\bor\b)", re.IGNORECASE)


def wants_yes_or_no(question: str) -> bool:
    """Whether the last sentence of ``question`` begins with a verb: "Did Ukraine endorse the call?".

    A choice ("Is it red or blue?") does not count: its answer is one of its words.
    """
    asked = re.split(r"(?<=[.!?])\s+", question.strip().replace("’", "'"))[-1]
    return bool(_YES_OR_NO.match(asked))


def bearing(index: Index, question: str, hits: Sequence[Hit], rarity: Mapping[str, float]) -> Verdict:
    """The sentences of ``hits`` that bear on ``question``, best first; there is no short answer.

    score = cosine + 0.3 · coverage(sentence) + 0.3 · coverage(passage and title), each coverage in 0…1 and weighted
    by inverse document frequency. Below 0.66 a sentence is left out. The weights were chosen among ten
    combinations and the threshold set to keep about nine in ten answerable questions; docs/log.md has the figures.
    """
    asked = Question(question, rarity)
    candidates = [Evidence(s, hit, 0.0) for hit in hits for s in hit.passage.sentences]
    candidates = [evidence for evidence in candidates if not is_headline(evidence.text)]
    if not candidates:
        return Verdict((), None, 0.0)
    different = list(dict.fromkeys(evidence.text for evidence in candidates))
    vectors = index.embed([question, *different])
    cosine_of = dict(zip(different, vectors[1:] @ vectors[0], strict=True))
    around = {hit.passage.id: asked.coverage(f"{hit.article.title} {hit.text}") for hit in hits}
    scored = [
        Evidence(
            e.sentence,
            e.hit,
            float(cosine_of[e.text]) + 0.3 * asked.coverage(e.text) + 0.3 * around[e.hit.passage.id],
        )
        for e in candidates
    ]
    scored.sort(key=lambda evidence: -evidence.score)
    best = scored[0].score
    return Verdict(tuple(e for e in scored if e.score >= max(_THRESHOLD, 0.85 * best)), None, min(best / 2, 1.0))
