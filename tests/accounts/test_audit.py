"""The audit log: who did what, by id, hash and size; whatever is changed in it shows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from desks import PASSWORD, Clock, open_desk

from assistant.accounts.audit import Event, acting, digest
from assistant.accounts.permissions import Role, Scope
from assistant.accounts.users import User
from assistant.desk import Desk


def what_happened(desk: Desk) -> list[tuple[str, str, str, int]]:
    return [(entry.who, entry.what, entry.about, entry.size) for entry in desk.audit.entries()]


def test_users_and_keys_are_noted_by_id_with_what_was_done_to_them(desk: Desk, ada: User) -> None:
    desk.users.set_role("Ada", Role.ADMIN)
    desk.users.set_password("Ada", PASSWORD + "!")
    _, key = desk.keys.add("feeds", [Scope.ADD])
    desk.keys.revoke("feeds")
    desk.users.remove("Ada")
    assert what_happened(desk) == [
        ("command line", "user added", ada.id, 0),
        ("command line", "user changed", ada.id, 0),
        ("command line", "user changed", ada.id, 0),
        ("command line", "key added", key.id, 0),
        ("command line", "key revoked", key.id, 0),
        ("command line", "user removed", ada.id, 0),
    ]


def test_whoever_acts_is_named_and_only_while_they_do(desk: Desk) -> None:
    with acting("user x"):
        desk.audit.note(Event.EXPORTED, size=3)
        desk.audit.note(Event.LOGIN_FAILED, who="nobody known")
    desk.audit.note(Event.ADDED, digest(["ab"]), 1)
    assert [entry.who for entry in desk.audit.entries()] == ["user x", "nobody known", "command line"]
    assert desk.audit.entries()[2].about == "ab"


def test_what_did_not_happen_is_not_noted(desk: Desk, ada: User) -> None:
    before = what_happened(desk)
    for refused in (lambda: desk.users.add("ada", Role.READER, PASSWORD), lambda: desk.keys.add("k", [])):
        with pytest.raises(Exception, match=r"already|scope"):
            refused()
    assert what_happened(desk) == before


def tampered(folder: Path, *statements: str) -> None:
    """As by someone who can write to the file, whatever the triggers say."""
    db = sqlite3.connect(folder / "desk.db", isolation_level=None)
    db.execute("DROP TRIGGER audit_UPDATE")
    db.execute("DROP TRIGGER audit_DELETE")
    for statement in statements:
        db.execute(statement)
    db.close()


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE audit SET who = 'user y' WHERE number = 2", ["entry 2 is not as it was written"]),
        ("UPDATE audit SET about = substr(about, 1, 0) || 'b' WHERE number = 1", ["entry 1 is not as it was written"]),
        ("UPDATE audit SET size = size + 1 WHERE number = 3", ["entry 3 is not as it was written"]),
        ("UPDATE audit SET at = '2026-11-23 09:00:00.000001' WHERE number = 3", ["entry 3 is not as it was written"]),
        ("UPDATE audit SET what = 'logout' WHERE number = 2", ["entry 2 is not as it was written"]),
        (
            "UPDATE audit SET seal = replace(seal, substr(seal, 1, 1), 'g') WHERE number = 2",
            ["entry 2 is not as it was written", "entry 3 is not as it was written"],
        ),
        ("DELETE FROM audit WHERE number = 2", ["entry 2 is missing"]),
        ("DELETE FROM audit WHERE number = 3", ["the last of 3 entries is missing or was replaced"]),
        ("DELETE FROM audit", ["the last of 3 entries is missing or was replaced"]),
        ("UPDATE about SET value = '3 x' WHERE name = 'audit'", ["the last of 3 entries is missing or was replaced"]),
    ],
)
def test_an_entry_that_was_changed_or_taken_out_is_told(
    tmp_path: Path, clock: Clock, statement: str, told: list[str]
) -> None:
    with open_desk(tmp_path, clock) as desk:
        for size in (1, 2, 3):
            desk.audit.note(Event.ADDED, "a", size)
        assert desk.audit.problems() == []
        tampered(tmp_path, statement)
        assert desk.audit.problems() == told


def test_a_log_written_anew_lacks_a_seal_that_was_noted_down(tmp_path: Path, clock: Clock) -> None:
    with open_desk(tmp_path, clock) as desk:
        desk.audit.note(Event.LOGIN, who="user x")
        desk.audit.note(Event.REMOVED, "ab", 1)
        seal = desk.audit.entries()[-1].seal
        assert desk.audit.problems(seal) == []
        tampered(tmp_path, "DELETE FROM audit", "DELETE FROM about WHERE name = 'audit'")
        desk.audit.note(Event.LOGIN, who="user x")
        assert desk.audit.problems() == []
        assert desk.audit.problems(seal) == [f"no entry has the seal {seal}"]


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = ''", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_an_entry(desk: Desk, ada: User, tmp_path: Path, statement: str) -> None:
    db = sqlite3.connect(tmp_path / "desk.db")
    with pytest.raises(sqlite3.IntegrityError, match="the audit log is only added to"):
        db.execute(statement)
    db.close()


def test_two_desks_on_one_file_make_one_chain(desk: Desk, tmp_path: Path, clock: Clock) -> None:
    with open_desk(tmp_path, clock) as other:
        notes: list[Callable[[], None]] = [lambda: desk.audit.note(Event.LOGIN), lambda: other.audit.note(Event.LOGOUT)]
        for note in notes * 5:
            note()
    assert [entry.number for entry in desk.audit.entries()] == list(range(1, 11))
    assert desk.audit.problems() == []
