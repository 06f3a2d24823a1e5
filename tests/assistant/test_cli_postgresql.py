"""A newsroom moved from its files into PostgreSQL, as its operator does it."""

from __future__ import annotations

from pathlib import Path

from commands import onrecord
from postgres import PASSWORD

from assistant.desk.database import database_at
from assistant.desk.desk import Desk
from assistant.desk.permission import Role
from assistant.desk.users import User
from indexes import Index
from indexes.article import new_article
from indexes.followed import FollowedFeeds

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
    refused = onrecord(tmp_path, "move")
    assert (refused.code, "ONRECORD_DATABASE_URL" in refused.complaint) == (1, True)
    moved = onrecord(tmp_path, "move", "--json", database_url=database_url)
    assert moved.code == 0, moved.err
    rows = {one["moved"]: one["rows"] for one in moved.objects}
    assert (rows["articles"]["articles"], rows["desk"]["users"], rows["feeds"]["feeds"]) == (1, 1, 1)
    assert onrecord(tmp_path, "move", "--json", database_url=database_url).objects == moved.objects
    with Desk(database_at(home, database_url), auth="users") as desk:
        assert desk.users.list() == [ada]
        assert desk.users.with_password("Ada", PASSWORD) == ada
    assert [feed.title for feed in FollowedFeeds(home, database_url).all()] == ["Paper"]
    found = onrecord(tmp_path, "search", "When does the ferry stop?", "--json", database_url=database_url)
    assert [hit["article_id"] for hit in found.objects] == ["ferry"]


def test_the_operator_is_told_where_the_articles_are_and_never_the_password(tmp_path: Path, database_url: str) -> None:
    sound = onrecord(tmp_path, "doctor", database_url=database_url)
    assert sound.code == 0, sound.out
    assert "in the PostgreSQL database 'newsroom" in sound.out
    broken = onrecord(tmp_path, "doctor", database_url=database_url.replace(PASSWORD, "not the password"))
    assert broken.code == 1
    assert "password authentication failed" in broken.out
    assert all(secret not in sound.out + broken.out + broken.err for secret in (PASSWORD, "not the password"))
    wrong = onrecord(tmp_path, "info", database_url=database_url.replace("postgresql", "oracle"))
    assert "ONRECORD_DATABASE_URL in the environment is not right" in wrong.complaint
    assert PASSWORD not in wrong.err
