"""A newsroom moved from its files into PostgreSQL, as its operator does it."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import onrecord
from typer.testing import CliRunner

from assistant.accounts.database import database_at
from assistant.accounts.permissions import Role
from assistant.accounts.users import User
from assistant.cli import app
from assistant.desk import Desk
from indexes import Index
from indexes.fetch.subscriptions import FollowedFeeds
from indexes.types.article import new_article
from tests.support.postgres import PASSWORD

pytestmark = pytest.mark.slow

FERRY = new_article("The ferry stops on 14 October.", id="ferry", title="Ferry to stop", source="Quay Chronicle")


def kept(home: Path) -> User:
    """A newsroom in files: an article, a feed and a user."""
    with Index(home) as index, Desk(database_at(home / "desk.db"), auth="users") as desk:
        assert [outcome.kind for outcome in index.add([FERRY])] == ["added"]
        FollowedFeeds(home).add("http://paper.example/feed", "Paper")
        return desk.users.add("Ada", Role.EDITOR, PASSWORD)


def test_a_newsroom_is_moved_whole_and_only_once(tmp_path: Path, database_url: str) -> None:
    home = tmp_path / "data"
    ada = kept(home)
    moved = onrecord(tmp_path, "move", "--json", database_url=database_url)
    assert moved.code == 0, moved.err
    rows = {one["moved"]: one["rows"] for one in moved.objects}
    assert (rows["articles"]["articles"], rows["desk"]["users"], rows["feeds"]["feeds"]) == (1, 1, 1)
    assert onrecord(tmp_path, "move", "--json", database_url=database_url).objects == moved.objects
    with Desk(database_at(home, database_url), auth="users") as desk:
        assert desk.users.list() == [ada]
        assert desk.users.with_password("Ada", PASSWORD) == ada
    assert [feed.title for feed in FollowedFeeds(home, database_url).all()] == ["Paper"]
    with Index(home, database_url=database_url) as index:
        assert [hit.article for hit in index.search("When does the ferry stop?")] == [index.store.article("ferry")]


def test_nothing_is_moved_where_no_database_is_named(tmp_path: Path) -> None:
    assert "Name it: ONRECORD_DATABASE_URL=postgresql://" in onrecord(tmp_path, "move").complaint


def test_the_operator_is_told_where_the_articles_are_and_never_the_password(tmp_path: Path, database_url: str) -> None:
    sound = onrecord(tmp_path, "doctor", database_url=database_url)
    assert sound.code == 0, sound.out
    assert "in the PostgreSQL database 'newsroom" in sound.out
    broken = onrecord(tmp_path, "doctor", database_url=database_url.replace(PASSWORD, "not the password"))
    assert broken.code == 1
    assert "password authentication failed" in broken.out
    assert all(secret not in sound.out + broken.out + broken.err for secret in (PASSWORD, "not the password"))


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_what_is_in_the_database_is_backed_up_with_its_own_tools(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONRECORD_DATABASE_URL", "postgresql://db.example/newsroom")
    refused = CliRunner().invoke(app, [command, str(tmp_path / "backup.tar")])
    assert refused.exit_code == 1
    assert "pg_dump" in refused.stderr
