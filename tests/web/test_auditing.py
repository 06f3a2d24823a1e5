"""The audit log of a running app: who logged in and out, added and removed, by id; and how it is read."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from apps import OWN, PASSWORD, App, running
from typer.testing import CliRunner

from assistant.cli import add
from assistant.cli import app as onrecord
from assistant.settings import Settings
from assistant.web.services import background
from assistant.web.services.background import tidied
from tests.support.loopback import Reply, page, rss
from tests.support.loopback import serving as site_serving

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


def test_a_key_is_its_senders_own(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        key = {"Idempotency-Key": "k", **OWN}
        first = app.logged_in("ada").post("/api/v1/articles", json=FERRY, headers=key)
        for name, body in (("cy", {"text": "It rained."}), ("ada", {"text": "It snowed."})):
            answer = app.logged_in(name).post("/api/v1/articles", json=body, headers=key)
            assert answer.status_code == (200 if name == "cy" else 422)
        again = app.logged_in("ada").post("/api/v1/articles", json=FERRY, headers=key)
        assert (first.json()["added"], again.json()) == (1, first.json())


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


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """As by another process that writes for long."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexes.storage.sqlite._PATIENCE", 0.1)
    monkeypatch.setattr(background, "SECONDS", 0.1)


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.05)


def changes_noted(app: App) -> list[tuple[str, int]]:
    assert app.desk.audit.problems() == []
    entries = [entry for entry in app.desk.audit.entries() if entry.what.startswith("articles")]
    assert {entry.who for entry in entries} <= {f"user {app.desk.users.named('ada').id}"}
    return [(entry.what, entry.size) for entry in entries]


@pytest.mark.usefixtures("little_patience")
def test_what_is_added_and_removed_while_the_desk_is_locked_is_acknowledged_done_and_noted(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        editor = app.logged_in("ada")
        assert editor.post("/api/v1/articles", json=FERRY, headers=OWN).json()["added"] == 1
        with tidied(app.index, app.desk):
            with locked(tmp_path / "desk.db"):
                added = editor.post("/api/v1/articles", json=[{"id": "rain", "text": "It rained."}], headers=OWN)
                removed = editor.delete("/api/v1/articles/ferry", headers=OWN)
                assert (added.status_code, added.json()["added"], removed.status_code) == (200, 1, 204)
                assert app.index.store.article_ids() == ["rain"]
                assert changes_noted(app) == [("articles added", 1)]
            wait_until(lambda: len(changes_noted(app)) == 3)
        assert changes_noted(app) == [("articles added", 1), ("articles added", 1), ("articles removed", 1)]


@pytest.mark.usefixtures("little_patience")
def test_of_a_feed_looked_at_while_the_desk_is_locked_all_is_noted_and_the_feed_is_not_blamed(tmp_path: Path) -> None:
    with site_serving() as site, running(tmp_path, fetch_allow=["127.0.0.1"]) as app:
        site.replies |= {"/a": Reply(page("A")), "/feed": Reply(rss("/a"), "application/rss+xml")}
        editor = app.logged_in("ada")
        editor.post("/api/v1/feeds", json={"url": site.url("/feed")}, headers=OWN)
        with tidied(app.index, app.desk):
            with locked(tmp_path / "desk.db"):
                looked = editor.post("/api/v1/feeds/look", json={}, headers=OWN).json()
                assert (looked["added"], looked["visits"][0]["kind"], changes_noted(app)) == (1, "visited", [])
            wait_until(lambda: changes_noted(app))
        assert changes_noted(app) == [("articles added", 1)]
        assert editor.post("/api/v1/feeds/look", json={}, headers=OWN).json()["outcomes"] == []


@pytest.mark.usefixtures("little_patience")
def test_what_the_command_added_while_the_desk_was_locked_stands_in_the_log_it_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONRECORD_HOME", str(tmp_path / "home"))
    (tmp_path / "ferry.txt").write_text(FERRY["text"], encoding="utf-8")
    report = add.report
    with monkeypatch.context() as meanwhile, ExitStack() as held:

        def lock_and_report(*told: object) -> None:
            held.enter_context(locked(tmp_path / "home" / "desk.db"))
            report(*told)  # type: ignore[arg-type]

        meanwhile.setattr(add, "report", lock_and_report)
        done = CliRunner().invoke(onrecord, ["add", str(tmp_path / "ferry.txt")])
        assert (done.exit_code, done.output.splitlines()[-1]) == (0, "1 added, 0 updated, 0 unchanged, 0 refused")
        refused = CliRunner().invoke(onrecord, ["remove", str(tmp_path / "ferry.txt")])
        assert refused.exit_code == 1
        assert "desk.db cannot be used right now" in refused.output
    listed = CliRunner().invoke(onrecord, ["audit"]).output.splitlines()
    assert [line.split("  ")[1] for line in listed] == ["command line"]
    assert "articles added" in listed[0]
    assert CliRunner().invoke(onrecord, ["info", "--json"]).output.count('"articles": 1') == 1
