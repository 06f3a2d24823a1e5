"""An article that was removed leaves the conversations and the feedback that quoted it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from desks import FERRY, Clock, answered, files_of, not_found, open_desk, removed

from assistant.accounts.permissions import Role
from assistant.accounts.users import User
from assistant.article_changes import remove_articles, settle
from assistant.desk import Desk
from assistant.history.erasure import REMOVED
from assistant.history.feedback import Thumb, snapshot_of
from assistant.types.answers import Answered, CitedSentence, NotFound, Notice, Scope, Section
from assistant.types.citations import cite
from assistant.types.claims import Differing, Disagreement, Quantity
from assistant.types.turns import Turn
from indexes.types.article import new_article
from tests.support.fast_index import QuickIndex

PIER = new_article("The pier was closed in June.", id="pier")


def test_its_words_are_in_no_file_and_the_question_stays(desk: Desk, ada: User, tmp_path: Path) -> None:
    conversation, first = desk.conversations.start(ada.id, answered("When is it?", "14 October"))
    desk.conversations.add(ada.id, conversation.id, Turn("Why?", "Why 14 October?", NotFound("Why?", ())))
    desk.feedback.give(ada.id, first.id, snapshot_of(first.turn, 1), Thumb.UP)
    assert b"14 October" in files_of(tmp_path)
    desk.take_over(removed("ferry"))
    assert b"14 October" not in files_of(tmp_path)
    assert b"Quay Chronicle" not in files_of(tmp_path)
    gone, later = (kept.turn for kept in desk.conversations.turns(ada.id, conversation.id))
    assert gone.answer == Notice("When is it?", REMOVED)
    assert (later.question, later.searched) == ("Why?", "Why?")
    (given,) = desk.feedback.list()
    assert (given.snapshot.question, given.snapshot.short, given.snapshot.cited) == ("When is it?", "", ())


def test_of_an_answer_in_sections_the_headings_go_too_and_with_them_those_of_other_articles(
    desk: Desk, ada: User, tmp_path: Path
) -> None:
    sentences = [CitedSentence(one.text, (cite(one, 0, len(one.text)),)) for one in (FERRY, PIER)]
    sections = (Section("Aldmoor ferry", 1), Section("Sellin pier", 1))
    answer = Answered("What was closed?", tuple(sentences), form="list", sections=sections, scope=Scope(9, 4))
    conversation, _ = desk.conversations.start(ada.id, Turn(answer.question, answer.question, answer))
    assert b"Aldmoor" in files_of(tmp_path)
    desk.take_over(removed("ferry"))
    assert b"Aldmoor" not in files_of(tmp_path)
    assert b"Sellin" not in files_of(tmp_path)
    (gone,) = desk.conversations.turns(ada.id, conversation.id)
    assert gone.turn.answer == Notice("What was closed?", REMOVED)


def test_an_answer_beside_which_a_number_of_the_article_was_shown_goes_too(desk: Desk, ada: User) -> None:
    numbers = tuple(Quantity(n, str(n), "pier", cite(one, 0, 9)) for n, one in enumerate((FERRY, PIER), start=3))
    disagreement = Disagreement(numbers=(Differing(numbers, superseded=False),))
    answer = Answered("When?", (CitedSentence(FERRY.text[:9], (cite(FERRY, 0, 9),)),), disagreement=disagreement)
    conversation, _ = desk.conversations.start(ada.id, Turn("When?", "When?", answer))
    desk.take_over(removed("pier"))
    (kept,) = desk.conversations.turns(ada.id, conversation.id)
    assert kept.turn.answer == Notice("When?", REMOVED)


def test_other_answers_stay_as_they_were(desk: Desk, ada: User) -> None:
    kept = desk.conversations.start(ada.id, answered())[0]
    named = desk.conversations.start(ada.id, not_found("who is called other_ferry?"))[0]
    before = [desk.conversations.turns(ada.id, one.id) for one in (kept, named)]
    desk.take_over(removed("other_ferry", "ferr_", "%", ""))
    assert [desk.conversations.turns(ada.id, one.id) for one in (kept, named)] == before


def test_what_was_removed_while_the_desk_was_locked_is_forgotten_when_it_no_longer_is(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexes.storage.sqlite._PATIENCE", 0.1)
    (tmp_path / "desk").mkdir()
    with open_desk(tmp_path / "desk", clock) as desk, QuickIndex(tmp_path / "home") as index:
        list(index.add([FERRY]))
        desk.conversations.start(desk.users.add("Ada", Role.EDITOR, "correct horse battery").id, answered())
        with closing(sqlite3.connect(tmp_path / "desk" / "desk.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert [article.id for article in remove_articles(index, desk, ["ferry"])] == ["ferry"]
            other.execute("ROLLBACK")
        assert b"14 October" in files_of(tmp_path / "desk")
        settle(index.store, desk)
        assert b"14 October" not in files_of(tmp_path / "desk")
