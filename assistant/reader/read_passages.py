"""The reader: a question and passages in, the best answer spans of each passage out."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.reader.model import ReaderModel
from assistant.reader.phrases import whole_words
from assistant.reader.spans import best_spans
from assistant.reader.windows import is_headline, promising
from assistant.text.wording import normalise_answer
from indexes import Hit, Sentence

_SIZE = 480
"""Characters read of each passage. Twice as many took twice as long and gave no better answers (docs/log.md)."""


_EACH = 2
"""Spans taken from each sentence: if the best only repeats the question, the next may answer it."""

HEADING = 120
"""Characters of a title read with its passage."""


@dataclass(frozen=True)
class Candidate:
    """A span of a sentence that may be the answer: ``article.text[start:end]``.

    ``score`` is how much likelier the model finds it than no answer in the passage: the difference of the logits, start
    plus end.
    """

    hit: Hit
    sentence: Sentence
    start: int
    end: int
    score: float

    @property
    def text(self) -> str:
        return self.hit.article.text[self.start : self.end]


@dataclass(frozen=True)
class Reading:
    """The best spans of each sentence read in one passage, best first; empty if none was read."""

    hit: Hit
    candidates: tuple[Candidate, ...]


class PassageReader:
    """Reads passages with an extractive question-answering model. Safe to share between threads."""

    def __init__(self, model: ReaderModel) -> None:
        self.model = model

    def read(self, question: str, hits: Sequence[Hit], rarity: Mapping[str, float]) -> list[Reading]:
        """The reading of each of ``hits`` for ``question``, in their order.

        ``rarity`` weights the question's stems (:meth:`indexes.Index.rarity`): of a long passage, the part with most of
        them is read.
        """
        parts = [promising(hit, rarity, _SIZE) for hit in hits]
        heads = [heading(hit.article.title) for hit in hits]
        texts = [
            head + hit.article.text[part[0].start : part[-1].end]
            for hit, part, head in zip(hits, parts, heads, strict=True)
        ]
        readings = []
        for hit, part, head, scores in zip(hits, parts, heads, self.model.read(question, texts), strict=True):
            at = part[0].start - len(head)
            saying = [s for s in part if not is_headline(hit.article.text[s.start : s.end])]
            spans = best_spans(scores, [(s.start - at, s.end - at) for s in saying], each=_EACH)
            found = [_candidate(hit, part, at + span.start, at + span.end, span.score) for span in spans]
            ordered = sorted(filter(None, found), key=lambda candidate: -candidate.score)
            readings.append(Reading(hit, tuple(ordered)))
        return readings


def heading(title: str) -> str:
    """The heading read before a passage, in training too: it gives context, and no answer is taken from it."""
    short = textwrap.shorten(title, HEADING, placeholder="")
    return f"{short}\n" if short else ""


def _candidate(hit: Hit, part: Sequence[Sentence], start: int, end: int, score: float) -> Candidate | None:
    """The span widened to whole words; None if no word of it could be an answer."""
    sentence = next(s for s in part if s.start <= start < s.end)
    start, end = whole_words(hit.article.text, start, end)
    start, end = max(start, sentence.start), min(end, sentence.end)
    return Candidate(hit, sentence, start, end, score) if normalise_answer(hit.article.text[start:end]) else None
