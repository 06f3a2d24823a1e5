"""Whether a text holds an answer: SQuAD's normalisation, on whole words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.evaluation.matching import holds_answer, holds_sentence, normalise_answer


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("The Eiffel  Tower!", "eiffel tower"),
        ("an apple a day", "apple day"),
        ("U.S.", "us"),
        ("$1.9 trillion", "19 trillion"),
        ("Squid Game“", "squid game"),
        ("Biden’s plan", "bidens plan"),
        ("war—Russia said", "war russia said"),
        ("2020–21", "202021"),
        ("the", ""),
    ],
)
def test_case_punctuation_articles_and_spaces_do_not_matter(text: str, normalised: str) -> None:
    assert normalise_answer(text) == normalised


@given(st.text())
def test_normalising_again_changes_nothing_but_articles_that_came_together(text: str) -> None:
    once = normalise_answer(text)
    assert once == " ".join(once.split())
    assert not {"a", "an", "the"} & set(once.split(" "))


words = st.lists(st.text("bcdfgxyz", min_size=2, max_size=6), min_size=1, max_size=4)


@given(words, words, words)
def test_an_answer_is_found_wherever_it_stands_and_however_it_is_written(
    before: list[str], answer: list[str], after: list[str]
) -> None:
    text = f"{' '.join(before)}, “The {' '.join(answer).upper()}”. {' '.join(after)}"
    assert holds_answer(text, [normalise_answer(" ".join(answer))])


@pytest.mark.parametrize(
    ("text", "answer", "holds"),
    [
        ("Oslo won", "Oslo", True),
        ("the Oslofjord", "Oslo", False),
        ("25 minutes", "5 minutes", False),
        ("anything", "", False),
        ("anything", "the", False),
        ("", "Oslo", False),
    ],
)
def test_an_answer_is_whole_words(text: str, answer: str, holds: bool) -> None:
    assert holds_answer(text, [normalise_answer(answer)]) is holds


def test_one_of_several_answers_is_enough() -> None:
    assert holds_answer("in New York City", ["nyc", "new york city"])


def test_a_sentence_is_verbatim_but_for_white_space() -> None:
    text = "First.\nThe toll\n rose by 3.1 percent. Last."
    assert holds_sentence(text, ["The toll rose by 3.1 percent."])
    assert not holds_sentence(text, ["The toll rose by 31 percent."])
    assert not holds_sentence(text, ["", " "])
