"""Datasets in every format, with their faults: what is odd is said, what is whole is used."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.evaluation.corpora import BeirCorpus, Files
from assistant.evaluation.datasets import Dataset, load_dataset
from assistant.evaluation.questions import DatasetError, Question, label
from indexes import Article, Refusal
from indexes.types.article import new_article

ROOT = Path(__file__).parents[2]
LIMIT = 1_000_000


def lines(path: Path, *rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    if path.name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def load(path: Path) -> Dataset:
    return load_dataset(path, LIMIT)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_folder_with_questions_and_articles(tmp_path: Path, ending: str) -> None:
    row = {"id": "q", "asked": "2022-06-16", "question": "Who?", "answer": "Ann", "relevant": ["x", "x", "y"]}
    lines(tmp_path / f"questions.jsonl{ending}", {**row, "sentences": ["Ann did."]})
    lines(tmp_path / f"articles.jsonl{ending}", {"id": "x", "title": "T", "text": "Ann did."})
    loaded = load(tmp_path)
    (question,) = loaded.questions
    assert question == Question("q", "Who?", ("Ann",), {"x": 1, "y": 1}, ("Ann did.",), date(2022, 6, 16))
    assert loaded.notices == ()
    assert loaded.corpus is not None
    assert [(a.id, a.title) for a in loaded.corpus.read() if isinstance(a, Article)] == [("x", "T")]


def test_articles_may_be_a_folder_of_files(tmp_path: Path) -> None:
    lines(tmp_path / "questions.jsonl", {"question": "Who?"})
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "one.txt").write_text("Ann did it on Monday.", encoding="utf-8")
    assert load(tmp_path).corpus == Files((tmp_path / "articles",), LIMIT)


def test_without_articles_the_dataset_has_no_corpus(tmp_path: Path) -> None:
    lines(tmp_path / "questions.jsonl", {"question": "Who?"})
    assert load(tmp_path).corpus is None
    assert load(tmp_path / "questions.jsonl").corpus is None


def test_what_a_question_does_not_say_stays_empty_and_its_line_is_its_id(tmp_path: Path) -> None:
    lines(tmp_path / "questions.jsonl", "", {"question": " Who? ", "answer": None, "relevant": None})
    assert load(tmp_path).questions == (Question("2", "Who?"),)


def test_an_answer_may_be_several_or_a_number(tmp_path: Path) -> None:
    lines(tmp_path / "questions.jsonl", {"question": "a?", "answer": ["x", "y"]}, {"question": "b?", "answer": 25})
    assert [question.answers for question in load(tmp_path).questions] == [("x", "y"), ("25",)]


def test_faulty_lines_are_named_and_skipped(tmp_path: Path) -> None:
    rows = [
        "{",
        "[1]",
        {"question": ""},
        {"answer": "x"},
        {"question": "Who?", "relevant": {"a": 1}},
        {"question": "?"},
    ]
    lines(tmp_path / "questions.jsonl", *rows)
    with (tmp_path / "questions.jsonl").open("ab") as file:
        file.write(b'{"question": "caf\xe9"}\n')
    loaded = load(tmp_path)
    assert [question.id for question in loaded.questions] == ["6"]
    assert [notice.split(" is skipped: ")[0] for notice in loaded.notices] == [
        f"questions.jsonl line {number}" for number in (1, 2, 3, 4, 5, 7)
    ]
    assert loaded.notices[0].endswith("it is not JSON")
    assert "'question'" in loaded.notices[3]


def test_of_very_many_faults_ten_are_named(tmp_path: Path) -> None:
    lines(tmp_path / "questions.jsonl", *["{"] * 25, {"question": "Who?"})
    assert len(load(tmp_path).notices) == 11
    assert load(tmp_path).notices[-1] == "… and 15 more like these"


def test_duplicate_ids_keep_the_first_and_say_so(tmp_path: Path) -> None:
    lines(tmp_path / "questions.jsonl", {"id": 1, "question": "first?"}, {"id": "1", "question": "second?"})
    loaded = load(tmp_path)
    assert [question.text for question in loaded.questions] == ["first?"]
    assert loaded.notices == ("questions.jsonl: ids used more than once, the first question kept: 1",)


def test_unknown_fields_are_named_once_and_a_date_that_is_none_is_said(tmp_path: Path) -> None:
    row = {"choices": ["a"], "evidence": "e"}
    lines(tmp_path / "questions.jsonl", {"question": "a?", **row}, {"question": "b?", "asked": "03/04/2026", **row})
    assert load(tmp_path).notices == (
        'questions.jsonl: 1 questions have an "asked" that is not a date; they are asked without one',
        "questions.jsonl: fields that are not used: choices, evidence",
    )


@pytest.mark.parametrize("content", ["", "\n\n", "{\n"])
def test_no_question_at_all_is_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "questions.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(DatasetError, match="holds no question"):
        load(tmp_path)


def test_what_is_no_dataset_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"neither questions\.jsonl nor queries\.jsonl"):
        load(tmp_path)
    with pytest.raises(DatasetError, match="neither a folder nor a file"):
        load(tmp_path / "gone")
    (tmp_path / "questions.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(DatasetError, match="cannot be read"):
        load(tmp_path)


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    lines(
        tmp_path / "corpus.jsonl",
        {"_id": "d1", "title": "Ferry", "text": "It stops.", "metadata": {}},
        {"_id": "d2", "title": "Only a title", "text": ""},
        {"_id": "d3", "title": "", "text": ""},
    )
    lines(tmp_path / "queries.jsonl", {"_id": "q1", "text": "ferry?"}, {"_id": "q2", "text": "else?"}, {"_id": "q2"})
    (tmp_path / "qrels").mkdir()
    judged = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\nq9\td1\t1\nbroken\n"
    (tmp_path / "qrels" / "test.tsv").write_text(judged, encoding="utf-8")
    (tmp_path / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq2\td1\t1\n", encoding="utf-8")
    return tmp_path


def test_beir_is_read_as_it_is(beir: Path) -> None:
    loaded = load(beir)
    assert loaded.questions == (Question("q1", "ferry?", relevant={"d1": 2}),)
    assert isinstance(loaded.corpus, BeirCorpus)
    articles = list(loaded.corpus.read())
    assert [(a.id, a.title, a.text) for a in articles if isinstance(a, Article)] == [
        ("d1", "Ferry", "It stops."),
        ("d2", "Only a title", "Only a title"),
    ]
    assert [a.where.rpartition(":")[2] for a in articles if isinstance(a, Refusal)] == ["3"]


def test_beir_says_what_it_read_and_what_it_passed_over(beir: Path) -> None:
    assert load(beir).notices == (
        'queries.jsonl line 3 is skipped: it is not a JSON object with "_id" and "text"',
        "test.tsv line 5 is skipped: it is not query-id, corpus-id, score",
        "relevance is read from qrels/test.tsv",
        "1 questions are not judged there and are not asked",
        "test.tsv judges 1 questions that are not in queries.jsonl",
    )


def test_beir_without_test_takes_the_first_file(beir: Path) -> None:
    (beir / "qrels" / "test.tsv").unlink()
    assert [question.id for question in load(beir).questions] == ["q2"]
    (beir / "qrels" / "dev.tsv").unlink()
    with pytest.raises(DatasetError, match=r"no \.tsv file"):
        load(beir)


def test_files_become_the_articles_read_from_them() -> None:
    wire = [new_article(text, id=text[:3], origin="/s/wire.jsonl") for text in ("Ann did it.", "Bob did it.")]
    alone = new_article("Cleo did it.", id="c", origin="/s/alone.md")
    articles = {article.id: article for article in (*wire, alone)}
    asked = [
        Question("1", "?", sentences=("Bob did it.",), files=("wire.jsonl", "alone.md")),
        Question("2", "?", files=("wire.jsonl", "gone.md")),
    ]
    labelled, notices = label(asked, articles)
    assert [set(question.relevant) for question in labelled] == [{"Bob", "c"}, {"Ann", "Bob"}]
    assert notices == ["no article was read from these files that questions name: gone.md"]


def test_relevant_articles_that_are_not_there_are_counted_and_stay_relevant() -> None:
    article = new_article("Ann did it.", id="x")
    labelled, notices = label([Question("1", "?", relevant={"x": 1, "y": 1}), Question("2", "?")], {"x": article})
    assert labelled[0].relevant == {"x": 1, "y": 1}
    assert notices[0].startswith("1 of 2 relevant articles are not among the articles searched")
    assert notices[1].startswith("1 of 2 questions have no relevant article, answer or sentence")


def test_the_questions_over_the_samples_find_their_articles() -> None:
    loaded = load(ROOT / "tests" / "data" / "samples-questions.jsonl")
    articles = {a.id: a for a in Files((ROOT / "samples",), LIMIT).read() if isinstance(a, Article)}
    labelled, _ = label(loaded.questions, articles)
    assert all(question.relevant for question in labelled if question.answers)
