"""Titles asked about, beside two baselines: the arithmetic, and the command over a small dataset."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from smallset import ARTICLES, Evaluate, write_lines

from assistant.evaluation.questions import Question
from assistant.evaluation.title_probe import TitleProbe, TitleReply, beginning, titles
from indexes.types.article import new_article


def reply(answer: bool, passages: bool, leads: bool, opening: bool = False) -> TitleReply:
    holds = {"answer": answer, "passages": passages, "leads": leads, "opening": opening}
    return TitleReply("1", "Ferry", "answered", (), holds, 0.1)


def test_the_answer_is_compared_with_each_baseline() -> None:
    probe = TitleProbe((reply(True, True, False), reply(True, False, False), reply(False, False, True)))
    assert probe.figures == {
        "answer": (pytest.approx(2 / 3), 3),
        "passages": (pytest.approx(1 / 3), 3),
        "leads": (pytest.approx(1 / 3), 3),
        "opening": (0, 3),
    }
    beside = probe.tests["leads"]
    assert (beside.first_only, beside.other_only, beside.points) == (2, 1, pytest.approx(100 / 3))
    assert probe.missed == [probe.replies[2]]


def test_a_question_is_asked_by_the_title_of_the_first_relevant_article_that_is_there() -> None:
    articles = {
        "a": new_article("The ferry stops.", id="a", title="Ferry to stop"),
        "b": new_article("The bus goes.", id="b", title="Bus to go"),
        "c": new_article("It rains.", id="c"),
    }
    questions = [
        Question("1", "What stops?", answers=("ferry",), relevant={"gone": 1, "c": 1, "b": 1, "a": 1}),
        Question("2", "What rains?", answers=("it",), relevant={"c": 1}),
        Question("3", "What goes?", relevant={"b": 1}),
        Question("4", "What sinks?", answers=("ferry",)),
    ]
    assert [(question.id, title) for question, title in titles(questions, articles)] == [("1", "Bus to go")]


def test_an_article_begins_with_its_first_sentence_not_its_headline() -> None:
    text = "Ferry to stop\nThe ferry will stop on Friday. Its hull needs new steel."
    ferry = new_article(text, id="ferry", title="Ferry to stop")
    assert beginning(ferry, 1) == ["The ferry will stop on Friday."]
    assert beginning(ferry, 8) == ["The ferry will stop on Friday.", "Its hull needs new steel."]


@pytest.mark.slow
def test_titles_are_measured_in_the_terminal_and_the_report(evaluate: Evaluate, tmp_path: Path) -> None:
    write_lines(tmp_path / "articles.jsonl", ARTICLES)
    rows = [
        {"question": "When will it stop?", "answer": "14 October", "relevant": ["ferry"], "asked": "2026-10-03"},
        {"question": "What did it cost?", "answer": "80,000 crowns", "relevant": ["library"]},
        {"question": "Who plays chess?", "answer": "nobody"},
    ]
    write_lines(tmp_path / "questions.jsonl", rows)
    done = evaluate(tmp_path, "--titles", "--output", tmp_path / "run")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["answer", "2", "100.0"] in lines
    assert ["passages", "2", "100.0", "+0.0", "0", "0", "1.0000"] in lines
    run = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["titles"]
    assert run["figures"]["leads"] == {"value": 1.0, "n": 2}
    assert run["tests"]["leads"]["p"] == 1.0
    assert run["figures"]["opening"]["n"] == 2
    ferry, library = run["replies"]
    assert (ferry["title"], library["title"]) == (ARTICLES[0]["title"], "Library roof mended")
    assert any("14 October" in text for text in ferry["shown"])
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "<h2>What is known about titles</h2>" in page
    assert '<th scope="row">leads</th><td>2</td><td>100.0</td>' in page
    plain = evaluate(tmp_path, "--output", tmp_path / "plain")
    assert "passages" not in [line.split(" ")[0] for line in plain.stdout.splitlines()]
    assert json.loads((tmp_path / "plain" / "run.json").read_text(encoding="utf-8"))["titles"] is None
