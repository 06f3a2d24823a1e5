"""Which words of a question are taken for slips, and what for."""

from __future__ import annotations

import pytest

from assistant.conversation.spelling import corrected, corrections
from indexes import Index


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("who is verin?", "who is Verrin?"),
        ("what did Stenard's office say?", "what did Stennard's office say?"),
    ],
)
def test_a_misspelt_name_is_taken_for_the_nearest_one_in_the_articles(
    samples: Index, question: str, meant: str
) -> None:
    assert corrected(question, corrections(samples, question)) == meant


@pytest.mark.parametrize(
    "question",
    ["which articles are by Judith Sayle?", "what has ewa lindvar written?", "how many stories did Rask write?"],
)
def test_the_name_of_an_author_is_no_slip_though_no_article_has_it_in_its_text(samples: Index, question: str) -> None:
    assert corrections(samples, question) == {}


@pytest.mark.parametrize(
    "question",
    [
        "summarise the rowing",
        "Can you summarise what we have on the strike?",
        "a chronology of the museum theft, please",
    ],
)
def test_a_word_for_the_form_of_the_answer_is_no_slip_though_no_article_has_it(samples: Index, question: str) -> None:
    assert corrections(samples, question) == {}


def test_only_a_whole_word_is_corrected() -> None:
    assert corrected("verin and verins", {"verin": "Verrin"}) == "Verrin and verins"
