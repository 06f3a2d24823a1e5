"""Words as they begin a line: sentences with a large letter, names of things as they are."""

from __future__ import annotations

import pytest

from assistant.text.wording import capitalised, sentence


@pytest.mark.parametrize(
    "text",
    [
        "https://paper.example is not fetched",
        "paper.example: its name leads to no public address",
        "/srv/newsroom/desk.db cannot be read",
        "notes.md holds no text",
        "notes.md: it holds no text",
        "--port takes a number",
        "widget_pages names no origin",
        "ada@paper.example is no user here",
        "call-9 is not in the index",
        "a1b2c3 is not in the index",
        "iPad is no editor's role",
        "since=2026 asks for nothing",
        r"share\notes is not here",
        "",
    ],
)
def test_a_line_that_begins_with_the_name_of_a_thing_leaves_it_as_it_is(text: str) -> None:
    assert capitalised(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("two people familiar with the matter", "Two people familiar with the matter"),
        ("article 'call-9' is not in the index", "Article 'call-9' is not in the index"),
        ("well-known names come first", "Well-known names come first"),
        ("no, it is not", "No, it is not"),
        ("error: nothing can be written", "Error: nothing can be written"),
        ("élan is a word", "Élan is a word"),
        ("The ferry stops", "The ferry stops"),
        ("refused.", "Refused."),
    ],
)
def test_a_line_that_begins_with_a_word_begins_with_a_large_letter(text: str, said: str) -> None:
    assert capitalised(text) == said


def test_a_sentence_about_an_address_has_an_end_and_the_address_as_it_is() -> None:
    assert sentence("https://paper.example is not fetched") == "https://paper.example is not fetched."
