"""The audit log of a running app: who logged in and out, added and removed, by id; and how it is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from apps import OWN, PASSWORD, running
from typer.testing import CliRunner

from assistant.cli import app as onrecord
from assistant.settings import Settings

FERRY = {"id": "ferry", "title": "Ferry to stop", "text": "The ferry stops on 14 October, Ines Torvald said."}


def test_logins_and_changes_are_noted_by_id_hash_and_number(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        ada = app.desk.users.named("ada")
        stranger = app.another()
        for name in ("ada", PASSWORD):
            stranger.post("/login", data={"name": name, "password": "wrong wrong wrong"}, headers=OWN)
        editor = app.logged_in("ada")
        assert editor.post("/api/v1/articles", json=[FERRY, {"text": "It rained."}], headers=OWN).json()["added"] == 2
        assert editor.delete("/api/v1/articles/ferry", headers=OWN).status_code == 204
        assert editor.get("/api/v1/feedback/export").status_code == 200
        editor.post("/logout", headers=OWN)
        entries = app.desk.audit.entries()[3:]
        assert [(entry.who, entry.what, entry.size) for entry in entries] == [
            (f"user {ada.id}", "login failed", 0),
            ("nobody known", "login failed", 0),
            (f"user {ada.id}", "login", 0),
            (f"user {ada.id}", "articles added", 2),
            (f"user {ada.id}", "articles removed", 1),
            (f"user {ada.id}", "feedback exported", 0),
            (f"user {ada.id}", "logout", 0),
        ]
        assert app.desk.audit.problems() == []
        written = "".join(str(vars(entry)) for entry in entries)
        assert not [word for word in ("ferry", "Ferry", "Torvald", PASSWORD) if word in written]


def test_an_article_removed_and_sent_again_under_its_key_is_added_again(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        editor, key = app.logged_in("ada"), {"Idempotency-Key": "k", **OWN}
        assert editor.post("/api/v1/articles", json=FERRY, headers=key).json()["added"] == 1
        editor.delete("/api/v1/articles/ferry", headers=OWN)
        assert editor.post("/api/v1/articles", json=FERRY, headers=key).json()["added"] == 1


def test_the_command_lists_by_name_and_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_HOME", str(tmp_path))
    with running(tmp_path) as app:
        app.logged_in("ada")
        seal = app.desk.audit.entries()[-1].seal
    told = CliRunner().invoke(onrecord, ["audit"]).output
    assert [line.split("  ")[1] for line in told.splitlines()] == ["command line"] * 3 + ["ada"]
    sound = CliRunner().invoke(onrecord, ["audit", "--check", "--known", seal])
    assert (sound.exit_code, seal in sound.output) == (0, True)
    wrong = CliRunner().invoke(onrecord, ["audit", "--check", "--known", "0" * 64])
    assert (wrong.exit_code, "no entry has the seal" in wrong.output) == (1, True)


def test_the_settings_hash_changes_with_a_setting_and_not_with_a_secret() -> None:
    plain = Settings().fingerprint  # type: ignore[call-arg]
    assert plain[1] == 0
    assert Settings(llm_key="sk-canary").fingerprint[0] == plain[0]  # type: ignore[call-arg, arg-type]
    assert Settings(port=8000).fingerprint[0] != plain[0]  # type: ignore[call-arg]
