"""How long a run's searches took, by stage, and how long the passages are that it gave."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.evaluation.runs import Run

_FIRST = 10


@dataclass(frozen=True)
class Timing:
    """Milliseconds over all questions: half take no longer than ``median``, 19 in 20 no longer than ``p95``."""

    median: float
    p95: float


def timings(run: Run) -> dict[str, Timing]:
    """By stage, in the order the stages ran."""
    seconds = defaultdict[str, list[float]](list)
    for ranking in run.rankings:
        for stage, taken in ranking.seconds.items():
            seconds[stage].append(taken)
    return {stage: timing(taken) for stage, taken in seconds.items()}


def median_words(run: Run) -> float:
    """The length in words of the passages in the first ten: the median over all questions; 0 where none was found."""
    words = [passage.words for ranking in run.rankings for passage in ranking.passages[:_FIRST]]
    return float(statistics.median(words)) if words else 0.0


def timing(seconds: Sequence[float]) -> Timing:
    """Of one stage; 0 where nothing was timed."""
    if not seconds:
        return Timing(0.0, 0.0)
    slowest = sorted(seconds)[math.ceil(0.95 * len(seconds)) - 1]
    return Timing(1000 * statistics.median(seconds), 1000 * slowest)
