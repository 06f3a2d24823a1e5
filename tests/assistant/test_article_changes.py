"""What is acknowledged, done and noted are one: whatever is locked, and whenever the process is killed."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from assistant.accounts.audit import acting
from assistant.accounts.database import database_at
from assistant.article_changes import add_articles, remove_articles, settle
from assistant.desk import Desk
from indexes.storage import outbox
from indexes.storage.outbox import Job
from indexes.types.article import new_article
from tests.support.fast_index import QuickIndex

pytestmark = pytest.mark.slow

FERRY = new_article("The ferry stops on 14 October.", id="ferry")
ROOF = new_article("The library opened again after its roof was mended.", id="roof")
ADDED, REMOVED = ("user x", "articles added", 1), ("user x", "articles removed", 1)


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexes.storage.sqlite._PATIENCE", 0.1)


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """As by another process that writes for long."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def opened(home: Path) -> Iterator[tuple[QuickIndex, Desk]]:
    with QuickIndex(home) as index, Desk(database_at(home / "desk.db")) as desk, acting("user x"):
        yield index, desk


def noted(desk: Desk) -> list[tuple[str, str, int]]:
    assert desk.audit.problems() == []
    return [(entry.who, entry.what, entry.size) for entry in desk.audit.entries()]


def test_what_was_done_while_the_desk_was_locked_is_noted_once_in_its_order(tmp_path: Path) -> None:
    with opened(tmp_path) as (index, desk):
        with locked(tmp_path / "desk.db"):
            assert [outcome.kind for outcome in add_articles(index, desk, [FERRY])] == ["added"]
            assert [outcome.kind for outcome in add_articles(index, desk, [ROOF])] == ["added"]
            assert [article.id for article in remove_articles(index, desk, ["ferry"])] == ["ferry"]
            assert (index.store.article_ids(), noted(desk)) == (["roof"], [])
        for _ in range(2):
            settle(index.store, desk)
            assert noted(desk) == [ADDED, ADDED, REMOVED]
        assert outbox.recorded(index.store) == []
        assert [entry.about for entry in desk.audit.entries()] == [FERRY.sha256, ROOF.sha256, FERRY.sha256]


def test_an_entry_bears_the_time_of_the_deed(tmp_path: Path) -> None:
    with opened(tmp_path) as (index, desk):
        with locked(tmp_path / "desk.db"):
            list(add_articles(index, desk, [FERRY]))
        (change,) = outbox.recorded(index.store)
        settle(index.store, desk)
        assert [entry.at for entry in desk.audit.entries()] == [change.at]


def test_what_is_not_done_is_not_noted(tmp_path: Path) -> None:
    with opened(tmp_path) as (index, desk):
        list(add_articles(index, desk, [FERRY]))
        list(add_articles(index, desk, [FERRY]))
        with pytest.raises(Exception, match="is not in the index"):
            remove_articles(index, desk, ["ferry", "nowhere"])
        with locked(tmp_path / "onrecord.db"), pytest.raises(Exception, match="cannot be used right now"):
            remove_articles(index, desk, ["ferry"])
        assert (index.store.article_ids(), noted(desk)) == (["ferry"], [ADDED])


def test_many_batches_of_one_job_are_one_entry(tmp_path: Path) -> None:
    with opened(tmp_path) as (index, desk):
        many = [new_article(f"Council {n} met on Monday.", id=f"council-{n}") for n in range(40)]
        for outcome in add_articles(index, desk, many):
            assert outcome.kind == "added"
        assert noted(desk) == [("user x", "articles added", 40)]


def test_who_stops_listening_has_noted_what_was_added(tmp_path: Path) -> None:
    with opened(tmp_path) as (index, desk):
        outcomes = add_articles(index, desk, (new_article(f"Council {n} met.", id=f"{n}") for n in range(1000)))
        next(outcomes)
        outcomes.close()  # type: ignore[attr-defined]
        (entry,) = noted(desk)
        assert 0 < entry[2] == index.store.counts().articles < 1000


def test_an_index_that_nobody_keeps_a_log_of_writes_nothing_down(tmp_path: Path) -> None:
    with opened(tmp_path) as (index, _):
        list(index.add([FERRY]))
        index.remove(["ferry"])
        assert outbox.recorded(index.store) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from assistant import article_changes
from assistant.accounts.audit import acting
from assistant.accounts.database import database_at
from assistant.desk import Desk
from indexes.storage import outbox
from indexes.types.article import new_article
from tests.support.fast_index import QuickIndex

home, ferry, roof, moment = Path(sys.argv[1]), *sys.argv[2:]
with QuickIndex(home) as index, Desk(database_at(home / "desk.db")) as desk, acting("user x"):
    articles = [new_article(ferry, id="ferry"), new_article(roof, id="roof")]
    list(article_changes.add_articles(index, desk, articles))
    module, name = (article_changes, "settle") if moment == "before the desk" else (outbox, "drop")
    setattr(module, name, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    article_changes.remove_articles(index, desk, ["ferry"])
"""


@pytest.mark.parametrize("moment", ["before the desk", "after the desk"])
def test_a_kill_between_the_databases_loses_no_note_and_makes_none_twice(moment: str, tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, tmp_path, FERRY.text, ROOF.text, moment], timeout=120)
    assert ended.returncode == -signal.SIGKILL
    with opened(tmp_path) as (index, desk):
        assert index.store.article_ids() == ["roof"]
        for _ in range(2):
            settle(index.store, desk)
            assert noted(desk) == [("user x", "articles added", 2), REMOVED]
        list(add_articles(index, desk, [FERRY]))
        assert noted(desk)[2:] == [ADDED]


def test_another_index_at_the_same_desk_is_noted_too(tmp_path: Path) -> None:
    with opened(tmp_path) as (index, desk):
        list(add_articles(index, desk, [FERRY]))
        with QuickIndex(tmp_path / "other") as other:
            list(add_articles(other, desk, [FERRY]))
        assert noted(desk) == [ADDED, ADDED]


def test_in_postgresql_it_is_noted_once_too(database_url: str, tmp_path: Path) -> None:
    with (
        QuickIndex(tmp_path, database_url=database_url) as index,
        Desk(database_at(tmp_path / "desk.db", database_url)) as desk,
        acting("user x"),
    ):
        list(index.add([FERRY, ROOF], job=Job("user x")))  # as if it had been killed right after
        assert noted(desk) == []
        remove_articles(index, desk, ["ferry"])
        settle(index.store, desk)
        assert noted(desk) == [("user x", "articles added", 2), REMOVED]
        assert outbox.recorded(index.store) == []
