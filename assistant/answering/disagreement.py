"""Finds the claims that bear on a question, those among them that contradict each other, and numbers that differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistant.answering.evidence import in_copies, squeezed
from assistant.answering.quantities import LOOKED_AT, differing_beside
from assistant.answering.same_story import same_story
from assistant.claims.cues import denial_in
from assistant.claims.denials import is_of_being_told
from assistant.claims.extraction import ClaimReader
from assistant.reader.calibration import Question
from assistant.types.answers import Answered
from assistant.types.citations import Citation, cite
from assistant.types.claims import Claim, Disagreement, Stance, Voice
from indexes import Article, Hit, Index
from indexes.search.analysis import stems

BEARS = 0.55
"""The lowest score of a claim that bears on a question: cosine + 0.3 · the share of the question's words it holds."""

_SAME_MATTER = 0.5
"""The lowest cosine at which two claims are about the same thing."""

_ALONGSIDE = 0.54
"""The lowest cosine at which a claim bears on a question because one of its story does. For a denial, it is the one of
the same matter, as a denial is needed to see both sides."""

_SHARED = 0.2
"""The least share of the shorter claim's words that a denial and what it denies have in common."""

_MOST = 4


def disagreement_on(
    index: Index, claims: Callable[[], ClaimReader], answer: Answered, searched: str, hits: Sequence[Hit]
) -> Disagreement | None:
    """Where the articles disagree on what ``answer`` tells, or None. ``claims`` is called only if it is needed."""
    hits = hits[:LOOKED_AT]
    sides = disagreement(index, claims_about(index, claims(), searched, hits)) if may_disagree(hits) else None
    numbers = differing_beside(_telling(answer), hits)
    return replace(sides or Disagreement(), numbers=numbers) if sides or numbers else None


def _telling(answer: Answered) -> list[Citation]:
    """What is cited where a number matters: in any section, or in the first sentence of what answers in no sections."""
    if answer.sections:
        return [*answer.citations]
    return [cited for _, sentences in answer.by_part for one in sentences[:1] for cited in one.citations]


def claims_about(index: Index, reader: ClaimReader, question: str, hits: Sequence[Hit]) -> list[Voice]:
    """The claims in ``hits`` that bear on ``question``, most relevant first."""
    found = list(_claims_in(reader, hits))
    if not found:
        return []
    asked = Question(question, index.rarity(set(stems(question))))
    vectors = index.embed([question, *(voice.claim.citation.quote for voice in found)])
    worth = [
        float(cosine) + 0.3 * asked.coverage(voice.claim.citation.quote)
        for cosine, voice in zip(vectors[1:] @ vectors[0], found, strict=True)
    ]
    order = sorted(range(len(found)), key=lambda n: -worth[n])
    bearing = [n for n in order if worth[n] >= BEARS]
    told = {hit.article.id: hit.article for hit in hits}
    alongside = [n for n in order if n not in bearing and _is_alongside(n, bearing, found, vectors[1:], told)]
    return [found[n] for n in (*bearing, *alongside)]


def _is_alongside(
    n: int, bearing: Sequence[int], found: Sequence[Voice], vectors: Any, told: Mapping[str, Article]
) -> bool:
    """Whether the claim is about the same matter as one that bears on the question, in an article of its story."""
    own = told[found[n].claim.citation.article_id]
    least = _SAME_MATTER if found[n].claim.stance is Stance.DENIED else _ALONGSIDE
    return any(
        float(vectors[n] @ vectors[m]) >= least and same_story(own, told[found[m].claim.citation.article_id])
        for m in bearing
    )


def disagreement(index: Index, voices: Sequence[Voice]) -> Disagreement | None:
    """The disagreement in which some of ``voices`` deny what others of the same story say, or None."""
    denials = [voice for voice in voices if voice.claim.stance is Stance.DENIED]
    places = {voice.claim.citation for voice in denials}
    # Someone who reports a denial does not assert what is denied.
    others = [
        voice
        for voice in voices
        if voice.claim.stance not in (Stance.DENIED, Stance.DECLINED) and voice.claim.citation not in places
    ]
    if not denials or not others:
        return None
    told = _articles(index, (*denials, *others))
    vectors = index.embed([voice.claim.what or voice.claim.citation.quote for voice in (*denials, *others)])
    alike = vectors[: len(denials)] @ vectors[len(denials) :].T
    pairs = [
        (float(alike[n, m]), n, m)
        for n, denial in enumerate(denials)
        for m, other in enumerate(others)
        if alike[n, m] >= _SAME_MATTER
        and denial.claim.speaker.casefold() != other.claim.speaker.casefold()
        and _same_proposition(denial.claim, other.claim)
        and same_story(told[denial.claim.citation.article_id], told[other.claim.citation.article_id])
    ]
    if not pairs:
        return None
    denied = {n for _, n, _ in pairs}
    said = {m for _, _, m in pairs}
    return Disagreement(
        tuple(others[m] for m in sorted(said))[:_MOST], tuple(denials[n] for n in sorted(denied))[:_MOST]
    )


def _same_proposition(denial: Claim, other: Claim) -> bool:
    """Whether the two are about the same statement, by their words; being informed of a call is not the call."""
    denied, said = denial.what or denial.citation.quote, other.what or other.citation.quote
    if is_of_being_told(denied) != is_of_being_told(said):
        return False
    words, others = set(stems(denial.citation.quote)), set(stems(other.citation.quote))
    return len(words & others) >= _SHARED * min(len(words), len(others))


def _articles(index: Index, voices: Sequence[Voice]) -> dict[str, Article]:
    """The article of each voice, by id."""
    cited = {(voice.claim.citation.article_id, voice.claim.citation.version) for voice in voices}
    return {article_id: article for (article_id, _), article in index.store.articles(cited).items()}


def _claims_in(reader: ClaimReader, hits: Sequence[Hit]) -> Iterator[Voice]:
    """The claims in the sentences of ``hits``, each once, with the copies that carry them."""
    seen = set[tuple[str, Stance, str]]()
    for hit in hits:
        inside = {(s.start, s.end): s for s in hit.passage.sentences}
        for claim in reader.claims(hit.article, hit.passage.start, hit.passage.end):
            sentence = inside.get((claim.citation.start, claim.citation.end))
            if sentence is None:
                continue
            key = claim.speaker.casefold(), claim.stance, squeezed(hit, sentence)
            if key not in seen:
                seen.add(key)
                copies = in_copies(hit, sentence)
                yield Voice(claim, tuple(cite(copy.article, other.start, other.end) for copy, other in copies))


def may_disagree(hits: Sequence[Hit]) -> bool:
    """Whether anything in ``hits`` looks like a denial: a cheap check that settles most questions."""
    return any(denial_in(hit.text) for hit in hits)


def by(voices: Sequence[Voice], speaker: str = "", stance: Stance | None = None) -> list[Voice]:
    """The ``voices`` whose speaker's name contains ``speaker`` and whose stance is ``stance``, if one is given."""
    return [
        voice
        for voice in voices
        if speaker.casefold() in voice.claim.speaker.casefold() and stance in (None, voice.claim.stance)
    ]
