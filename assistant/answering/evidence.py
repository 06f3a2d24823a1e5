"""What the articles say to a question, and how sure that is: the reader's readings, weighed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assistant.answering.same_story import same_story
from assistant.reader.calibration import Weighed
from assistant.reader.phrases import full_name, with_title
from assistant.reader.read_passages import Candidate
from assistant.text.wording import on_one_line
from indexes import Hit, Sentence

_FURTHER = 3.0
"""An answer worth this much less than the first (twenty times less likely) is not shown beside it."""

_ASKS_FOR_PEOPLE = re.compile(r"\b(?:who|whom|whose)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Evidence:
    """A sentence of a found passage, and how well it answers the question (higher is better)."""

    sentence: Sentence
    hit: Hit
    score: float

    @property
    def span(self) -> tuple[int, int]:
        return self.sentence.start, self.sentence.end

    @property
    def text(self) -> str:
        return self.hit.article.text[self.sentence.start : self.sentence.end]


@dataclass(frozen=True)
class Verdict:
    """Evidence, best first, and the answer in a few words, which stands in the first of it.

    ``confidence``, 0 to 1, is an estimate of how likely the short answer is right.
    """

    evidence: tuple[Evidence, ...]
    short: str | None
    confidence: float


def verdict(question: str, weighed: Weighed) -> Verdict:
    """The best answer with the sentences it stands in, and those of other answers that come near it.

    All are of the same story: what another one says, however alike, answers another question.
    """
    if not weighed.answers:
        return Verdict((), None, 0.0)
    best = weighed.answers[0]
    near = [answer for answer in weighed.answers[1:] if answer.value > best.value - _FURTHER]
    about = best.best.hit.article
    candidates = [one for one in (*best.candidates, *(a.best for a in near)) if same_story(about, one.hit.article)]
    evidence = tuple(_with_copies(candidates))
    return Verdict(evidence, short_answer(question, best.best), weighed.confidence)


def short_answer(question: str, candidate: Candidate) -> str:
    """The candidate's words; where a person is asked for, the full name with its title, if the sentence has them."""
    text, start, end = candidate.hit.article.text, candidate.start, candidate.end
    if _ASKS_FOR_PEOPLE.search(question):
        start, end = with_title(text, *full_name(text, start, end))
    sentence = candidate.sentence
    return on_one_line(text[max(start, sentence.start) : min(end, sentence.end)])


def _with_copies(candidates: Iterable[Candidate]) -> Iterator[Evidence]:
    """The candidates' sentences, each once, followed by the same sentence in copies of its passage."""
    seen = set[tuple[str, int]]()
    for candidate in candidates:
        first = candidate.hit, candidate.sentence
        for hit, sentence in (first, *in_copies(*first)):
            if (hit.article.id, sentence.start) not in seen:
                seen.add((hit.article.id, sentence.start))
                yield Evidence(sentence, hit, candidate.score)


def with_copies(one: Evidence) -> list[Evidence]:
    """The sentence, followed by the same sentence in copies of its passage."""
    return [one, *(Evidence(sentence, hit, one.score) for hit, sentence in in_copies(one.hit, one.sentence))]


def in_copies(hit: Hit, sentence: Sentence) -> list[tuple[Hit, Sentence]]:
    """Where the same sentence stands in the copies of its passage."""
    said = squeezed(hit, sentence)
    return [(copy, other) for copy in hit.copies for other in copy.passage.sentences if squeezed(copy, other) == said]


def squeezed(hit: Hit, sentence: Sentence) -> str:
    """A sentence in the form in which the same sentence of another article equals it."""
    return on_one_line(hit.article.text[sentence.start : sentence.end]).casefold()
