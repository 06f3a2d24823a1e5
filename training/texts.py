"""Reads one text, or many, for a question: the best span of every sentence."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.reader.model import ReaderModel
from assistant.reader.spans import Span, best_spans
from indexes.ingest.sentence_splitter import split_sentences
from indexes.types.passages import Sentence

_WINDOW = 1000
"""Characters read at once of a text that was not cut into passages; about 230 tokens."""


def read_text(model: ReaderModel, question: str, text: str) -> list[Span]:
    """The best span of each sentence of ``text``, however long it is. Always at least one for a text with a word."""
    sentences = split_sentences(text) or [Sentence(0, len(text))]
    windows = _windows(sentences)
    texts = [text[window[0].start : window[-1].end] for window in windows]
    spans = []
    for window, scores in zip(windows, model.read(question, texts), strict=True):
        at = window[0].start
        found = best_spans(scores, [(s.start - at, s.end - at) for s in window])
        spans += [Span(at + span.start, at + span.end, span.score) for span in found]
    return spans


def _windows(sentences: Sequence[Sentence]) -> list[list[Sentence]]:
    """Runs of whole sentences about as long as a passage; each begins with the last sentence of the one before."""
    windows = [[sentences[0]]]
    for sentence in sentences[1:]:
        if sentence.end - windows[-1][0].start > _WINDOW:
            windows.append(windows[-1][-1:] if windows[-1][-1].end - windows[-1][-1].start < _WINDOW // 3 else [])
        windows[-1].append(sentence)
    return windows


def sentence_scores(model: ReaderModel, question: str, sentences: Sequence[str]) -> list[float]:
    """How well each sentence, alone, answers the question: the score of its best span."""
    worst = -1e3
    return [
        max((span.score for span in best_spans(scores, [(0, len(text))])), default=worst)
        for text, scores in zip(sentences, model.read(question, sentences), strict=True)
    ]
