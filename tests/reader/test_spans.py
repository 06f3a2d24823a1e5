"""From scores to spans: the best there is, inside one sentence, by brute force."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from assistant.reader.spans import Span, TokenScores, best_spans

TOKENS = 12
numbers = npst.arrays(np.float32, TOKENS, elements=st.floats(-5, 5, width=16))
OFFSETS = np.array([(5 * n, 5 * n + 4) for n in range(TOKENS)], np.int64)


@given(numbers, numbers, st.integers(1, TOKENS), st.integers(1, 11))
def test_each_sentence_gives_its_best_span_and_no_other(
    starts: np.ndarray, ends: np.ndarray, longest: int, cut: int
) -> None:
    scores = TokenScores(OFFSETS, starts, ends)
    sentences = [(0, 5 * cut), (5 * cut, 5 * TOKENS)]
    spans = best_spans(scores, sentences, longest)
    assert len(spans) == 2
    for span, (first, last) in zip(spans, [(0, cut), (cut, TOKENS)], strict=True):
        wanted = max(float(starts[a] + ends[b]) for a in range(first, last) for b in range(a, min(a + longest, last)))
        assert np.isclose(span.score, wanted)
        a, b = span.start // 5, span.end // 5
        assert first <= a <= b < last
        assert b - a < longest
        assert np.isclose(float(starts[a] + ends[b]), wanted)


@given(numbers, numbers, st.integers(2, 5))
def test_further_spans_of_a_sentence_do_not_overlap_and_are_no_better(
    starts: np.ndarray, ends: np.ndarray, each: int
) -> None:
    scores = TokenScores(OFFSETS, starts, ends)
    spans = best_spans(scores, [(0, 5 * TOKENS)], each=each)
    assert spans[0] == best_spans(scores, [(0, 5 * TOKENS)])[0]
    assert [span.score for span in spans] == sorted((span.score for span in spans), reverse=True)
    ordered = sorted(spans, key=lambda span: span.start)
    assert all(one.end <= other.start for one, other in itertools.pairwise(ordered))


def test_a_sentence_the_model_did_not_reach_gives_none() -> None:
    scores = TokenScores(OFFSETS[:2], np.zeros(2, np.float32), np.zeros(2, np.float32))
    assert best_spans(scores, [(0, 9), (10, 20)]) == [Span(0, 4, 0.0)]
