"""Conversations belong to one user, can be found again, and are gone when they are deleted."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from desks import Clock, answered, files_of, not_found, open_desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.accounts.database import database_at
from assistant.accounts.errors import DeskDamaged, NoSuchConversation, NotAcceptable
from assistant.accounts.users import User
from assistant.desk import Desk
from assistant.history.conversations import LONGEST_TITLE, Conversations
from indexes.storage.sqlite import File

pytestmark = pytest.mark.slow


def test_a_conversation_is_called_by_its_first_question_and_keeps_its_turns(
    desk: Desk, ada: User, clock: Clock
) -> None:
    first, second = answered("When does  the ferry\nstop?"), not_found("And the bus?")
    started, kept = desk.conversations.start(ada.id, first)
    clock.forward(minutes=1)
    added = desk.conversations.add(ada.id, started.id, second)
    assert started.title == "When does the ferry stop?"
    assert desk.conversations.turns(ada.id, started.id) == [kept, added]
    assert [turn.turn for turn in (kept, added)] == [first, second]
    assert desk.conversations.turn(ada.id, started.id, kept.id) == kept
    assert desk.conversations.conversation(ada.id, started.id).updated == clock.now


FetchPolicy = Callable[[Conversations, str, str, str], object]
METHODS: dict[str, FetchPolicy] = {
    "add": lambda kept, user, id, turn: kept.add(user, id, answered()),
    "conversation": lambda kept, user, id, turn: kept.conversation(user, id),
    "turns": lambda kept, user, id, turn: kept.turns(user, id),
    "turn": lambda kept, user, id, turn: kept.turn(user, id, turn),
    "asked": lambda kept, user, id, turn: kept.asked(user, id if id == "guessed" else turn),
    "rename": lambda kept, user, id, turn: kept.rename(user, id, "Mine"),
    "delete": lambda kept, user, id, turn: kept.delete(user, id),
}
OWN_ONLY = {"start", "list"}
"""Methods that take no conversation, so that there is none to reach."""


def test_every_method_is_tried_by_someone_else() -> None:
    methods = {name for name in vars(Conversations) if not name.startswith("_")} - {"sweep"}
    assert methods == set(METHODS) | OWN_ONLY


@pytest.mark.parametrize("reach", METHODS.values(), ids=METHODS)
def test_another_users_conversation_is_not_there(desk: Desk, ada: User, bo: User, reach: FetchPolicy) -> None:
    started, kept = desk.conversations.start(ada.id, answered())
    for user_id, conversation_id in ((bo.id, started.id), (ada.id, "guessed"), ("", started.id)):
        with pytest.raises(NoSuchConversation, match="may have been deleted"):
            reach(desk.conversations, user_id, conversation_id, kept.id)
    assert desk.conversations.turns(ada.id, started.id) == [kept]
    assert desk.conversations.conversation(ada.id, started.id) == started


def test_a_turn_of_another_conversation_is_not_there(desk: Desk, ada: User, bo: User) -> None:
    mine, _ = desk.conversations.start(ada.id, answered())
    _, other = desk.conversations.start(bo.id, answered())
    with pytest.raises(NoSuchConversation):
        desk.conversations.turn(ada.id, mine.id, other.id)


def test_listing_and_deleting_touch_only_ones_own(desk: Desk, ada: User, bo: User) -> None:
    mine, _ = desk.conversations.start(ada.id, answered())
    other, _ = desk.conversations.start(bo.id, answered())
    assert desk.conversations.list(ada.id) == [mine]
    desk.conversations.delete(bo.id, other.id)
    assert desk.conversations.list(ada.id, "ferry") == [mine]
    assert desk.conversations.list(bo.id) == []
    with pytest.raises(NoSuchConversation):
        desk.conversations.turns(bo.id, other.id)


def test_the_newest_come_first_a_page_at_a_time(desk: Desk, ada: User, clock: Clock) -> None:
    started = []
    for n in range(5):
        clock.forward(minutes=1)
        started.append(desk.conversations.start(ada.id, answered(f"Question {n}?"))[0])
    clock.forward(minutes=1)
    desk.conversations.add(ada.id, started[0].id, answered())
    pages = [desk.conversations.list(ada.id, page=page, per_page=2) for page in (1, 2, 3, 4)]
    assert [[found.title[9] for found in page] for page in pages] == [["0", "4"], ["3", "2"], ["1"], []]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("FERRY", {"ferry", "talk"}),
        ("october stops", {"ferry", "talk"}),  # in the answer
        ("Straße", {"street"}),
        ("strasse", {"street"}),
        ("100%", {"street"}),
        ("1_0", set()),
        ("renamed", {"talk"}),
        ("ferry straße", set()),
        ("", {"ferry", "street", "talk"}),
    ],
)
def test_words_find_conversations_in_titles_questions_and_answers(
    desk: Desk, ada: User, words: str, found: set[str]
) -> None:
    ferry, _ = desk.conversations.start(ada.id, answered("When does the ferry stop?"))
    street, _ = desk.conversations.start(ada.id, not_found("Is the STRASSE 100% closed?"))
    talk, _ = desk.conversations.start(ada.id, not_found("And so?"))
    desk.conversations.add(ada.id, talk.id, answered())
    desk.conversations.rename(ada.id, talk.id, "Renamed")
    names = {ferry.id: "ferry", street.id: "street", talk.id: "talk"}
    assert {names[kept.id] for kept in desk.conversations.list(ada.id, words)} == found


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1), st.data())
def test_whatever_was_asked_is_found_by_what_stands_in_it(desk: Desk, question: str, data: st.DataObject) -> None:
    user = desk.users.anonymous()
    started, kept = desk.conversations.start(user.id, not_found(question))
    start = data.draw(st.integers(0, len(question) - 1))
    part = question[start : data.draw(st.integers(start + 1, len(question)))]
    # A piece of a letter with its accents, cut apart, is another letter.
    whole = part if part.isascii() else question
    assert started.id in {found.id for found in desk.conversations.list(user.id, whole, per_page=1000)}
    assert desk.conversations.turns(user.id, started.id) == [kept]
    assert len(started.title) <= LONGEST_TITLE


def test_a_title_is_one_short_line_and_never_empty(desk: Desk, ada: User) -> None:
    started, _ = desk.conversations.start(ada.id, answered("word " * 100))
    assert len(started.title) <= LONGEST_TITLE
    assert started.title.endswith(" word…")
    assert desk.conversations.rename(ada.id, started.id, " The\nferry ").title == "The ferry"
    with pytest.raises(NotAcceptable, match="needs a title"):
        desk.conversations.rename(ada.id, started.id, " \n ")


def test_what_is_deleted_is_in_no_file(desk: Desk, ada: User, tmp_path: Path) -> None:
    started, _ = desk.conversations.start(ada.id, answered("Where is the quicksilver?", "in the vermilion"))
    assert b"quicksilver" in files_of(tmp_path)
    desk.conversations.delete(ada.id, started.id)
    assert b"quicksilver" not in files_of(tmp_path)
    assert b"vermilion" not in files_of(tmp_path)


def test_every_connection_overwrites_what_it_deletes_and_minds_foreign_keys(tmp_path: Path) -> None:
    def asked(name: str) -> int:
        with closing(engine.raw_connection()) as connection:
            return int(connection.cursor().execute(f"PRAGMA {name}").fetchone()[0])

    engine = File(tmp_path / "desk.db").engine
    assert {name: asked(name) for name in ("secure_delete", "foreign_keys", "synchronous")} == {
        "secure_delete": 1,
        "foreign_keys": 1,
        "synchronous": 2,
    }
    engine.dispose()


def test_while_someone_reads_what_is_deleted_stays_in_the_log_until_the_next_deletion(
    desk: Desk, ada: User, tmp_path: Path
) -> None:
    started, _ = desk.conversations.start(ada.id, answered("Where is the quicksilver?"))
    reader = sqlite3.connect(tmp_path / "desk.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM turns").fetchall()
    desk.conversations.delete(ada.id, started.id)
    assert desk.conversations.list(ada.id) == []
    reader.execute("COMMIT")
    reader.close()
    desk.sweep()
    assert b"quicksilver" not in files_of(tmp_path)


def test_conversations_past_their_time_are_deleted_on_opening(tmp_path: Path, clock: Clock) -> None:
    with open_desk(tmp_path, clock, "none", keep_days=30) as desk:
        user = desk.users.anonymous()
        desk.conversations.start(user.id, answered("Where is the quicksilver?"))
        clock.forward(days=29)
        young, _ = desk.conversations.start(user.id, answered())
        assert len(desk.conversations.list(user.id)) == 2
    clock.forward(days=1)
    with open_desk(tmp_path, clock, "none", keep_days=30) as desk:
        assert desk.conversations.list(user.id) == [young]
        assert b"quicksilver" not in files_of(tmp_path)


def test_without_a_limit_conversations_are_kept(tmp_path: Path, clock: Clock) -> None:
    with open_desk(tmp_path, clock, "none") as desk:
        desk.conversations.start(desk.users.anonymous().id, answered())
        clock.forward(days=3650)
        desk.sweep()
        assert len(desk.conversations.list(desk.users.anonymous().id)) == 1


def test_many_threads_and_a_second_process_may_write(desk: Desk, ada: User, tmp_path: Path, clock: Clock) -> None:
    started, _ = desk.conversations.start(ada.id, answered())
    failed: list[Exception] = []

    def ask(at: Desk) -> None:
        try:
            for _ in range(10):
                at.conversations.add(ada.id, started.id, answered())
        except Exception as error:
            failed.append(error)

    with open_desk(tmp_path, clock) as other:
        threads = [threading.Thread(target=ask, args=(at,)) for at in (desk, desk, other, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failed == []
    assert len(desk.conversations.turns(ada.id, started.id)) == 41


def test_the_files_are_their_owners_alone(desk: Desk, ada: User, tmp_path: Path) -> None:
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.glob("desk.db*")}
    assert set(modes.values()) == {0o600}


def test_a_desk_of_another_version_is_refused(tmp_path: Path, clock: Clock) -> None:
    open_desk(tmp_path, clock).close()
    with sqlite3.connect(tmp_path / "desk.db") as db:
        db.execute("UPDATE alembic_version_desk SET version_num = '0099_next'")
    with pytest.raises(DeskDamaged, match=r"another version of On Record \(schema 0099_next\)"):
        database_at(tmp_path / "desk.db")


def test_a_file_that_is_no_desk_is_refused(tmp_path: Path) -> None:
    (tmp_path / "desk.db").write_bytes(b"no database at all " * 100)
    with pytest.raises(DeskDamaged, match=r"desk\.db cannot be used: file is not a database"):
        database_at(tmp_path / "desk.db")
    with pytest.raises(DeskDamaged, match="Choose another folder: ONRECORD_HOME"):
        database_at(tmp_path / "desk.db" / "below")
