"""Turns of a conversation: how a question was understood, and in which articles it was asked."""

from __future__ import annotations

from datetime import date

import pytest

from assistant import assistant as module
from assistant.assistant import Assistant
from assistant.types.answers import Answered, NotFound, Notice
from assistant.types.turns import Turn
from indexes import Index

pytestmark = pytest.mark.slow


class June(date):
    """A day on which the sample articles are fresh."""

    @classmethod
    def today(cls) -> June:
        return cls(2026, 6, 18)


@pytest.fixture
def asked(samples: Index, monkeypatch: pytest.MonkeyPatch) -> Assistant:
    monkeypatch.setattr(module, "date", June)
    return Assistant(samples)


def last(assistant: Assistant, question: str, *turns: Turn) -> Turn:
    *_, turn = assistant.converse(question, turns=turns)
    return turn


def test_he_is_whoever_was_named_before(asked: Assistant) -> None:
    first = last(asked, "Who denied the call?")
    second = last(asked, "What did he say about the telephone log?", first)
    assert "Tomas Verrin" in second.searched
    assert isinstance(second.answer, Answered)
    assert any("State Secrets Act" in sentence.text for sentence in second.answer.sentences)


def test_a_question_can_be_asked_as_it_stands(asked: Assistant) -> None:
    first = last(asked, "Who denied the call?")
    *_, second = asked.converse("Why?", turns=[first], as_it_is=True)
    assert second.searched == "Why?"


def test_time_words_become_days_and_a_filter_and_are_shown(asked: Assistant) -> None:
    turn = last(asked, "Who denied the call on Monday?")
    assert (str(turn.where.since), str(turn.where.until)) == ("2026-06-15", "2026-06-16")
    assert turn.remarks == ("“on Monday”: 15 June 2026 to 16 June 2026.",)
    assert isinstance(turn.answer, Answered)
    assert all("2026-06-15" <= str(c.published) <= "2026-06-16" for c in turn.answer.citations)


def test_days_without_an_answer_are_left_and_it_is_said(asked: Assistant) -> None:
    turn = last(asked, "Who won the Karsholm Masters yesterday?")
    assert turn.remarks[-1] == "I found no answer in articles from those days; this one is from all dates."
    assert isinstance(turn.answer, Answered)


def test_what_is_disputed_is_shown_with_both_sides(asked: Assistant) -> None:
    turn = last(asked, "Did Oskeld and Corvane talk on the phone?")
    assert isinstance(turn.answer, Answered)
    assert turn.answer.disagreement is not None
    assert {v.claim.stance.value for v in turn.answer.disagreement.denied} == {"denied"}


def test_suggestions_are_answered_by_the_articles_that_were_cited(asked: Assistant) -> None:
    first = last(asked, "Who denied the call?")
    assert isinstance(first.answer, Answered)
    cited = {citation.article_id for citation in first.answer.citations}
    questions = asked.suggested([first])
    assert questions
    for question in questions:
        assert question not in (first.question, "Who denied the call?")
        answer = last(asked, question).answer
        assert isinstance(answer, Answered | NotFound)
        if isinstance(answer, Answered):
            assert {citation.article_id for citation in answer.citations} & cited


def test_a_turn_that_fails_is_a_notice(asked: Assistant) -> None:
    assert isinstance(last(asked, "who source:Nowhere").answer, Notice)
