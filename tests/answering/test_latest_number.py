"""A number that replaces others stands before them; where articles differ, those that say so are the answer."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.answering.considered import Considered
from assistant.answering.evidence import Evidence, Verdict
from assistant.answering.latest_number import latest_first
from assistant.answering.names_asked import NamesAsked
from assistant.reader.answer_types import AnswerType
from indexes import Hit, Passage
from indexes.ingest.sentence_splitter import split_sentences
from indexes.types.article import new_article

NAMES = "Kestrel Bay and Mayor Lena Dorr were at the centre of it again."


def found(title: str, sentence: str, day: int) -> Hit:
    article = new_article(f"{sentence} {NAMES}", id=title, title=title, published=date(2026, 3, day))
    return Hit(Passage(title, title, 1, 0, tuple(split_sentences(article.text))), article, 0.5, day, ("dense",))


EARLY = found("Mudslide kills nine", "At least nine people were killed in the mudslide.", 1)
LATE = found("Mudslide toll rises", "The death toll rose to 14 on Sunday.", 3)
BOTH = NamesAsked(known=("Kestrel Bay",))


def considered(*read: Hit, short: str | None = None, names: NamesAsked = BOTH) -> Considered:
    """What was considered for a question that the first sentences of the hits ``read`` answer."""
    evidence = tuple(Evidence(hit.passage.sentences[0], hit, 1.0) for hit in read)
    return Considered(Verdict(evidence, short, 0.9), bool(read), (EARLY, LATE), short, names, AnswerType.NUMBER)


def told(one: Considered) -> list[str]:
    return [evidence.text for evidence in one.verdict.evidence]


def test_the_newer_article_leads_and_the_older_number_is_no_short_answer() -> None:
    made = latest_first("How many people were killed?", considered(EARLY, short="At least nine"))
    assert [text[:20] for text in told(made)] == ["The death toll rose ", "At least nine people"]
    assert (made.short, made.verdict.short) == (None, None)


def test_the_newer_number_stays_the_short_answer() -> None:
    newest = considered(LATE, EARLY, short="14")
    assert latest_first("How many people were killed?", newest) == newest


@pytest.mark.parametrize(
    "question",
    ["How many people were injured?", "How many children were killed?", "How many helpers came?", "Who was killed?"],
)
def test_a_number_that_was_not_asked_for_changes_nothing(question: str) -> None:
    asked = considered(EARLY, short="At least nine")
    assert latest_first(question, asked) == asked


def test_what_the_reader_is_not_sure_of_because_articles_differ_is_answered_with_both() -> None:
    made = latest_first("How many people died in Kestrel Bay?", considered())
    assert made.answers
    assert [text[:20] for text in told(made)] == ["The death toll rose ", "At least nine people"]


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("How many people died in Almsted?", NamesAsked(known=("Almsted",))),
        ("How many people died in Pellby?", NamesAsked(nowhere=("Pellby",))),
        ("How many people died in the fire?", NamesAsked()),
        ("How many people were killed?", NamesAsked()),
    ],
)
def test_numbers_of_what_the_question_does_not_name_are_no_answer(question: str, names: NamesAsked) -> None:
    assert not latest_first(question, considered(names=names)).answers


def test_a_question_without_a_name_is_answered_if_all_titles_have_its_words() -> None:
    assert latest_first("How many people died in the mudslide?", considered(names=NamesAsked())).answers
