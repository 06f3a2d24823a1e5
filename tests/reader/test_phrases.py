"""Widening a span to what a person would quote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reader.phrases import full_name, whole_words, with_title

DENIED = "Kremlin spokesman Dmitry Peskov later denied the report. The Kremlin had said so."


def span(text: str, part: str) -> tuple[int, int]:
    return text.index(part), text.index(part) + len(part)


@pytest.mark.parametrize(
    ("text", "part", "whole"),
    [
        (DENIED, "Pesk", "Peskov"),
        ("It cost $7 billion, he said.", "$7 billion,", "$7 billion"),
        ("“The call,” he said.", "“The call,”", "The call"),
        ("He lives in the U.S. now.", "U.S.", "U.S."),
        ("It ended in May.", "May.", "May"),
        ("A 2.9 percent rise", ".9", "2.9"),
    ],
)
def test_a_span_is_made_of_whole_words(text: str, part: str, whole: str) -> None:
    assert text[slice(*whole_words(text, *span(text, part)))] == whole


@pytest.mark.parametrize(
    ("text", "part", "whole"),
    [
        (DENIED, "Peskov", "Dmitry Peskov"),
        (DENIED, "Dmitry", "Dmitry Peskov"),
        (DENIED, "Dmitry Peskov", "Dmitry Peskov"),
        (DENIED, "report", "report"),
        ("On Monday Verrin denied it.", "Verrin", "Verrin"),
        ("The envoy Ursula von der Leyen spoke.", "Leyen", "Ursula von der Leyen"),
        ("President Oskeld denied it.", "Oskeld", "Oskeld"),
    ],
)
def test_a_part_of_a_name_becomes_the_name(text: str, part: str, whole: str) -> None:
    assert text[slice(*full_name(text, *span(text, part)))] == whole


@pytest.mark.parametrize(
    ("text", "part", "whole"),
    [
        (DENIED, "Dmitry Peskov", "Kremlin spokesman Dmitry Peskov"),
        (
            "said Foreign Ministry spokesman Heorhiy Tykhyi.",
            "Heorhiy Tykhyi",
            "Foreign Ministry spokesman Heorhiy Tykhyi",
        ),
        ("Later Prime Minister Adela Corvane left.", "Adela Corvane", "Prime Minister Adela Corvane"),
        ("They met Adela Corvane on Monday.", "Adela Corvane", "Adela Corvane"),
    ],
)
def test_a_full_name_takes_the_title_before_it(text: str, part: str, whole: str) -> None:
    assert text[slice(*with_title(text, *span(text, part)))] == whole


@given(st.text(alphabet="ab AB.,'“”-$1 é", min_size=1, max_size=40), st.data())
def test_widening_stays_inside_the_text_and_never_turns_round(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    for widen in (whole_words, full_name, with_title):
        first, last = widen(text, start, end)
        assert 0 <= first <= last <= len(text)
