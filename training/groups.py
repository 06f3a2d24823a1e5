"""Turns an example into a group of windows: the texts the reader is shown for one question, answered and not.

The windows of a group are normalised together (see :mod:`training.objective`), so what a window holds beside the
answer, and what stands in the windows without it, decide what the reader learns. All of it is drawn at random from
one seed: the same seed, epoch and example give the same group.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.reader.read_passages import heading
from indexes.ingest.sentence_splitter import split_sentences
from indexes.types.passages import Sentence
from training.examples import Example

LONGEST = 900
"""Characters in a window, at most, its heading not counted; about 220 tokens."""


@dataclass(frozen=True)
class Window:
    """A text and where in it the answer stands, in code points; None where it holds none."""

    text: str
    answer: tuple[int, int] | None = None


@dataclass(frozen=True)
class Group:
    """A question and the windows shown for it; at most one of them holds the answer."""

    question: str
    windows: tuple[Window, ...]


class Pool:
    """All contexts, each cut into sentences once."""

    def __init__(self, contexts: Sequence[str]) -> None:
        self.contexts = contexts
        self._sentences = [split_sentences(context) or [Sentence(0, len(context))] for context in contexts]
        self._of = dict(zip(contexts, self._sentences, strict=True))

    def sentences(self, context: str) -> list[Sentence]:
        return self._of[context]

    def passage(self, n: int, draw: random.Random) -> str:
        """A stretch of whole sentences of context ``n``, 120 to 500 characters where it has as many."""
        text, sentences = self.contexts[n], self._sentences[n]
        first = draw.randrange(len(sentences))
        start, end = grown(sentences, first, first, draw.randint(120, 500), draw)
        return self.heading(text, start, draw) + text[start:end][:LONGEST]

    def heading(self, context: str, start: int, draw: random.Random) -> str:
        """What stands above a window that begins at ``start``: often the beginning of its context, on a line of its
        own, as a title stands above a passage; else nothing."""
        first = self.sentences(context)[0]
        if start <= first.start or draw.random() < 0.4:
            return ""
        return heading(context[first.start : first.end])


def paragraph_group(example: Example, pool: Pool, negatives: Sequence[int], draw: random.Random) -> Group:
    """For a question on a paragraph: the paragraph or a part of it, with or without the answer, or beside another."""
    question = example.question
    sentences = pool.sentences(example.context)
    if draw.random() < 0.12:
        question = _with_preamble(example, sentences, draw)
    kind = draw.random()
    if kind < 0.18:
        return Group(question, (Window(_misleading(example, pool, negatives, draw)),))
    if kind < 0.58:
        answered = _around_answer(example, pool, draw.choice((40, 200, 400, 600)), draw)
        return Group(question, (answered, Window(_misleading(example, pool, negatives, draw))))
    return Group(question, (_around_answer(example, pool, draw.choice((500, LONGEST, LONGEST)), draw),))


def sentence_group(example: Example, pool: Pool, negatives: Sequence[int], draw: random.Random) -> Group:
    """For a question on one sentence: the sentence alone or among others, or beside or replaced by one like it."""
    alone = Window(example.context, (example.start, example.end))
    kind = draw.random()
    if kind < 0.15:
        return Group(example.question, (Window(_other(example, pool, negatives, draw)),))
    if kind < 0.45 and negatives:
        return Group(example.question, (alone, Window(_other(example, pool, negatives, draw))))
    if kind < 0.75:
        return Group(example.question, (_among(example, [_other(example, pool, negatives, draw) for _ in "12"], draw),))
    return Group(example.question, (alone,))


def grown(sentences: Sequence[Sentence], first: int, last: int, size: int, draw: random.Random) -> tuple[int, int]:
    """Start and end of the sentences ``first`` to ``last`` and whole neighbours on either side, up to ``size``."""
    while True:
        length = sentences[last].end - sentences[first].start
        sides = []
        if first > 0 and sentences[last].end - sentences[first - 1].start <= size:
            sides.append(-1)
        if last + 1 < len(sentences) and sentences[last + 1].end - sentences[first].start <= size:
            sides.append(1)
        if not sides or length >= size:
            return sentences[first].start, sentences[last].end
        if draw.choice(sides) < 0:
            first -= 1
        else:
            last += 1


def _around_answer(example: Example, pool: Pool, size: int, draw: random.Random) -> Window:
    sentences = pool.sentences(example.context)
    holding = [n for n, s in enumerate(sentences) if s.start < example.end and example.start < s.end]
    start, end = grown(sentences, holding[0], holding[-1], size, draw) if holding else (0, len(example.context))
    start, end = min(start, example.start), max(end, example.end)
    head = pool.heading(example.context, start, draw)
    at = len(head) - start
    return Window(head + example.context[start:end], (example.start + at, example.end + at))


def _misleading(example: Example, pool: Pool, negatives: Sequence[int], draw: random.Random) -> str:
    """A text that looks as if it answered: the same paragraph without the answer, or one that was mined."""
    sentences = pool.sentences(example.context)
    without = [n for n, s in enumerate(sentences) if example.answer.lower() not in _slice(example, s).lower()]
    if without and (draw.random() < 0.45 or not negatives):
        start = draw.choice(without)
        stop = start
        while stop + 1 in without and sentences[stop + 1].end - sentences[start].start <= 450:
            stop += 1
        head = pool.heading(example.context, sentences[start].start, draw)
        head = head if example.answer.lower() not in head.lower() else ""
        return head + example.context[sentences[start].start : sentences[stop].end][:LONGEST]
    return _other(example, pool, negatives, draw)


def _other(example: Example, pool: Pool, negatives: Sequence[int], draw: random.Random) -> str:
    """A mined text; for a question without any, a text drawn from the whole pool."""
    if negatives:
        return pool.passage(draw.choice(negatives), draw)
    return pool.passage(draw.randrange(len(pool.contexts)), draw)


def _among(example: Example, others: Sequence[str], draw: random.Random) -> Window:
    """The sentence between texts of other contexts."""
    before = " ".join(others[:1]) + " " if draw.random() < 0.6 else ""
    after = " " + " ".join(others[1:]) if draw.random() < 0.6 else ""
    text = before + example.context + after
    return Window(text, (len(before) + example.start, len(before) + example.end))


def _with_preamble(example: Example, sentences: Sequence[Sentence], draw: random.Random) -> str:
    """The question after a sentence on the subject, as quizzes ask: "X did Y this week. When …?"."""
    around = [_slice(example, s) for s in sentences if not (s.start < example.end and example.start < s.end)]
    short = [text for text in around if 4 < len(text.split()) < 25 and example.answer.lower() not in text.lower()]
    return f"{draw.choice(short)} {example.question}" if short else example.question


def _slice(example: Example, sentence: Sentence) -> str:
    return example.context[sentence.start : sentence.end]
