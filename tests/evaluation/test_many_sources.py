"""What benchmarks.many_sources counts as shown and as left out, and a run over a few sources."""

from __future__ import annotations

from pathlib import Path

import pytest
from smallset import write_lines

from assistant.assistant import Assistant
from benchmarks.many_sources import Score, measure, read, score, sources_index, summary

ROWS = [
    {
        "id": "1",
        "question": "When did the Aldmoor ferry stop?",
        "sources": [
            {"title": "First ferry", "text": "The first Aldmoor ferry stopped in 1931.", "answer": "1931"},
            {"title": "Second ferry", "text": "The second Aldmoor ferry stopped in 1977.", "answer": "1977"},
            {"title": "Senna bridge", "text": "The Senna bridge was opened in 1954.", "answer": "1954"},
        ],
        "summaries": ["It [ 1 stopped in 1931. ]", "In 1931, and [ 2 the second ] in [ 2 1977 ] ."],
    },
    {
        "id": "2",
        "question": "What do people eat in Aldmoor?",
        "sources": [{"title": "Pies", "text": "Pies are eaten.", "answer": "Pies"}],
        "summaries": ["Nobody quotes anything."],
    },
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "sources.jsonl", ROWS)


def test_a_source_is_right_if_a_summary_quotes_it(file: Path) -> None:
    (question,) = read(file)
    assert [(one.answer, one.right) for one in question.sources] == [("1931", True), ("1977", True), ("1954", False)]


def test_answers_and_sources_are_counted_in_what_is_shown(file: Path) -> None:
    (question,) = read(file)
    first, _, bridge = (frozenset([one.article.id]) for one in question.sources)
    assert score(question, []) == Score(answers=0, wrong=1, left_out=1, sentences=0, from_right=0)
    assert score(question, [("It stopped in 1931.", first)]) == Score(0.5, 1, 1, 1, 1)
    both = [("It stopped in 1931 or 1977.", first), ("A bridge was opened.", bridge), ("It rains.", frozenset("x"))]
    assert score(question, both) == Score(answers=1, wrong=1, left_out=0, sentences=3, from_right=1)


def test_a_summary_adds_up_the_questions() -> None:
    told = summary([Score(1.0, 2, 1, 3, 2), Score(0.0, 1, 1, 0, 0)])
    assert told == (
        "answers shown 0.500 of 2 questions; wrong sources left out 2 of 3; sentences from right sources 2 of 3; "
        "nothing shown for 1"
    )


@pytest.mark.slow
def test_an_answer_is_measured_beside_the_best_passages(file: Path) -> None:
    questions = list(read(file))
    with sources_index(questions) as index:
        scores = measure(Assistant(index), questions)
    (passages,) = scores["passages"]
    assert passages == Score(answers=1, wrong=1, left_out=0, sentences=3, from_right=2)
    (answer,) = scores["answer"]
    assert answer.answers >= 0.5
