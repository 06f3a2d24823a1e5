"""Newsroom questions: how each kind of answer is scored, and the command over a real index."""

from __future__ import annotations

import json
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from smallset import ARTICLES, Evaluate, write_lines

from assistant.assistant import Assistant
from assistant.evaluation.newsroom import NewsroomQuestion, score, shown
from assistant.types.answers import Answer, Answered, CitedSentence, NotFound, Notice
from assistant.types.citations import cite
from indexes import Index
from indexes.types.article import new_article

TEXT = "The “old” ferry will stop on 14 October, Ines Torvald said. Its hull needs new steel."
FERRY = new_article(TEXT, id="ferry")
STOPS, HULL = (CitedSentence(TEXT[a:b], (cite(FERRY, a, b),)) for a, b in ((0, 59), (60, len(TEXT))))
SAID = Answered("?", (STOPS, HULL), "on 14 October")
NOTHING = NotFound("?", ())
HELLO = Notice("?", "Ask about the articles.")


def question(kind: str, **labels: object) -> NewsroomQuestion:
    return NewsroomQuestion.model_validate(
        {"id": "1", "kind": kind, "question": "?", "asked": date(2026, 10, 3), **labels}
    )


@pytest.mark.parametrize(
    ("asked", "answer", "expected"),
    [
        (question("fact", short=["14 October"]), SAID, 1.0),
        (question("fact", short=["14 October 2026"]), SAID, 2 * 2 / 6),
        (question("fact", short=["steel"]), SAID, 0.0),  # it is in a sentence, not in the short answer
        (question("fact", short=["14 October"]), NOTHING, 0.0),
        (question("why", nuggets=[["HULL NEEDS"], ["rust", "new  steel"], ["money"], ['the "old" ferry']]), SAID, 0.75),
        (question("why", nuggets=[["hull"]]), NOTHING, 0.0),
        (question("followup", nuggets=[["hull"]], must_not=["Bede Amory"]), SAID, 1.0),
        (question("followup", nuggets=[["hull"]], must_not=["Ines Torvald"]), SAID, 0.0),
        (question("near"), NOTHING, 1.0),
        (question("near"), SAID, 0.0),
        (question("near"), HELLO, 0.0),
        (question("premise", nuggets=[["will stop"]]), SAID, 1.0),
        (question("premise", nuggets=[["will stop"], ["sank"]]), SAID, 0.0),
        (question("chat"), HELLO, 1.0),
        (question("chat"), NOTHING, 0.0),
        (question("chat"), SAID, 0.0),
    ],
)
def test_each_kind_is_scored_by_what_is_shown(asked: NewsroomQuestion, answer: Answer, expected: float) -> None:
    assert score(asked, answer) == pytest.approx(expected)


def test_only_the_first_eight_sentences_count_as_read() -> None:
    long = Answered("?", (*[STOPS] * 8, HULL))
    assert len(shown(long)) == 8
    assert score(question("how", nuggets=[["hull"]]), long) == 0.0


@pytest.fixture
def newsroom(tmp_path: Path) -> Path:
    folder = tmp_path / "newsroom"
    folder.mkdir()
    write_lines(folder / "articles.jsonl", ARTICLES)
    ferry = {"asked": "2026-10-03", "nuggets": [["hull"]]}
    rows = [
        {"id": "n1", "kind": "fact", "question": "When will the Aldmoor ferry stop?", "short": ["14 October"], **ferry},
        {"id": "n2", "kind": "followup", "turns": ["Will the Aldmoor ferry stop?"], "question": "Why?", **ferry},
        {"id": "n3", "kind": "near", "question": "<b>Who</b> won the World Cup?", "asked": "2026-10-03"},
        {"id": "n4", "kind": "gossip", "question": "Well?", "asked": "2026-10-03"},
        {"kind": "near", "question": "Well?"},
    ]
    write_lines(folder / "questions.jsonl", rows)
    return folder


@pytest.mark.slow
def test_a_table_has_a_row_for_each_kind_and_the_report_every_question(
    evaluate: Evaluate, newsroom: Path, tmp_path: Path
) -> None:
    out, articles = tmp_path / "out", newsroom / "articles.jsonl"
    done = evaluate("--newsroom", newsroom, "--articles", articles, "--output", out)
    assert (done.exit_code, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["fact", "1", "1.000"] in rows
    assert ["near", "1", "1.000"] in rows
    assert [row[-2:] for row in rows if "passages" in row] == [["1", "1.000"]]  # of the followup alone
    assert "line 4 is skipped: its 'kind'" in done.stdout
    assert "line 5 is skipped: its 'id'" in done.stdout
    saved = json.loads((out / "newsroom.json").read_text(encoding="utf-8"))
    assert [reply["id"] for reply in saved["replies"]] == ["n1", "n2", "n3"]
    assert saved["replies"][0]["short"] == "14 October"
    assert "ferry" in saved["replies"][1]["searched"]  # asked after the question before it
    page = (out / "newsroom.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;Who&lt;/b&gt; won" in page
    assert "b" not in _tags(page)


@pytest.mark.slow
def test_an_earlier_run_stands_beside_it(evaluate: Evaluate, newsroom: Path, tmp_path: Path) -> None:
    given = ("--newsroom", newsroom, "--articles", newsroom / "articles.jsonl")
    assert evaluate(*given, "--output", tmp_path / "first").exit_code == 0
    done = evaluate(*given, "--output", tmp_path / "second", "--compare", tmp_path / "first")
    heading = next(line for line in done.stdout.splitlines() if line.startswith("kind"))
    assert heading.split() == ["kind", "questions", "before", "score"]
    assert ["fact", "1", "1.000", "1.000"] in [line.split() for line in done.stdout.splitlines()]


def test_time_words_are_understood_on_the_day_that_is_set(index: Index) -> None:
    ferry = new_article(ARTICLES[0]["text"], id="ferry", published=date(2026, 10, 2))
    assert [outcome.kind for outcome in index.add([ferry])] == ["added"]
    assistant = Assistant(index)
    assistant.today = lambda: date(2026, 10, 3)
    *_, turn = assistant.converse("When will the Aldmoor ferry stop, as they said yesterday?")
    assert (turn.where.since, turn.where.until) == (date(2026, 10, 2), date(2026, 10, 2))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--newsroom", "nowhere"], "nowhere cannot be read"),
        (["--newsroom", "empty.jsonl"], "holds no newsroom question. It is empty."),
        (["--newsroom", "other.jsonl"], "holds no newsroom question. other.jsonl line 1 is skipped: its 'id'"),
        (["--newsroom", "other.jsonl", "--compare", "other.jsonl"], "other.jsonl is not an earlier newsroom run"),
    ],
)
def test_what_is_no_newsroom_is_said_in_a_line(
    evaluate: Evaluate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "other.jsonl").write_text('{"question": "Who?"}\n')
    wrong = evaluate(*given)
    assert wrong.exit_code == 1
    assert message in wrong.stderr
    assert len(wrong.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "more", [["--answers"], ["--titles"], ["--undated"], ["--system", "bm25"], ["--fail-under", "mrr@10=0.5"]]
)
def test_what_measures_passages_does_not_go_with_it(evaluate: Evaluate, newsroom: Path, more: list[str]) -> None:
    wrong = evaluate("--newsroom", newsroom, *more)
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "--newsroom goes with" in wrong.stderr


def _tags(page: str) -> set[str]:
    found: set[str] = set()

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attributes: object) -> None:
            found.add(tag)

    Tags().feed(page)
    return found
