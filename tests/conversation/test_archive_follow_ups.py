"""A follow-up to a question about the archive asks for what it changes, and for all else that was asked before."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.answering.archive_questions import archive_question
from assistant.conversation.archive_follow_ups import asked_of_archive_again
from assistant.conversation.follow_up import follow_up
from assistant.conversation.publication_days import read_days
from assistant.types.turns import Remembered

TODAY = date(2026, 6, 15)
COUNTED = "How many articles mention the strike?"
IN_YEAR = "How many articles mention the strike in 2024?"
BY_ROE = "articles by Judith Roe"
WROTE = "what has Ida Roe written about the ferry?"
RAN = "How many stories did the Courier run last month?"
ABOUT = "stories about the flood in Quenby"
EITHER = "which articles mention Rell or Salm?"
BOTH = "which articles from the Courier mention Rell and Salm since May?"


@pytest.mark.parametrize(
    ("last", "question", "asked"),
    [
        (COUNTED, "and in May?", "how many articles mention “strike” in May?"),
        (COUNTED, "What about since 5 May?", "how many articles mention “strike” since 5 May?"),
        (COUNTED, "between 1 and 10 June?", "how many articles mention “strike” between 1 and 10 June?"),
        (COUNTED, "and by Sayle?", "how many articles by Sayle mention “strike”?"),
        (COUNTED, "only from the Courier", "how many articles from the Courier mention “strike”?"),
        (COUNTED, "just those from the Courier, please", "how many articles from the Courier mention “strike”?"),
        (COUNTED, "which ones?", "list all articles that mention “strike”?"),
        (COUNTED, "Which are they?", "list all articles that mention “strike”?"),
        (COUNTED, "show me the list", "list all articles that mention “strike”?"),
        (COUNTED, "and what are they called", "list all articles that mention “strike”?"),
        (COUNTED, "list them", "list all articles that mention “strike”?"),
        (COUNTED, "and the ferry?", "how many articles mention “ferry”?"),
        (COUNTED, "and how many mention the ferry?", "how many articles mention “ferry”?"),
        (COUNTED, "how many of them mention the ferry?", "how many articles mention “strike” and “ferry”?"),
        (COUNTED, "which of those are by Sayle?", "list all articles by Sayle that mention “strike”?"),
        (COUNTED, "how many of these were published in May?", "how many articles mention “strike” in May?"),
        (IN_YEAR, "and in May?", "how many articles mention “strike” in May 2024?"),
        (IN_YEAR, "and last month?", "how many articles mention “strike” last month?"),
        (IN_YEAR, "and in 2025?", "how many articles mention “strike” in 2025?"),
        (IN_YEAR, "only since June", "how many articles mention “strike” in 2024 since June 2024?"),
        (BY_ROE, "how many?", "how many articles by Judith Roe?"),
        (BY_ROE, "how many are there?", "how many articles by Judith Roe?"),
        (BY_ROE, "And Tom Brandt?", "list all articles by Tom Brandt?"),
        (BY_ROE, "from the Courier?", "list all articles by Judith Roe from the Courier?"),
        (BY_ROE, "which of them mention the ferry?", "list all articles by Judith Roe that mention “ferry”?"),
        (WROTE, "and by Sayle?", "list all articles by Sayle about the ferry?"),
        (WROTE, "and about the flood?", "list all articles from Ida Roe about the flood?"),
        (WROTE, "which of them mention Rell?", "list all articles from Ida Roe about the ferry that mention “Rell”?"),
        (RAN, "and this month?", "how many articles from the Courier this month?"),
        (RAN, "and the Ledger?", "how many articles from the Ledger last month?"),
        (RAN, "how many of them are about Rell?", "how many articles from the Courier about Rell last month?"),
        (RAN, "from August 24 only", "how many articles from the Courier from August 24?"),
        (WROTE, "which of those are about Rell?", "list all articles from Ida Roe about the ferry and Rell?"),
        (ABOUT, "how many?", "how many articles about the flood in Quenby?"),
        (ABOUT, "and in Almsted?", "list all articles about the flood in Almsted?"),
        (COUNTED, "the Courier only", "how many articles from the Courier mention “strike”?"),
        (COUNTED, "just Judith Sayle's", "how many articles by Judith Sayle mention “strike”?"),
        (COUNTED, "or the ferry?", "how many articles mention “strike” or “ferry”?"),
        (COUNTED, "and Rell and Salm?", "how many articles mention “Rell” and “Salm”?"),
        (COUNTED, "which ones are from May?", "list all articles that mention “strike” from May?"),
        (COUNTED, "anything by Sayle?", "how many articles by Sayle mention “strike”?"),
        (COUNTED, "which of them?", "list all articles that mention “strike”?"),
        (IN_YEAR, "and 2025?", "how many articles mention “strike” in 2025?"),
        (IN_YEAR, "and before that?", "how many articles mention “strike” before 1 January 2024?"),
        (EITHER, "how many?", "how many articles mention “Rell” or “Salm”?"),
        (BOTH, "and the Ledger?", "list all articles from the Ledger that mention “Rell” and “Salm” since May?"),
    ],
)  # fmt: skip
def test_what_is_changed_takes_its_place_and_all_else_stays(last: str, question: str, asked: str) -> None:
    assert asked_of_archive_again(question, last, TODAY) == asked
    assert follow_up(question, [Remembered(last)]) == asked
    rest, published = read_days(asked, TODAY)
    assert archive_question(rest, dated=published is not None) is not None


@pytest.mark.parametrize(
    "question",
    [
        "who won the rowing?",
        "and who won?",
        "how many people died?",
        "how many died in May?",
        "what happened in May?",
        "which companies recalled cars?",
        "Why?",
        "who wrote it?",
        "what does it say?",
        "What is the strike about?",
        "Who is Judith Sayle?",
        "When was that?",
        "What is that?",
        "by whom?",
        "and by him?",
        "how many days did it last?",
        "and what about it?",
        "only if it rains",
        "how many articles mention the ferry?",
        "tell me more",
        "make it a timeline",
        "thanks",
        "show me what Rell said",
        "How many of them mention Rell or Salm but not Verrin?",
    ],
)
def test_any_other_question_is_none_about_the_archive(question: str) -> None:
    assert asked_of_archive_again(question, COUNTED, TODAY) == ""


@pytest.mark.parametrize(
    "question", ["and in May?", "which ones?", "how many?", "and by Sayle?", "only from the Courier"]
)
def test_after_any_other_question_nothing_is_asked_of_the_archive(question: str) -> None:
    assert asked_of_archive_again(question, "Who denied the call?", TODAY) == ""
