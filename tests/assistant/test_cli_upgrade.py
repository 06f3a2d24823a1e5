"""A newsroom of an older On Record: commands that read say what to run, and `onrecord upgrade` does it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from commands import onrecord

from indexes import Index
from indexes.fetch.subscriptions import FollowedFeeds
from indexes.storage.schema import articles_schema, feeds_schema
from indexes.types.article import new_article

pytestmark = pytest.mark.slow

FERRY = new_article("The ferry stops on 14 October.", id="ferry", title="Ferry to stop", source="Quay Chronicle")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Articles as they were kept a step before, and feeds."""
    with Index(tmp_path / "data") as index:
        list(index.add([FERRY]))
    with closing(sqlite3.connect(tmp_path / "data" / "onrecord.db")) as db:
        for column in ("stated_source", "source_note", "fetched_from", "added_by"):
            db.execute(f"ALTER TABLE versions DROP COLUMN {column}")
        db.execute("DROP TABLE alembic_version_articles")
    FollowedFeeds(tmp_path / "data").add("https://quay.example/feed", "Quay")
    return tmp_path


@pytest.mark.parametrize("command", [("info",), ("ask", "When does the ferry stop?"), ("search", "ferry")])
def test_commands_that_read_say_what_to_run_and_change_nothing(command: tuple[str, ...], home: Path) -> None:
    told = onrecord(home, *command)
    assert told.code == 1
    assert "was written by an older version of On Record (schema 0001_articles)" in told.complaint
    assert told.complaint.endswith("Back it up, then upgrade it: onrecord upgrade")
    assert "onrecord upgrade" in onrecord(home, "doctor").out
    assert onrecord(home, "upgrade", "--json").objects[-1]["before"] == "0001_articles"


def test_it_is_upgraded_once_and_then_as_it_is(home: Path) -> None:
    first, second = onrecord(home, "upgrade"), onrecord(home, "upgrade")
    assert (first.code, second.code) == (0, 0)
    feeds = f"feeds      {feeds_schema.newest}, as it was"
    assert first.lines == [feeds, f"articles   {articles_schema.newest}, upgraded from 0001_articles"]
    assert second.lines == [feeds, f"articles   {articles_schema.newest}, as it was"]
    assert onrecord(home, "search", "ferry").code == 0
    assert not (home / "data" / "desk.db").exists()


def test_commands_that_write_upgrade_it_by_themselves(home: Path) -> None:
    (home / "rain.txt").write_text("It rained in Aldmoor on Monday.", encoding="utf-8")
    assert onrecord(home, "add", str(home / "rain.txt")).code == 0
    assert onrecord(home, "info").code == 0


def test_a_newsroom_in_postgresql_is_upgraded_too(tmp_path: Path, database_url: str) -> None:
    told = onrecord(tmp_path, "upgrade", database_url=database_url)
    assert told.code == 0, told.err
    assert [(line.split()[0], line.split()[-1]) for line in told.lines] == [
        (name, "made") for name in ("desk", "feeds", "articles")
    ]
