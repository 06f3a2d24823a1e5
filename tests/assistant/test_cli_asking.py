"""``onrecord ask`` and ``onrecord search``, for people and for machines."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from commands import Run, onrecord
from newsroom import GOOD, Newsroom

pytestmark = pytest.mark.slow

ANSWER = {
    "id",
    "question",
    "kind",
    "answer",
    "sentences",
    "citations",
    "written_by",
    "disagreement",
    "notice",
    "nearest",
    "certainty",
    "parts",
    "text",
    "starters",
    "form",
    "sections",
    "scope",
    "searched",
    "filter",
    "remarks",
    "basis",
}
PLACE = {"article_id", "version", "sha256", "start", "end"}
WHERE = PLACE | {"title", "source", "source_note", "published", "url", "page", "authors"}
CITATION = WHERE | {"n", "quote"}
HIT = WHERE | {"rank", "score", "passage_id", "text", "channels", "copies"}
QUESTIONS = """{"id": "ferry", "question": "Why will the Aldmoor ferry stop?"}

How did the council vote on the lantern market?
{"id": 7, "question": "Which orchestra recorded the symphony in Budapest?"}
"""


@pytest.fixture(scope="module")
def answers(newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Run:
    file = tmp_path_factory.mktemp("questions") / "questions.jsonl"
    file.write_text(QUESTIONS, encoding="utf-8")
    return newsroom.ask("ask", "--file", file)


def test_a_file_of_questions_gives_a_line_for_each_in_order_under_its_id(answers: Run) -> None:
    assert (answers.code, answers.err) == (0, "")
    assert [(a["id"], a["question"]) for a in answers.objects] == [
        ("ferry", "Why will the Aldmoor ferry stop?"),
        ("3", "How did the council vote on the lantern market?"),
        (7, "Which orchestra recorded the symphony in Budapest?"),
    ]


def test_an_answer_for_machines_has_the_documented_fields(answers: Run) -> None:
    for answer in answers.objects:
        assert answer.keys() == ANSWER
        assert all(sentence.keys() == {"text", "citations", "doubt"} for sentence in answer["sentences"])
        assert all(citation.keys() == CITATION for citation in answer["citations"])
        assert all(hit.keys() == HIT for hit in answer["nearest"])


def test_every_sentence_cites_and_every_citation_is_numbered(answers: Run) -> None:
    ferry, lanterns, _ = answers.objects
    for answer in (ferry, lanterns):
        assert (answer["kind"], answer["notice"], answer["nearest"]) == ("answered", None, [])
        assert [c["n"] for c in answer["citations"]] == list(range(1, len(answer["citations"]) + 1))
        assert all(sentence["citations"] for sentence in answer["sentences"])
        cited = {n for sentence in answer["sentences"] for n in sentence["citations"]}
        assert cited == {citation["n"] for citation in answer["citations"]}


def test_a_citation_can_be_checked_against_the_file(answers: Run) -> None:
    text = GOOD["lanterns.txt"]
    citation = answers.objects[1]["citations"][0]
    assert citation["quote"] == "The council voted 19 to 12 on Monday to keep the lantern market open on Sundays."
    assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert citation["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert (citation["source"], citation["published"], citation["url"]) == ("", None, "")


def test_what_the_articles_do_not_say_is_not_found_with_the_nearest_passages(answers: Run) -> None:
    answer = answers.objects[2]
    assert (answer["kind"], answer["notice"], answer["answer"]) == ("not_found", None, None)
    assert (answer["sentences"], answer["citations"]) == ([], [])
    assert [hit["rank"] for hit in answer["nearest"]] == [1, 2, 3]


def test_an_answer_for_people_shows_the_sentence_and_where_it_stands(newsroom: Newsroom) -> None:
    answer = newsroom.ask_installed("ask", "When will the Aldmoor ferry stop?")
    assert (answer.code, answer.err) == (0, "")
    sentence = (
        "The Aldmoor ferry will stop on 14 October because its hull needs new steel, "
        "harbour master Ines Torvald said. [1]"
    )
    short, empty, first = answer.lines[:3]
    assert "14 October" in short
    assert (short in sentence, empty, first) == (True, "", sentence)
    assert (
        "[1] Quay Chronicle, 2 October 2026, “Aldmoor ferry to stop for the winter”, "
        "https://quaychronicle.example/aldmoor-ferry"
    ) in answer.lines


def test_one_question_for_machines_is_one_object_without_id(newsroom: Newsroom) -> None:
    asked = newsroom.ask("ask", "Who painted the Orm quay red?", "--json")
    (answer,) = asked.objects
    assert "\x1b" not in asked.out
    assert (answer["id"], answer["kind"]) == (None, "answered")
    assert answer["citations"][0]["title"] == "Red \x1b[31mpaint\x07 on the quay"


def test_search_for_machines_gives_as_many_passages_as_asked_best_first(newsroom: Newsroom) -> None:
    found = newsroom.ask("search", "library roof", "--json", "--top", "3")
    assert (found.code, found.err) == (0, "")
    (result,) = found.objects
    assert result.keys() == {"id", "question", "hits"}
    assert (result["id"], result["question"]) == (None, "library roof")
    assert all(hit.keys() == HIT for hit in result["hits"])
    assert [hit["rank"] for hit in result["hits"]] == [1, 2, 3]
    assert (result["hits"][0]["article_id"], result["hits"][0]["passage_id"]) == ("qc-77", "qc-77:1:0")
    scores = [hit["score"] for hit in result["hits"]]
    assert scores == sorted(scores, reverse=True)


def test_options_and_words_in_the_question_filter_alike(newsroom: Newsroom) -> None:
    by_option = newsroom.ask("search", "ferry", "--source", "quay chronicle", "--until", "2026-10", "--json")
    by_words = newsroom.ask("search", 'ferry source:"Quay Chronicle" until:2026-10', "--json")
    (hit,) = by_option.objects[0]["hits"]
    assert hit["published"] == "2026-10-02"
    assert by_words.objects[0]["hits"] == [hit]


def test_a_filter_nothing_can_pass_is_told_in_a_line(newsroom: Newsroom) -> None:
    refused = newsroom.ask("search", "ferry", "--source", "Quay Cronicle")
    assert (refused.code, refused.out) == (1, "")
    assert refused.complaint.startswith("onrecord: no article here has the source 'Quay Cronicle'. There are: Quay Ch")


def test_without_the_embedding_model_search_goes_by_words_and_says_so(newsroom: Newsroom) -> None:
    told = newsroom.ask("search", "--json", "lantern market", embedding_model="no-such-model")
    assert told.code == 0
    assert "Articles can still be searched by their words" in told.complaint
    assert told.objects[0]["hits"][0]["channels"] == ["keyword"]


def test_search_takes_a_file_of_questions_and_gives_a_line_for_each(tmp_path: Path) -> None:
    (tmp_path / "questions.txt").write_text('{"id": "r", "question": "roof"}\n\nlanterns\n', encoding="utf-8")
    found = onrecord(tmp_path, "search", "--file", "questions.txt")
    assert found.objects == [
        {"id": "r", "question": "roof", "hits": []},
        {"id": "3", "question": "lanterns", "hits": []},
    ]


def test_without_articles_there_is_a_notice_and_not_an_answer(tmp_path: Path) -> None:
    asked = onrecord(tmp_path, "ask", "Who resigned?", "--json")
    (answer,) = asked.objects
    assert asked.code == 1
    assert (answer["kind"], answer["sentences"], answer["nearest"]) == ("notice", [], [])
    assert answer["notice"] == "There are no articles yet. Add some: onrecord add PATH"


def test_a_notice_for_people_is_one_line_on_stderr(tmp_path: Path) -> None:
    asked = onrecord(tmp_path, "ask", "Who resigned?")
    assert (asked.code, asked.out) == (1, "")
    assert asked.complaint == "onrecord: There are no articles yet. Add some: onrecord add PATH"


def test_a_question_and_a_file_at_once_are_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "questions.txt").write_text("Who resigned?\n", encoding="utf-8")
    wrong = onrecord(tmp_path, "ask", "Who resigned?", "--file", "questions.txt")
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.complaint == "onrecord: give either a question or --file"
