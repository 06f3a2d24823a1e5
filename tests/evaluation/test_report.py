"""The report: one page that needs nothing else, in which no article speaks HTML."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rankings import found, run

from assistant.evaluation.datasets import Dataset
from assistant.evaluation.evaluation import Evaluation, Measured, SystemComparison
from assistant.evaluation.measures import score
from assistant.evaluation.questions import Question
from assistant.evaluation.report import report_html
from assistant.evaluation.significance import Contender, compare
from indexes.types.article import new_article

EVIL = "<script>alert('x')</script><img src=https://evil.example/a.png>"
RIGHT = new_article("It is in Paris.", id="a", title=f"Right {EVIL}")
FOUND = Question("1", "Where is it?", ("Paris",), {"a": 1})
MISSED = Question("2", f"Who? {EVIL}", (f"Bob {EVIL}",), {"a": 1, "gone": 1})


def evaluation(*extra: Question, systems: tuple[str, ...] = ("hybrid", "dense")) -> Evaluation:
    right = [found("a", "It is in Paris.", score=0.9), found("x", score=0.2)]
    wrong = [found("x", f"Nothing {EVIL}", title=f"Wrong {EVIL}"), found("y", "more")]
    questions = (FOUND, MISSED, *extra)
    runs = [run(*[(q, right if q is FOUND else wrong) for q in questions], system=systems[0])]
    runs += [run(*[(q, wrong) for q in questions], system=name) for name in systems[1:]]
    results = tuple(Measured(one, score(one)) for one in runs)
    rivals = [result.contender for result in results[1:]]
    return Evaluation(
        dataset=Dataset(f"news {EVIL}", Path("news"), questions, None, (f"odd: {EVIL}",)),
        when=datetime(2026, 11, 22, 12, 30, tzinfo=UTC),
        articles=3,
        results=results,
        system_comparisons=tuple(SystemComparison(rival, compare(results[0].contender, rival)) for rival in rivals),
        versions={"onrecord": "0.1.0"},
        relevant={"a": RIGHT},
    )


@pytest.fixture(scope="module")
def page() -> str:
    return report_html(evaluation())


class _Tags(HTMLParser):
    """Collects what a browser would take for tags, and what their attributes point to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.targets: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.targets |= {
            value or "" for name, value in attributes if name in {"src", "href", "srcset", "data", "action"}
        }


def test_it_loads_nothing(page: str) -> None:
    tags = _Tags(page)
    assert not tags.names & {"script", "link", "img", "iframe", "object", "embed", "base", "image", "form"}
    assert {target[0] for target in tags.targets} == {"#"}
    assert not re.search(r"url\((?!#)|@import|@font-face", page)
    assert "default-src 'none'" in page


def test_nothing_an_article_or_a_dataset_says_becomes_markup(page: str) -> None:
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 6


def test_it_says_what_was_measured_and_when(page: str) -> None:
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "2 questions put to hybrid, dense over 3 articles on 22 November 2026, 12:30 UTC" in text
    assert "0.500 of 2 questions" in text
    assert "Not measured, for want of labels: sentence-recall@1" in text
    assert "1 won, 0 lost, 1 the same" in text


def test_a_question_that_failed_shows_the_answer_the_right_article_and_what_came_instead(page: str) -> None:
    failures = page[page.index("Not found in the first 10") :]
    assert "Bob &lt;script&gt;" in failures
    assert "“<bdi>Right &lt;script&gt;" in failures
    assert "and 1 more" in failures
    assert "Wrong &lt;script&gt;" in failures
    assert FOUND.text not in failures


def test_it_draws_a_curve_scores_and_wins(page: str) -> None:
    assert page.count("<svg ") == 3
    assert "<?xml" not in page
    assert "currentColor" in page


def test_of_very_many_failures_two_hundred_are_told() -> None:
    many = [Question(f"m{n}", f"Number {n}?", ("Bob",), {"a": 1}) for n in range(250)]
    page = report_html(evaluation(*many, systems=("hybrid",)))
    assert page.count('class="question"') == 200
    assert "51 more are in run.json" in page


def test_one_system_has_no_duel(page: str) -> None:
    alone = report_html(evaluation(systems=("hybrid",)))
    assert alone.count("<svg ") == 2
    assert "Won and lost" in page
    assert "Won and lost" not in alone


def test_a_kept_run_is_the_one_that_is_dueled_with() -> None:
    measured = evaluation()
    kept = Contender("before <b>", {"answer-mrr-relevant@10": {"1": 0.5, "2": 1.0}})
    comparisons = (*measured.system_comparisons, SystemComparison(kept, compare(measured.first.contender, kept)))
    page = report_html(Evaluation(**{**vars(measured), "system_comparisons": comparisons}))
    assert "Won and lost against <bdi>before &lt;b&gt;</bdi>" in page
    assert "1 won, 1 lost, 0 the same" in page
