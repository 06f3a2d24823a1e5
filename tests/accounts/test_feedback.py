"""Feedback keeps what was answered, and becomes questions that ``onrecord evaluate`` reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from desks import FERRY, Clock, answered, not_found

from assistant.accounts.errors import NotAcceptable
from assistant.accounts.users import User
from assistant.desk import Desk
from assistant.evaluation.questions import Question, read_questions
from assistant.history.feedback import CannotExport, Cited, Reason, Snapshot, Thumb, export, snapshot_of
from assistant.types.answers import Notice
from assistant.types.turns import Turn
from indexes.types.filters import Filter


def test_a_snapshot_holds_what_was_answered_and_from_which_articles() -> None:
    turn = replace(answered("And when?"), searched="When does the ferry stop?", where=Filter(sources=("Quay",)))
    place = Cited("ferry", 1, FERRY.sha256, 0, 30, "The ferry stops on 14 October.")
    assert snapshot_of(turn, 7) == Snapshot(
        "And when?", "When does the ferry stop?", "source:Quay", "answered", "14 October", (place,), 7
    )
    assert snapshot_of(not_found("?"), 7).kind == "not_found"
    assert snapshot_of(Turn("?", "?", Notice("?", "failed")), 7).kind == "notice"


def test_feedback_is_kept_and_a_second_thought_replaces_it(desk: Desk, ada: User, bo: User) -> None:
    shot = snapshot_of(answered(), 1)
    desk.feedback.give(ada.id, "t1", shot, Thumb.UP, Reason.RIGHT)
    second = desk.feedback.give(ada.id, "t1", shot, Thumb.DOWN, Reason.OUTDATED, " It sails again. ")
    other = desk.feedback.give(bo.id, "t1", shot, Thumb.UP, Reason.WELL_SOURCED)
    assert {given.id: given for given in desk.feedback.list()} == {second.id: second, other.id: other}
    assert second.comment == "It sails again."


@pytest.mark.parametrize(
    ("thumb", "reason", "comment"),
    [
        (Thumb.UP, Reason.WRONG, ""),
        (Thumb.DOWN, Reason.RIGHT, ""),
        (Thumb.DOWN, Reason.OTHER, " "),
        (Thumb.DOWN, Reason.WRONG, "x" * 2001),
    ],
)
def test_feedback_that_contradicts_itself_is_refused(
    desk: Desk, ada: User, thumb: Thumb, reason: Reason, comment: str
) -> None:
    with pytest.raises(NotAcceptable):
        desk.feedback.give(ada.id, "t1", snapshot_of(answered(), 1), thumb, reason, comment)
    assert desk.feedback.list() == []


def test_feedback_outlives_its_user_without_their_name(desk: Desk, ada: User) -> None:
    desk.feedback.give(ada.id, "t1", snapshot_of(answered(), 1), Thumb.UP, Reason.RIGHT)
    desk.users.remove("Ada")
    assert [given.user_id for given in desk.feedback.list()] == [None]


def test_what_is_exported_is_read_by_evaluate_without_a_word(
    desk: Desk, ada: User, clock: Clock, tmp_path: Path
) -> None:
    up = desk.feedback.give(ada.id, "t1", snapshot_of(answered(), 1), Thumb.UP, Reason.RIGHT)
    clock.forward(days=1)
    shot = snapshot_of(answered("Who\u2028mends “it”?"), 1)
    down = desk.feedback.give(ada.id, "t2", shot, Thumb.DOWN, Reason.WRONG, "Not him.")
    clock.forward(days=1)
    none = desk.feedback.give(ada.id, "t3", snapshot_of(not_found("Is it?"), 1), Thumb.UP, Reason.RIGHT)
    assert export(desk.feedback.list(), tmp_path / "questions.jsonl") == 3
    questions, notices = read_questions(tmp_path / "questions.jsonl")
    assert notices == []
    assert questions == [
        Question(
            up.id,
            "When does the ferry stop?",
            ("14 October",),
            {"ferry": 1},
            ("The ferry stops on 14 October.",),
            date(2026, 11, 23),
        ),
        Question(down.id, "Who\u2028mends “it”?", asked=date(2026, 11, 24)),
        Question(none.id, "Is it?", asked=date(2026, 11, 25)),
    ]
    assert "thumb down: wrong; Not him.; answered" in (tmp_path / "questions.jsonl").read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotExport, match=r"gone/questions\.jsonl cannot be written: no such file or directory"):
        export([], tmp_path / "gone" / "questions.jsonl")
