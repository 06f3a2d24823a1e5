"""An index file of the schema before is upgraded in one transaction: all answers stay, and a kill costs nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from second_schema import write_second_schema
from sqlalchemy import event

from indexes import Hit
from indexes.storage.open import place_at
from indexes.storage.outbox import Job, recorded
from indexes.storage.schema import articles_schema
from indexes.storage.store import Store
from indexes.storage.upgrading import step_of
from indexes.types.errors import IndexDamaged
from tests.support.fast_index import QuickIndex, story

pytestmark = pytest.mark.slow

QUESTIONS = [f"What did the bridge of council {n} cost in year 199{n % 8}?" for n in range(25)]


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of today's with 20 articles, five of them in two versions, and a copy of one."""
    home = tmp_path_factory.mktemp("today")
    with QuickIndex(home) as index:
        assert len(list(index.add(story(n) for n in range(20)))) == 20
        assert {outcome.kind for outcome in index.add(story(n, edition=2) for n in range(5))} == {"updated"}
        index.remove(["story-7"])
        list(index.add([replace(story(12), id="copy-of-12")]))
        list(index.reindex())
    return home


@pytest.fixture
def then(today: Path, tmp_path: Path) -> Path:
    """The same in a file of the schema before, and no index beside it."""
    write_second_schema(today / "onrecord.db", tmp_path / "onrecord.db")
    return tmp_path


def answers(home: Path) -> list[list[Hit]]:
    with QuickIndex(home) as index:
        return [index.search(question) for question in QUESTIONS]


def test_all_that_is_found_is_found_as_before(today: Path, then: Path) -> None:
    found = answers(then)
    assert found == answers(today)
    assert all(found)
    with QuickIndex(then) as index:
        assert index.problems() == []
        assert index.store.article("story-3", 1).text != index.store.article("story-3", 2).text
        assert "copy-of-12" in [copy.id for copy in index.store.copies("story-12")]
        assert [o.kind for o in index.add([story(8), story(30)])] == ["unchanged", "added"]


def test_articles_are_what_they_were_and_may_be_added_again(then: Path) -> None:
    with QuickIndex(then) as index:
        kept = index.store.article("story-8")
        assert (kept.outlet, kept.known_source, kept.source_note) == ("The Bridge Gazette", "The Bridge Gazette", "")
        assert (kept.added_by, kept.fetched_from) == ("", "")
        assert [o.kind for o in index.add([story(8), story(8, edition=2), story(30)])] == [
            "unchanged",
            "updated",
            "added",
        ]
        assert index.problems() == []


def step(home: Path) -> str:
    with closing(place_at(home / "onrecord.db")) as place:
        return step_of(place, articles_schema)


def in_a_child(then: Callable[[], None]) -> int:
    """Runs it in a process of its own; how that ended."""
    child = os.fork()
    if child == 0:
        try:
            then()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1]


@pytest.mark.parametrize("statement", [1, 2, 4, 5, 6, 7, 8, 9])
def test_an_upgrade_killed_at_any_statement_leaves_the_file_as_it_was(
    statement: int, today: Path, then: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(database: Store) -> None:
        steps = iter(range(1, 1000))

        def look(sql: str) -> None:
            if inside(sql) and next(steps) == statement:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(database.place.engine, "connect", lambda connection, _: connection.set_trace_callback(look))

    def inside(sql: str) -> bool:
        return sql.lstrip().startswith(("DROP", "ALTER", "CREATE", "UPDATE", "INSERT", "DELETE", "COMMIT"))

    prepare = Store._prepare
    with monkeypatch.context() as killed:
        killed.setattr(Store, "_prepare", lambda self, upgrade: (kill(self), prepare(self, upgrade))[1])
        assert in_a_child(lambda: Store(then / "onrecord.db").close()) == signal.SIGKILL
    assert step(then) == "0001_articles"
    assert answers(then)[0] == answers(today)[0]
    assert step(then) == articles_schema.newest


def test_a_file_of_a_newer_schema_is_refused_and_left_as_it_is(today: Path, tmp_path: Path) -> None:
    with (
        closing(sqlite3.connect(today / "onrecord.db")) as live,
        closing(sqlite3.connect(tmp_path / "onrecord.db")) as db,
    ):
        live.backup(db)
        db.execute("UPDATE alembic_version_articles SET version_num = '0099_next'")
        db.commit()
    before = (tmp_path / "onrecord.db").read_bytes()
    with pytest.raises(IndexDamaged, match=r"another version of On Record \(schema 0099_next\)"):
        QuickIndex(tmp_path)
    assert (tmp_path / "onrecord.db").read_bytes() == before


def test_what_is_done_is_written_down_from_then_on(today: Path, then: Path) -> None:
    with QuickIndex(then) as index:
        assert [index.search(question) for question in QUESTIONS] == answers(today)
        index.remove(["story-3"], Job("user x"))
        assert [(change.who, change.kind, change.ids) for change in recorded(index.store)] == [
            ("user x", "removed", ("story-3",))
        ]
