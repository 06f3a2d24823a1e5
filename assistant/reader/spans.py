"""Turns a model's token scores into spans of the text. Arithmetic only: no model, no search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST = 30
"""The most tokens in a span. 99 in 100 of the development answers are shorter."""


@dataclass(frozen=True)
class TokenScores:
    """A model's scores for the tokens of one text.

    ``offsets`` is int of shape (tokens, 2): start and end of each token in the text, in code points, ascending.
    ``starts`` and ``ends`` are float32 of shape (tokens,): how much likelier an answer starts, or ends, at a token than
    that there is none: the logits minus those of "no answer here".
    """

    offsets: NDArray[np.int64]
    starts: NDArray[np.float32]
    ends: NDArray[np.float32]


@dataclass(frozen=True)
class Span:
    """``text[start:end]`` may be the answer; a score above 0 means likelier than "no answer here"."""

    start: int
    end: int
    score: float


def best_spans(
    scores: TokenScores, sentences: Sequence[tuple[int, int]], longest: int = LONGEST, each: int = 1
) -> list[Span]:
    """The best ``each`` spans of each sentence that do not overlap, sentence by sentence, best first in each.

    A span never crosses a sentence boundary, as an answer is cited to one sentence. A sentence without tokens gives
    none. A span's score is start plus end; of equals the first wins.
    """
    found = list[Span]()
    for start, end in sentences:
        inside = _within(scores, start, end)
        if inside is not None:
            found += _best(scores, *inside, longest, each)
    return found


def _within(scores: TokenScores, start: int, end: int) -> tuple[int, int] | None:
    """The tokens of ``text[start:end]`` as a half-open range."""
    import numpy as np

    first = int(np.searchsorted(scores.offsets[:, 0], start, "left"))
    last = int(np.searchsorted(scores.offsets[:, 1], end, "right"))
    return (first, last) if first < last else None


def _best(scores: TokenScores, first: int, last: int, longest: int, each: int) -> Iterator[Span]:
    import numpy as np

    starts, ends = scores.starts[first:last], scores.ends[first:last]
    both = starts[:, None] + ends[None, :]
    both[np.tril_indices(len(both), -1)] = -np.inf
    both[np.triu_indices(len(both), longest)] = -np.inf
    for _ in range(each):
        at, to = (int(place) for place in np.unravel_index(int(both.argmax()), both.shape))
        if both[at, to] == -np.inf:
            return
        start, end = scores.offsets[first + at, 0], scores.offsets[first + to, 1]
        yield Span(int(start), int(end), float(both[at, to]))
        both[: to + 1, at:] = -np.inf
