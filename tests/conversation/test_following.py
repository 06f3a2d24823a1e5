"""Follow-ups find what they refer to in the turns before."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.answers import Answered, CitedSentence
from assistant.citations import Citation
from assistant.conversation.following import follow_up, stands_alone
from assistant.conversation.turns import Turn


def turn(question: str, short: str, sentence: str) -> Turn:
    citation = Citation("a", 1, "0" * 64, 0, len(sentence), sentence, "", "", date(2026, 6, 15), "")
    return Turn(question, question, Answered(question, (CitedSentence(sentence, (citation,)),), short))


DENIED = turn("Who denied the call?", "Tomas Verrin", "Spokesman Tomas Verrin denied the report of a call.")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What did he say about the log?", "What did Tomas Verrin say about the log?"),
        ("What is his office?", "What is Tomas Verrin's office?"),
        ("who contradicted him", "who contradicted Tomas Verrin"),
    ],
)
def test_a_pronoun_gets_its_name(question: str, expected: str) -> None:
    assert follow_up(question, [DENIED]).endswith(expected)


def test_a_pronoun_of_another_gender_is_left_alone() -> None:
    assert "Verrin" not in follow_up("What did she say?", [DENIED]).partition("? Tomas Verrin. ")[2]


@pytest.mark.parametrize("question", ["Why?", "And in March?", "when was that", "What about the ambassador?"])
def test_an_ellipsis_gets_its_context(question: str) -> None:
    searched = follow_up(question, [DENIED])
    assert searched.endswith(question)
    assert "Who denied the call?" in searched


@pytest.mark.parametrize(
    "question",
    [
        "Who won the Karsholm Masters?",
        "Did Ormond say he would ask for the log?",
        "What did Cyril Banks say about his hotel's pool?",
    ],
)
def test_a_change_of_subject_stays_as_it_is(question: str) -> None:
    assert stands_alone(question)
    assert follow_up(question, [DENIED]) == question


def test_without_a_turn_before_nothing_is_added() -> None:
    assert follow_up("What did he say?", []) == "What did he say?"
