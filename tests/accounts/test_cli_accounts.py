"""``onrecord users``, ``keys`` and ``feedback``, for people and for machines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from desks import PASSWORD, answered
from typer.testing import CliRunner

from assistant.accounts.permissions import Scope
from assistant.cli import app
from assistant.factory import open_desk
from assistant.history.feedback import Reason, Thumb, snapshot_of
from assistant.settings import load_settings

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONRECORD_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, arguments, input=typed)


def objects(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def add_ada(*arguments: str) -> Result:
    return run("users", "add", "Ada", *arguments, typed=f"{PASSWORD}\n")


def test_a_user_is_added_listed_changed_and_removed() -> None:
    assert add_ada("--role", "admin").stdout == "added      Ada (admin)\n"
    assert run("users", "list").stdout.split() == ["Ada", "admin", "users"]
    assert run("users", "role", "ada", "reader").stdout == "changed    Ada (reader)\n"
    assert run("users", "remove", "Ada").stdout == "removed    Ada (reader)\n"
    assert run("users", "list").stdout == ""


def test_the_password_that_was_piped_in_lets_in() -> None:
    add_ada()
    assert run("users", "password", "Ada", typed="another horse battery\r\n").exit_code == 0
    with open_desk(load_settings()) as desk:
        assert desk.users.with_password("Ada", PASSWORD) is None
        assert desk.users.with_password("Ada", "another horse battery")


def test_a_password_is_no_argument_and_not_empty() -> None:
    assert run("users", "add", "Ada", PASSWORD, typed="").exit_code == 2
    missing = run("users", "add", "Ada", typed="")
    assert (missing.exit_code, missing.stderr) == (2, "onrecord: no password on standard input\n")


def test_what_goes_wrong_is_said_in_a_line() -> None:
    add_ada()
    again = add_ada()
    assert (again.exit_code, again.stderr.count("\n")) == (1, 1)
    assert again.stderr.startswith("onrecord: there is already a user 'Ada'.")
    assert "12 to 1024 characters" in run("users", "add", "Bo", typed="short\n").stderr
    assert run("users", "add", "Bo", "--role", "owner", typed=f"{PASSWORD}\n").exit_code == 2


def test_users_as_json() -> None:
    (added,) = objects(add_ada("--json"))
    assert (added["kind"], added["name"], added["role"], added["auth"]) == ("added", "Ada", "reader", "users")
    assert objects(run("users", "list", "--json"))[0]["name"] == "Ada"


def test_a_key_is_shown_once_and_revoked() -> None:
    made = run("keys", "add", "feed", "--scope", "add", "--scope", "ask", "--days", "30")
    text = made.stdout.strip()
    assert made.stderr == "Keep it now: it is not shown again.\n"
    with open_desk(load_settings()) as desk:
        assert desk.keys.check(text).scopes == {Scope.ADD, Scope.ASK}
    listed = run("keys", "list").stdout
    assert text not in listed
    assert listed.startswith(text[:17] + "_…  feed ")
    assert run("keys", "revoke", "feed").stdout == "revoked    feed\n"
    assert "revoked 2" in run("keys", "list").stdout
    assert run("keys", "revoke", "feed").exit_code == 1


def test_keys_as_json() -> None:
    (made,) = objects(run("keys", "add", "feed", "--scope", "ask", "--json"))
    (listed,) = objects(run("keys", "list", "--json"))
    assert made.pop("key").startswith(made["id"])
    assert listed == made
    assert run("keys", "add", "other").exit_code == 2


def test_feedback_is_listed_and_exported(tmp_path: Path) -> None:
    with open_desk(load_settings()) as desk:
        desk.feedback.give(None, "t1", snapshot_of(answered(), 3), Thumb.DOWN, Reason.WRONG, "It\nsails.\x1b[2J")
    line = run("feedback", "list").stdout
    assert line.endswith("down  When does the ferry stop?  (wrong – It sails.[2J)\n")
    assert objects(run("feedback", "list", "--json"))[0]["snapshot"]["revision"] == 3
    done = run("feedback", "export", str(tmp_path / "questions.jsonl"))
    assert done.stdout == f"1 question written to {tmp_path / 'questions.jsonl'}\n"
    assert json.loads((tmp_path / "questions.jsonl").read_text())["question"] == "When does the ferry stop?"
