"""Two runs compared: who is better, by how much, and whether it could be luck."""

from __future__ import annotations

from itertools import product

import pytest

from assistant.evaluation.questions import DatasetError
from assistant.evaluation.significance import Contender, compare, sign_flip_p, sign_test


def exact_p(differences: list[float]) -> float:
    """The share of all sign patterns whose sum is at least as far from 0."""
    size = abs(sum(differences))
    sums = [
        sum(s * d for s, d in zip(signs, differences, strict=True))
        for signs in product((1, -1), repeat=len(differences))
    ]
    return sum(abs(one) >= size - 1e-12 for one in sums) / len(sums)


@pytest.mark.parametrize(
    "differences", [[1.0, 1, 1, 1, 1], [1, 1, 1, 1, 1, -1], [0.5, -0.25, 0.5, 0.5, 1, 1], [1, -1], [0.3, 0, 0, 0.1]]
)
def test_p_of_few_questions_is_that_of_all_sign_patterns(differences: list[float]) -> None:
    assert sign_flip_p(differences) == pytest.approx(exact_p(differences))


def test_p_is_symmetric_and_the_same_every_time() -> None:
    differences = [1.0] * 30 + [-1.0] * 15 + [0.0] * 100
    p = sign_flip_p(differences)
    assert 0.02 < p < 0.05
    assert sign_flip_p(differences) == p
    assert sign_flip_p([-d for d in differences]) == pytest.approx(p, abs=0.01)


@pytest.mark.parametrize("differences", [[], [0.0, 0.0], [1.0]])
def test_no_evidence_is_no_significance(differences: list[float]) -> None:
    assert sign_flip_p(differences) == 1.0


@pytest.mark.parametrize(("won", "lost", "p"), [(0, 0, 1.0), (1, 1, 1.0), (5, 0, 2 / 2**5), (3, 1, 10 / 2**4)])
def test_a_sign_test_counts_the_questions_that_only_one_got_right(won: int, lost: int, p: float) -> None:
    test = sign_test([(True, False)] * won + [(False, True)] * lost + [(True, True), (False, False)])
    assert (test.n, test.first_only, test.other_only) == (won + lost + 2, won, lost)
    assert test.p == pytest.approx(p)
    assert test.points == pytest.approx(100 * (won - lost) / (won + lost + 2))


def test_only_questions_that_both_have_are_compared() -> None:
    first = Contender("first", {"recall@10": {"1": 1.0, "2": 1.0, "3": 0.0}, "map": {"1": 1.0}})
    other = Contender("other", {"recall@10": {"2": 0.0, "3": 0.0, "4": 1.0}})
    (compared,) = compare(first, other).values()
    assert (compared.measure, compared.n) == ("recall@10", 2)
    assert (compared.first, compared.other, compared.difference) == (0.5, 0.0, 0.5)
    assert compared.interval[0] <= 0.5 <= compared.interval[1]
    assert not compared.significant


def test_nothing_in_common_is_an_error() -> None:
    with pytest.raises(DatasetError, match="no question in common"):
        compare(Contender("first", {"map": {"1": 1.0}}), Contender("other", {"map": {"2": 1.0}}))
