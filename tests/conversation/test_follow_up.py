"""Follow-ups find what they refer to in the turns before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from assistant.claims.mentions import Mentions
from assistant.conversation import follow_up as following
from assistant.conversation.follow_up import EarlierTurns, follow_up, stands_alone
from assistant.conversation.query_rewriting import understand
from assistant.types.answers import Answered, CitedSentence
from assistant.types.citations import Citation
from assistant.types.turns import LONGEST_TURN, Remembered, Turn
from indexes.types.filters import EVERYTHING


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


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Why?", "Who denied the call? Tomas Verrin. Why?"),
        ("when was that", "Who denied the call? Tomas Verrin. when was that"),
        ("And in March?", "Who denied the call in March?"),
        ("and Nadia Rell?", "Nadia Rell denied the call?"),
        ("And how many?", "Who denied the call? Tomas Verrin. And how many?"),
    ],
)
def test_an_ellipsis_asks_the_last_question_again(question: str, expected: str) -> None:
    assert follow_up(question, [DENIED]) == expected


ASKED = {
    "points": "How many points did Tansk have after five rounds?",
    "prize": "What is the first prize at the Karsholm Masters?",
    "toll": "What did Verrin say about toll policy?",
    "recall": "Has Tesmara recalled its ambassador from Karsholm?",
    "start": "When does the vaccination start?",
    "sister": "What record did Mirela Tansk set?",
    "who": "who is petra holvig",
}


@pytest.mark.parametrize(
    ("asked", "question", "expected"),
    [
        ("points", "And Wray?", "How many points did Wray have after five rounds?"),
        ("points", "what about Isidor Wray", "How many points did Isidor Wray have after five rounds?"),
        ("prize", "and the second?", "What is the second prize at the Karsholm Masters?"),
        ("toll", "and about the ambassador?", "What did Verrin say about the ambassador?"),
        ("recall", "When?", "When has Tesmara recalled its ambassador from Karsholm?"),
        ("start", "where", "Where does the vaccination start?"),
        ("who", "and Nadia Rell?", "who is Nadia Rell?"),
        ("sister", "and her brother?", "What record did Mirela Tansk's brother set?"),
    ],
)
def test_what_an_ellipsis_names_takes_its_place_in_the_last_question(asked: str, question: str, expected: str) -> None:
    assert follow_up(question, [Remembered(ASKED[asked])]) == expected


@pytest.mark.parametrize(
    ("asked", "question", "expected"),
    [
        ("When did the bridge open?", "Who built it?", "Who built the bridge?"),
        ("What do the nurses of Quenby earn?", "What do they want?", "What do the nurses want?"),
        ("Who runs Lasko Lines?", "How many ships does it have?", "How many ships does Lasko Lines have?"),
    ],
)
def test_it_and_they_get_the_thing_or_the_body_asked_about(asked: str, question: str, expected: str) -> None:
    assert follow_up(question, [Remembered(asked)]) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Why did the minister defend his plan?",
        "Is it true that the ferry closed?",
        "How long does it take to get to Quenby?",
        "who is petra holvig",
        "When will the market hall reopen?",
    ],
)
def test_a_question_that_says_itself_what_it_means_is_searched_as_it_is(question: str) -> None:
    assert follow_up(question, [DENIED]) == question


def test_what_may_lean_on_the_last_turn_is_also_searched_with_it_as_it_was_typed() -> None:
    earlier = EarlierTurns([DENIED])
    assert earlier.resolve("Who won the Karsholm Masters?").context == ""
    for question in ("who is the editor", "What did he say?"):
        assert earlier.resolve(question).context == f"Who denied the call? Tomas Verrin. {question}"


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


def test_the_last_twenty_turns_are_used_and_of_each_the_end_of_its_question_and_the_beginning_of_its_answer() -> None:
    turns = [Remembered(f"{n} " + "why? " * 1000 + f"Who was {n}?", "yes " * 1000, ("no " * 1000,)) for n in range(30)]
    kept = list(EarlierTurns(turns))
    assert [one.searched[-3:-1].strip() for one in kept] == [str(n) for n in range(10, 30)]
    assert {len(one.searched) for one in kept} == {LONGEST_TURN}
    assert {len(one.short or "") for one in kept} == {LONGEST_TURN}
    assert {one.told for one in kept} == {()}


def test_whoever_was_named_before_the_last_twenty_turns_is_meant_no_more() -> None:
    rain = turn("Did it rain?", "yes", "It rained in the harbour.")
    assert "Verrin" in follow_up("What did he say?", [DENIED, *[rain] * 19])
    assert "Verrin" not in follow_up("What did he say?", [DENIED, *[rain] * 20])


def test_each_turn_is_read_for_names_once_however_many_questions_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    read = list[str]()

    class Noting(Mentions):
        def __init__(self, text: str) -> None:
            read.append(text)
            super().__init__(text)

    monkeypatch.setattr(following, "Mentions", Noting)
    earlier = EarlierTurns()
    for n in range(10):
        earlier.add(turn(f"Did it rain on day {n}?", "yes", f"It rained in the harbour on day {n}."))
        earlier.follow_up("What did he say?")
    assert len([text for text in read if text.startswith("It rained")]) <= 2 * 10


def test_a_rewriter_is_handed_no_more_of_a_turn_than_is_used() -> None:
    given = list[tuple[str, str]]()

    def rewriter(question: str, turns: Sequence[tuple[str, str]]) -> str:
        given.extend(turns)
        return question

    long = Remembered("why? " * 1000, None, ("no " * 1000,))
    understand("And then?", EVERYTHING, [long] * 5, date(2026, 6, 15), rewriter)
    assert [(len(asked), len(said)) for asked, said in given] == [(LONGEST_TURN, LONGEST_TURN)] * 3


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("make it a timeline", "timeline of the court case"),
        ("now as a timeline please", "timeline of the court case"),
        ("only the last week", "summarise the court case"),
        ("just since Monday, please", "summarise the court case"),
    ],
)
def test_another_form_or_other_days_are_asked_of_the_last_question(question: str, expected: str) -> None:
    assert follow_up(question, [Remembered("summarise the court case", None, ())]) == expected


def test_a_thing_takes_the_place_of_the_last_one() -> None:
    assert follow_up("and the chess?", [Remembered("who won the tour", "Joel Brannoch", ())]) == "who won the chess?"
