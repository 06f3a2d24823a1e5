"""The two sides of a question that compares, and the side that a sentence is on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.evidence import Evidence
from assistant.answering.sides import nearest_side, sides
from indexes import Hit
from indexes.ingest.sentence_splitter import split_sentences
from indexes.search.analysis import stems
from indexes.types.article import new_article
from indexes.types.passages import Passage


def named(question: str) -> list[str]:
    return [side.name for side in sides(question)]


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("compare the union and the port authority on pay", ["the union", "the port authority"]),
        ("Compare Ida Orm with Per Lund.", ["Ida Orm", "Per Lund"]),
        ("Ida Orm vs. Per Lund", ["Ida Orm", "Per Lund"]),
        ("the old ferry versus the new ferry", ["the old ferry", "the new ferry"]),
        ("the old quay compared to the new quay on cost", ["the old quay", "the new quay"]),
        ("compare what the mayor and the skippers said about the quay", ["the mayor", "the skippers"]),
        ("What is the difference between the first plan and the second plan?", ["the first plan", "the second plan"]),
        ("how do the mayor and the skippers differ?", ["the mayor", "the skippers"]),
        ("Where do Ida Orm and Per Lund disagree on the ferry?", ["Ida Orm", "Per Lund"]),
    ],
)
def test_the_two_sides_are_named_as_they_were_typed(question: str, names: list[str]) -> None:
    assert named(question) == names


@pytest.mark.parametrize(
    "question",
    [
        "who closed the ferry?",
        "how do the reports on the ferry differ?",
        "compare the reports",
        "compare the ferry and the ferry",
        "what happened to Ida Orm and Per Lund?",
        "",
    ],
)
def test_a_question_that_names_no_two_sides_has_none(question: str) -> None:
    assert sides(question) == ()


@given(st.text(max_size=200))
def test_there_are_two_sides_with_words_of_their_own_or_none(question: str) -> None:
    for text in (question, f"compare {question} and {question[::-1]}"):
        found = sides(text)
        assert len(found) in (0, 2)
        assert all(side.words and side.words <= {*stems(side.name)} for side in found)
        assert not found or not found[0].words & found[1].words


def sentence(text: str, title: str = "The quay", rest: str = "") -> Evidence:
    article = new_article(f"{text}\n{rest}".strip(), id="a", title=title)
    passage = Passage("a:1:0", "a", 1, 0, tuple(split_sentences(article.text)))
    hit = Hit(passage, article, score=1.0, rank=1, channels=())
    return Evidence(passage.sentences[0], hit, 1.0)


OF = sides("compare the canal union and the canal authority")


@pytest.mark.parametrize(
    ("one", "name"),
    [
        (sentence("The union wants a raise."), "the canal union"),
        (sentence("The authority has no money."), "the canal authority"),
        (sentence("The canal was closed."), ""),
        (sentence("The union met the authority."), ""),
        (sentence("There is no money.", title="Authority answers"), "the canal authority"),
        (sentence("There is no money.", rest="So says the union."), ""),
        (sentence("The union met the authority.", title="Authority answers"), ""),
        (sentence("“We want talks,” Ida Orm said.", title="Authority answers"), ""),
        (sentence("The union wants a raise.", title="Authority answers"), "the canal union"),
    ],
)
def test_a_sentence_is_on_the_side_it_names_or_else_the_one_its_article_names(one: Evidence, name: str) -> None:
    side = nearest_side(OF, one)
    assert (side.name if side else "") == name


def test_where_there_are_no_sides_a_sentence_is_on_none() -> None:
    assert nearest_side((), sentence("The union wants a raise.")) is None
