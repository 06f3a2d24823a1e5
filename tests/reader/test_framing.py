"""What a question is about, apart from the form in which its answer is wanted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reader.framing import subject_of


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("give me a timeline of the storm", "the storm"),
        ("Could you give me a short summary of the port trial?", "the port trial?"),
        ("What do we know about the merger?", "the merger?"),
        ("brief me on the dry summer", "the dry summer"),
        ("latest from Port Lasko", "Port Lasko"),
        ("strike timeline, May to July", "strike May to July"),
        ("three quotes about the ferry", "the ferry"),
        ("the bank merger: a summary please", "the bank merger"),
        ("do the Quay News and the Ledger agree on the number of strikers?", "the number of strikers?"),
        ("who criticised the deal", "who criticised the deal"),
        ("why did the timeline slip", "why did the timeline slip"),
        ("timeline", "timeline"),
        ("strike", "strike"),
    ],
)
def test_the_words_of_the_form_are_left_out(question: str, subject: str) -> None:
    assert subject_of(question) == subject


@given(st.text(max_size=60))
def test_something_is_always_left(question: str) -> None:
    assert subject_of(question) == question or subject_of(question).strip()
