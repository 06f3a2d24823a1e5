"""Days of publication are read out of questions about the archive, seen from a Monday in March."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.conversation.publication_days import read_days

TODAY = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("question", "rest", "where"),
    [
        ("articles about it in 2022", "articles about it", "since:2022-01-01 until:2022-12-31"),
        ("articles by Roe from March 2024", "articles by Roe", "since:2024-03-01 until:2024-03-31"),
        ("which articles since 5 May mention it?", "which articles mention it?", "since:2025-05-05"),
        ("articles since 5 May 2024", "articles", "since:2024-05-05"),
        ("articles after 5 May 2024", "articles", "since:2024-05-06"),
        ("articles on or after 5 May 2024", "articles", "since:2024-05-05"),
        ("articles before 2022", "articles", "until:2021-12-31"),
        ("articles until May 2024", "articles", "until:2024-05-31"),
        ("articles by the end of 2024", "articles", "until:2024-12-31"),
        ("articles since the beginning of the year", "articles", "since:2026-01-01"),
        ("articles between 1 and 10 June", "articles", "since:2025-06-01 until:2025-06-10"),
        ("articles between 28 February and 5 March", "articles", "since:2026-02-28 until:2026-03-05"),
        ("articles from 5 May 2024 to 10 June 2025", "articles", "since:2024-05-05 until:2025-06-10"),
        ("articles from March 2024 to May", "articles", "since:2024-03-01 until:2024-05-31"),
        ("articles between November and February", "articles", "since:2025-11-01 until:2026-02-28"),
        ("articles between 2019 and 2021", "articles", "since:2019-01-01 until:2021-12-31"),
        ("articles from 9-20 May 2025", "articles", "since:2025-05-09 until:2025-05-20"),
        ("articles from March 2025 on", "articles", "since:2025-03-01"),
        ("articles in may or june 2025", "articles", "since:2025-05-01 until:2025-06-30"),
        ("articles since May and before 10 July", "articles", "since:2025-05-01 until:2025-07-09"),
        (
            "In 2022, how many articles were there?",
            "how many articles were there?",
            "since:2022-01-01 until:2022-12-31",
        ),
        ("what did we publish on Friday?", "what did we publish?", "since:2026-03-06 until:2026-03-06"),
        ("articles dated 2026-03-02", "articles", "since:2026-03-02 until:2026-03-02"),
        ("today's stories", "stories", "since:2026-03-09 until:2026-03-09"),
        ("June 2025 articles about it", "articles about it", "since:2025-06-01 until:2025-06-30"),
        ("stories of May 2025", "stories", "since:2025-05-01 until:2025-05-31"),
        ("articles in the last 24 hours", "articles", "since:2026-03-08 until:2026-03-09"),
        ("articles from the past week", "articles", "since:2026-03-02 until:2026-03-09"),
        ("articles from the last three days", "articles", "since:2026-03-06 until:2026-03-09"),
        ("how many stories did it run last month", "how many stories did it run", "since:2026-02-01 until:2026-02-28"),
        ("articles from Q2 2025", "articles", "since:2025-04-01 until:2025-06-30"),
        ("articles in the second half of 2025", "articles", "since:2025-07-01 until:2025-12-31"),
        ("articles since the third quarter of 2025", "articles", "since:2025-07-01"),
        ("articles from two weeks ago", "articles", "since:2026-02-23 until:2026-03-01"),
    ],
)
def test_the_words_that_say_when_articles_were_published_become_days(question: str, rest: str, where: str) -> None:
    left, published = read_days(question, TODAY)
    assert published is not None
    assert (left, str(published.where)) == (rest, where)


@pytest.mark.parametrize(
    "question",
    [
        "articles about the 2022 election",
        "articles about the flood of 2013",
        "articles that mention 5 May",
        "articles that mention Theresa May",
        "articles by May",
        "articles on May",
        "articles from the Sunday Courier",
        "articles from Sunday Times",
        'articles that mention "the fire in 2022"',
        "articles in 2019 and 2021",
        "articles in May or July",
        "articles from 30 February 2026",
        "articles in May 2024 and since June 2025",
        "articles in early May",
    ],
)
def test_other_words_and_days_that_cannot_be_read_are_left(question: str) -> None:
    assert read_days(question, TODAY) == (question, None)


@given(
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    st.sampled_from(
        ["on 29 February", "in May", "between 1 and 10 June", "since 31 December", "last week", "on Sunday"]
    ),
)
def test_days_without_a_year_began_before_today(today: date, words: str) -> None:
    _, published = read_days(f"articles {words}", today)
    assert published is not None
    assert published.where.since is not None
    assert published.where.since <= today
