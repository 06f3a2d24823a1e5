"""Measures against values computed by hand, and against pytrec_eval itself."""

from __future__ import annotations

import math
import random

import pytest
import pytrec_eval
from rankings import Canned, found, run

from assistant.evaluation.measures import MEASURES, interval, score
from assistant.evaluation.questions import Question
from assistant.evaluation.runs import WORDS, Found, Run, ask_all, median_words, timings

PARIS = Question("q", "Where?", ("the Paris",), {"a": 1, "b": 1}, ("It is in Paris.",))


def means(measured: Run) -> dict[str, float]:
    return {name: found.mean for name, found in score(measured).items() if found.n}


def test_articles_are_ranked_by_their_first_passage() -> None:
    ranked = [found("x"), found("a"), found("a"), found("b")]
    measured = means(run((PARIS, ranked)))
    assert measured["ndcg@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(4)) / (1 + 1 / math.log2(3)))
    assert measured["mrr@10"] == 0.5
    assert measured["map"] == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert [measured[f"recall@{k}"] for k in (1, 5, 10, 20)] == [0, 1, 1, 1]


def test_an_answer_counts_in_relevant_articles_only_where_it_says_so() -> None:
    ranked = [found("x", "Oslo"), found("x", "In Paris."), found("a", "In Rome."), found("b", "It is in\nParis.")]
    measured = means(run((PARIS, ranked)))
    assert [measured[f"answer-recall@{k}"] for k in (1, 5, 10, 20)] == [0, 1, 1, 1]
    assert [measured[f"answer-recall-relevant@{k}"] for k in (1, 5, 10, 20)] == [0, 1, 1, 1]
    assert measured["answer-mrr-relevant@10"] == 0.25
    assert measured["sentence-recall@5"] == 1


def test_ten_means_ten() -> None:
    ranked = [*[found(f"x{n}") for n in range(10)], found("a", "Paris")]
    measured = means(run((PARIS, ranked)))
    assert (measured["answer-mrr-relevant@10"], measured["mrr@10"], measured["ndcg@10"]) == (0, 0, 0)
    assert (measured["answer-recall-relevant@10"], measured["answer-recall-relevant@20"]) == (0, 1)
    assert measured["map"] == pytest.approx(1 / 11 / 2)


def test_reading_stops_after_a_thousand_words() -> None:
    def reads(words: int) -> float:
        long = found("x", "word " * words)
        return means(run((PARIS, [long, found("a", "It is Paris")])))[f"answer-recall-relevant@{WORDS}w"]

    assert (reads(997), reads(998), reads(1500)) == (1, 0, 0)


def test_an_article_found_as_a_copy_counts_at_the_rank_it_is_listed_under() -> None:
    ranked = [found("x"), found("y", "Paris", found("b", "Paris"), found("a", "Rome"))]
    measured = means(run((PARIS, ranked)))
    assert measured["answer-mrr-relevant@10"] == 0.5
    assert measured["mrr@10"] == pytest.approx(1 / 3)
    assert measured["recall@5"] == 1


def test_a_copy_in_a_relevant_article_must_bear_the_answer_itself() -> None:
    measured = means(run((PARIS, [found("y", "Paris", found("a", "Rome"))])))
    assert measured["answer-recall@1"] == 1
    assert measured["answer-recall-relevant@20"] == 0


def test_a_measure_rests_on_the_questions_that_have_its_labels() -> None:
    unlabelled, answer_only = Question("u", "?"), Question("o", "?", ("Oslo",))
    measured = score(run((PARIS, []), (unlabelled, [found("a")]), (answer_only, [found("z", "Oslo")])))
    counts = {name: measured[name].n for name in ("recall@10", "answer-recall@10", "sentence-recall@10")}
    assert counts == {"recall@10": 1, "answer-recall@10": 2, "sentence-recall@10": 1}
    assert measured["answer-recall-relevant@10"].n == 1
    assert measured["answer-recall@10"].mean == 0.5
    assert measured["recall@10"].mean == 0


@pytest.mark.parametrize("ranked", [[], [found("x", "Oslo")]])
def test_a_question_for_which_nothing_right_was_found_counts_as_nought_in_every_measure(ranked: list[Found]) -> None:
    measured = score(run((PARIS, ranked)))
    assert {one.n for one in measured.values()} == {1}
    assert {one.mean for one in measured.values()} == {0}


def test_where_nothing_can_be_measured_nothing_is() -> None:
    measured = score(run((Question("u", "?"), [found("a")])))
    assert {one.n for one in measured.values()} == {0}
    assert {one.interval for one in measured.values()} == {(0.0, 0.0)}


def test_article_measures_are_those_of_pytrec_eval() -> None:
    rng = random.Random(5)
    names = [f"d{n}" for n in range(40)]
    asked = [Question(f"q{n}", "?", relevant=dict.fromkeys(rng.sample(names, 4), rng.choice([1, 2]))) for n in range(9)]
    ranked = [(question, [found(name) for name in rng.sample(names, 30)]) for question in asked]
    wanted = {"map": "map", "ndcg_cut_10": "ndcg@10", "recall_5": "recall@5", "recall_20": "recall@20"}
    evaluator = pytrec_eval.RelevanceEvaluator({q.id: dict(q.relevant) for q in asked}, set(wanted))
    theirs = evaluator.evaluate({q.id: {f.article_id: -float(n) for n, f in enumerate(fs)} for q, fs in ranked})
    ours = score(run(*ranked))
    for their_name, name in wanted.items():
        expected = {id: values[their_name] for id, values in theirs.items()}
        assert ours[name].values == pytest.approx(expected), name


def test_grades_count_in_ndcg() -> None:
    graded = Question("q", "?", relevant={"a": 1, "b": 3})
    measured = means(run((graded, [found("a"), found("b")])))
    assert measured["ndcg@10"] == pytest.approx((1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3)))


def test_every_measure_is_a_share() -> None:
    everything = [found("a", "It is in Paris."), found("b", "It is in Paris.")]
    measured = means(run((PARIS, everything)))
    assert measured.keys() == MEASURES.keys()
    assert all(0 <= value <= 1 for value in measured.values())


def test_the_interval_holds_the_mean_and_narrows_with_more_questions() -> None:
    low, high = interval([0.0, 1.0] * 50)
    wide_low, wide_high = interval([0.0, 1.0] * 5)
    assert wide_low < low < 0.5 < high < wide_high
    assert (high - low) / 2 == pytest.approx(1.96 * 0.5 / math.sqrt(100), abs=0.02)
    assert interval([0.0, 1.0] * 50) == (low, high)


@pytest.mark.parametrize("values", [[], [0.5], [1.0, 1.0, 1.0]])
def test_an_interval_of_values_all_alike_is_a_point(values: list[float]) -> None:
    assert len(set(interval(values))) == 1


def test_times_are_medians_and_nineteen_in_twenty_over_the_questions() -> None:
    rankings = run(*[(Question(str(n), "?"), [found("a", "two words")]) for n in range(20)])
    assert timings(rankings)["total"].median == pytest.approx(10)
    assert median_words(rankings) == 2
    assert median_words(run((PARIS, []))) == 0


def test_every_question_is_asked_once_and_told() -> None:
    steps: list[int] = []
    done = ask_all(Canned({"q": [found("a", "Paris")]}), [PARIS, Question("r", "?")], lambda: steps.append(1))
    assert [(r.question.id, len(r.passages)) for r in done.rankings] == [("q", 1), ("r", 0)]
    assert len(steps) == 2
