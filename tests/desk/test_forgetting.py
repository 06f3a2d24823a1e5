"""An article that was removed leaves the conversations and the feedback that quoted it."""

from __future__ import annotations

from pathlib import Path

from desks import answered, files_of, not_found

from assistant.answers import NotFound, Notice
from assistant.conversation.turns import Turn
from assistant.desk.desk import Desk
from assistant.desk.feedback import Thumb, snapshot_of
from assistant.desk.forgetting import REMOVED
from assistant.desk.users import User


def test_its_words_are_in_no_file_and_the_question_stays(desk: Desk, ada: User, tmp_path: Path) -> None:
    conversation, first = desk.conversations.start(ada.id, answered("When is it?", "14 October"))
    desk.conversations.add(ada.id, conversation.id, Turn("Why?", "Why 14 October?", NotFound("Why?", ())))
    desk.feedback.give(ada.id, first.id, snapshot_of(first.turn, 1), Thumb.UP)
    assert b"14 October" in files_of(tmp_path)
    desk.forget_articles(["ferry"])
    assert b"14 October" not in files_of(tmp_path)
    assert b"Quay Chronicle" not in files_of(tmp_path)
    gone, later = (kept.turn for kept in desk.conversations.turns(ada.id, conversation.id))
    assert gone.answer == Notice("When is it?", REMOVED)
    assert (later.question, later.searched) == ("Why?", "Why?")
    (given,) = desk.feedback.list()
    assert (given.snapshot.question, given.snapshot.short, given.snapshot.cited) == ("When is it?", "", ())


def test_other_answers_stay_as_they_were(desk: Desk, ada: User) -> None:
    kept = desk.conversations.start(ada.id, answered())[0]
    named = desk.conversations.start(ada.id, not_found("who is called other_ferry?"))[0]
    before = [desk.conversations.turns(ada.id, one.id) for one in (kept, named)]
    desk.forget_articles(["other_ferry", "ferr_", "%", ""])
    assert [desk.conversations.turns(ada.id, one.id) for one in (kept, named)] == before
