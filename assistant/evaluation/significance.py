"""Significance tests: whether one run is better than another, over the questions both have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.evaluation.measures import SEED, Values, interval
from assistant.evaluation.questions import DatasetError

_DRAWS = 10_000
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Comparison:
    """``difference`` is first minus other, per question and averaged, with its 95 % interval; ``p`` is two-sided."""

    measure: str
    n: int
    first: float
    other: float
    difference: float
    interval: tuple[float, float]
    p: float

    @property
    def significant(self) -> bool:
        return self.p < SIGNIFICANT


@dataclass(frozen=True)
class SignTest:
    """Two ways to answer the same questions: how many each alone got right, and the two-sided ``p``.

    ``points`` is by how many percentage points the first got more of them right.
    """

    n: int
    first_only: int
    other_only: int
    points: float
    p: float

    @property
    def significant(self) -> bool:
        return self.p < SIGNIFICANT


@dataclass(frozen=True)
class Contender:
    """A run to compare with: its label and its values by measure and question."""

    label: str
    values: Mapping[str, Values]

    @property
    def questions(self) -> set[str]:
        return {id for values in self.values.values() for id in values}


def compare(first: Contender, other: Contender) -> dict[str, Comparison]:
    """Compares every measure that both have, by name, over the questions both have.

    Raises:
        DatasetError: they have no question in common.
    """
    if not first.questions & other.questions:
        raise DatasetError(f"{other.label} has no question in common with this run; there is nothing to compare.")
    found = {name: _compared(name, first.values[name], other.values.get(name, {})) for name in first.values}
    return {name: comparison for name, comparison in found.items() if comparison is not None}


def _compared(measure: str, first: Values, other: Values) -> Comparison | None:
    shared = [id for id in first if id in other]
    if not shared:
        return None
    n = len(shared)
    differences = [first[id] - other[id] for id in shared]
    mean, other_mean = (sum(values[id] for id in shared) / n for values in (first, other))
    spread = interval(differences)
    return Comparison(measure, n, mean, other_mean, mean - other_mean, spread, sign_flip_p(differences))


def sign_test(pairs: Sequence[tuple[bool, bool]]) -> SignTest:
    """McNemar's test in its exact form (1947): of pairs of right and wrong, those that differ are flips of a coin."""
    from scipy.stats import binomtest

    won = sum(first and not other for first, other in pairs)
    lost = sum(other and not first for first, other in pairs)
    p = float(binomtest(won, won + lost).pvalue) if won + lost else 1.0
    return SignTest(len(pairs), won, lost, 100 * (won - lost) / len(pairs) if pairs else 0.0, p)


def sign_flip_p(differences: list[float]) -> float:
    """Two-sided paired randomisation test (Smucker, Allan and Carterette, CIKM 2007); exact where questions are few.

    Under the null hypothesis that both runs are alike, each difference is equally likely to have the other sign.
    """
    import numpy as np
    from scipy.stats import permutation_test

    # Leaving out questions without a difference changes only the running time.
    changed = [difference for difference in differences if difference]
    if len(changed) < 2:
        return 1.0
    generator = np.random.default_rng(SEED)
    test = permutation_test(
        (changed,), np.sum, permutation_type="samples", n_resamples=_DRAWS, batch=500, vectorized=True, rng=generator
    )
    return float(test.pvalue)
