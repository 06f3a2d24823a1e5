"""Time words become days, seen from a Monday."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.conversation.time_expressions import time_said

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("Who denied the call last week?", "2026-11-16", "2026-11-22"),
        ("what happened yesterday", "2026-11-22", "2026-11-22"),
        ("What changed today?", "2026-11-23", "2026-11-23"),
        ("Who resigned on Friday?", "2026-11-20", "2026-11-21"),
        ("What has the union said since Friday?", "2026-11-20", "2026-11-23"),
        ("What was decided in March?", "2026-03-01", "2026-03-31"),
        ("What was decided last December?", "2025-12-01", "2025-12-31"),
        ("How many strikes were there last month?", "2026-10-01", "2026-10-31"),
        ("How many strikes were there this year?", "2026-01-01", "2026-11-23"),
        ("Who spoke in the last three days?", "2026-11-20", "2026-11-23"),
        ("Who spoke over the past week?", "2026-11-16", "2026-11-23"),
        ("Who won last weekend?", "2026-11-14", "2026-11-15"),
    ],
)
def test_time_words_mean_days(question: str, since: str, until: str) -> None:
    said = time_said(question, MONDAY)
    assert said is not None
    assert (str(said.since), str(said.until)) == (since, until)


@pytest.mark.parametrize(
    "question",
    [
        "Who denied the call?",
        "What happened on 5 November 2024?",
        "What was decided in March 2022?",
        "Who may march on the palace?",
        "Who was the last king?",
        "What did the Sunday Courier report?",
    ],
)
def test_what_is_no_time_word_becomes_no_filter(question: str) -> None:
    assert time_said(question, MONDAY) is None


@given(
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    st.sampled_from(
        ["yesterday", "last week", "this month", "in the last 40 years", "on Sunday", "since May", "in May"]
    ),
)
def test_the_days_are_in_order_and_none_is_to_come(today: date, words: str) -> None:
    said = time_said(f"Who spoke {words}?", today)
    assert said is not None
    assert said.since <= said.until <= today
