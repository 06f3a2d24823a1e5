"""Articles in PostgreSQL: answers as from files, one writer on all machines, and what happens when it breaks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from indexes import Index
from indexes.embedding.embedder import Embedder
from indexes.fetch.http import Tag
from indexes.fetch.subscriptions import FollowedFeeds
from indexes.ingest.outlets import Sender
from indexes.search.chroma_files import published
from indexes.search.chroma_local import Generation
from indexes.storage.backend import Place
from indexes.storage.copy import CannotMove, move
from indexes.storage.open import place_at
from indexes.storage.schema import articles_schema
from indexes.types.article import new_article
from indexes.types.errors import DatabaseUnusable, FeedsBusy, IndexBusy, IndexDamaged, NoSuchArticle
from indexes.types.filters import Filter
from tests.support.postgres import PASSWORD, PostgreSQL
from tests.support.synthetic_index import seq_of

pytestmark = pytest.mark.slow

SHIPS = [new_article(f"The ship Aurora{n} left harbour {n * 7}.", id=f"ship{n}", title=f"Ship {n}") for n in range(12)]
ADDING = """
import sys
from pathlib import Path
from assistant.settings import load_settings
from indexes import Index
from indexes.ingest import pipeline
from indexes.types.article import new_article
load_settings()
pipeline.BATCH = 2
ships = [new_article(f"The ship Aurora{n} left harbour {n * 7}.", id=f"ship{n}") for n in range(12)]
with Index(Path(sys.argv[1]), database_url=sys.argv[2]) as index:
    for outcome in index.add(ships):
        print(outcome.article.id, flush=True)
        if outcome.article.id == "ship5":
            sys.stdin.read()
"""


@pytest.fixture
def machine(database_url: str, tmp_path: Path) -> Iterator[Callable[[str], Index]]:
    """Opens the index of one database on a machine of this name."""
    opened: list[Index] = []

    def on(name: str) -> Index:
        opened.append(Index(tmp_path / name, database_url=database_url))
        return opened[-1]

    yield on
    for index in opened:
        index.close()


def added(index: Index, *articles: object) -> list[str]:
    return [outcome.kind for outcome in index.add(articles)]  # type: ignore[arg-type]


def copied(samples: Index, url: str) -> None:
    source, target = place_at(samples.home / "onrecord.db"), place_at(samples.home, url)
    move(source, target, articles_schema)
    source.close()
    target.close()


def everything_told(index: Index) -> list[object]:
    """What an index tells of its articles, in every way it can."""
    store, number = index.store, 1
    filters = (
        Filter(),
        Filter(sources=("Northline News Agency",), since=date(2026, 6, 1)),
        Filter(authors=("ewa lindvar",)),
        Filter(language="en", until=date(2026, 8, 1)),
    )
    found = [
        [(hit.passage.id, hit.rank, hit.channels, round(hit.score, 4), len(hit.copies)) for hit in hits]
        for where in filters
        for question in ("who denied the call?", "How many people were vaccinated?")
        for hits in [index.search(question, where=where)]
    ]
    names = ("", "RIVER", "lindvar", "%", "ß")
    listed = [[article.id for article in store.latest_articles(50, 1, named)] for named in names]
    ids = store.article_ids()
    told = [(store.article(id), store.versions(id), store.copies(id), store.passages_of(id, number)) for id in ids]
    return [found, listed, [store.count_articles(named) for named in names], told, store.counts(), index.outlets()]


def test_a_newsroom_in_postgresql_answers_as_the_same_in_files(
    samples: Index, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(samples, database_url)
    with Index(tmp_path / "another", database_url=database_url) as index:
        with monkeypatch.context() as patched:
            patched.setattr(Embedder, "embed", lambda *_: pytest.fail("what is derived is not embedded again"))
            index.maintenance.follow()
        assert index.problems() == []
        assert index.dense.health == "Chroma"
        shutil.copytree(samples.home, tmp_path / "files")
        shutil.rmtree(tmp_path / "files" / "keywords")  # to be made anew: what was removed shows in the scores
        with Index(tmp_path / "files") as files:
            assert everything_told(index) == everything_told(files)


def test_articles_come_change_and_go(machine: Callable[[str], Index]) -> None:
    index = machine("one")
    assert added(index, *SHIPS[:3]) == ["added"] * 3
    changed = new_article("The ship Aurora1 sank off harbour 7.", id="ship1", title="Ship 1")
    assert added(index, SHIPS[0], changed) == ["unchanged", "updated"]
    assert index.search("Aurora1")[0].article.version == 2
    assert list(index.reindex()) == []
    index.remove(["ship1"])
    assert index.search("sank", channels=["keyword"]) == []
    with pytest.raises(NoSuchArticle):
        index.store.article("ship1", 1)
    assert index.problems() == []


def test_what_one_machine_writes_another_finds_and_what_one_removes_leaves_no_trace_at_the_other(
    machine: Callable[[str], Index],
) -> None:
    one, other = machine("one"), machine("other")
    added(one, *SHIPS)
    assert other.search("Aurora3")[0].channels == ("dense", "keyword")
    gone = seq_of(one.store, "ship3:1:0")
    other.remove(["ship3"])
    assert {hit.article.id for hit in one.search("Aurora3", top=12)} == {f"ship{n}" for n in range(12) if n != 3}
    for index in (one, other):
        named = published(index.store)
        assert named is not None
        assert gone not in Generation(index.home, named).seqs()
        assert index.problems() == []


def test_indexes_derived_from_another_database_are_made_anew(
    machine: Callable[[str], Index], postgresql: PostgreSQL
) -> None:
    first = machine("one")
    added(first, *SHIPS[:4])
    with Index(first.home, database_url=postgresql.new_database()) as second:
        added(second, *reversed(SHIPS[:4]))
        assert second.search("Aurora0", channels=["keyword"])[0].article.id == "ship0"
        assert second.problems() == []


def test_a_second_writer_on_another_machine_is_refused_and_told_who_writes(machine: Callable[[str], Index]) -> None:
    one, other = machine("one"), machine("other")
    writer = one.add(SHIPS)
    next(writer)
    with pytest.raises(
        IndexBusy, match=r"being written by process \d+ on .*, since 20\d\d-\d\d-\d\d .* UTC\. Try again"
    ):
        added(other, SHIPS[0])
    writer.close()
    assert added(other, SHIPS[0]) == ["unchanged"]


def test_a_killed_writer_loses_nothing_and_frees_the_lock(machine: Callable[[str], Index], database_url: str) -> None:
    index = machine("other")
    command = [sys.executable, "-c", ADDING, str(index.home.parent / "one"), database_url]
    writer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    told = [writer.stdout.readline().strip() for _ in range(6)]
    with pytest.raises(IndexBusy):
        added(index, *SHIPS)
    writer.kill()
    writer.communicate()
    kinds = added_when_free(index)
    assert told == [f"ship{n}" for n in range(6)]
    assert kinds[:6] == ["unchanged"] * 6
    assert index.store.article_ids() == sorted(ship.id for ship in SHIPS)
    assert index.store.counts().passages == 12
    assert index.problems() == []


def added_when_free(index: Index) -> list[str]:
    """The server notices that the connection is gone a moment after the kill."""
    ships = [new_article(f"The ship Aurora{n} left harbour {n * 7}.", id=f"ship{n}") for n in range(12)]
    for _ in range(1000):
        try:
            return added(index, *ships)
        except IndexBusy:
            continue
    raise AssertionError("the lock was never freed")


def test_a_writer_that_lost_its_lock_writes_no_more(machine: Callable[[str], Index], postgresql: PostgreSQL) -> None:
    one, other = machine("one"), machine("other")
    added(one, SHIPS[0])
    with one.store.writing_alone():
        postgresql.run(
            "postgres", "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        )
        with other.store.writing_alone():
            for _ in range(2):
                with pytest.raises(DatabaseUnusable), one.store.transaction():
                    one.store.remove("ship0")
    assert one.store.article_ids() == ["ship0"]
    assert added(one, SHIPS[1]) == ["added"]


def test_a_server_that_is_started_again_is_used_again(machine: Callable[[str], Index], postgresql: PostgreSQL) -> None:
    index = machine("one")
    added(index, *SHIPS)
    before = index.search("Aurora3")
    postgresql.stop()
    with pytest.raises(DatabaseUnusable, match=r"cannot be used: Connection refused\. Check the server"):
        index.search("Aurora3")
    postgresql.start()
    assert index.search("Aurora3") == before
    assert added(index, *SHIPS) == ["unchanged"] * 12


def test_what_keeps_it_from_the_database_is_told_without_the_password(postgresql: PostgreSQL, tmp_path: Path) -> None:
    wrong = {
        "password authentication failed": postgresql.url("postgres", password="wrong password"),
        'database "nonesuch" does not exist': postgresql.url("nonesuch"),
        "Connection refused": postgresql.url("postgres", port=1),
    }
    for words, url in wrong.items():
        with pytest.raises(DatabaseUnusable, match=words) as refused:
            Index(tmp_path, database_url=url)
        assert PASSWORD not in str(refused.value)
        assert "wrong password" not in str(refused.value)
        assert "ONRECORD_DATABASE_URL" in str(refused.value)


def test_a_database_of_a_newer_on_record_is_refused(machine: Callable[[str], Index], postgresql: PostgreSQL) -> None:
    machine("one")
    newer = "UPDATE onrecord.alembic_version_articles SET version_num = '0099_next'"
    postgresql.run(postgresql.databases[-1], newer)
    with pytest.raises(IndexDamaged, match=r"another version of On Record \(schema 0099_next\)\. Update On Record"):
        machine("other")


def test_a_database_in_another_encoding_is_refused(postgresql: PostgreSQL, tmp_path: Path) -> None:
    postgresql.run("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(IndexDamaged, match=r"is encoded in LATIN1\. Create one in UTF8"):
        Index(tmp_path, database_url=postgresql.url("latin"))


def test_a_database_that_may_only_be_read_is_searched(machine: Callable[[str], Index], postgresql: PostgreSQL) -> None:
    added(machine("one"), *SHIPS[:3])
    postgresql.run("postgres", f"ALTER DATABASE {postgresql.databases[-1]} SET default_transaction_read_only = on")
    reader = machine("other")
    assert reader.search("Aurora2")[0].article.id == "ship2"
    with pytest.raises(DatabaseUnusable, match="read-only transaction"):
        added(reader, SHIPS[5])


def test_a_role_that_may_do_nothing_else_is_enough(database_url: str, postgresql: PostgreSQL, tmp_path: Path) -> None:
    for statement in (
        f"CREATE ROLE least LOGIN PASSWORD '{PASSWORD}'",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "CREATE SCHEMA onrecord AUTHORIZATION least",
    ):
        postgresql.run(postgresql.databases[-1], statement)
    with Index(tmp_path, database_url=postgresql.url(postgresql.databases[-1], user="least")) as index:
        assert added(index, *SHIPS[:2]) == ["added", "added"]
        assert index.problems() == []


def test_moving_again_changes_nothing_and_another_newsroom_is_not_overwritten(
    samples: Index, index: Index, machine: Callable[[str], Index], database_url: str
) -> None:
    copied(samples, database_url)
    before = machine("one").store.revision()
    copied(samples, database_url)
    assert machine("one").store.revision() == before
    added(index, SHIPS[0])
    with pytest.raises(CannotMove, match=r"already holds other rows, in .*articles"):
        copied(index, database_url)
    assert machine("one").store.counts() == samples.store.counts()


def test_what_is_added_after_a_move_is_told_from_what_was_moved(
    index: Index, machine: Callable[[str], Index], database_url: str
) -> None:
    added(index, *SHIPS[:4])
    index.remove(["ship3"])
    copied(index, database_url)
    there = machine("one")
    added(there, SHIPS[4])
    assert sorted(there.store.live_seqs(1, 99)) == [1, 2, 3, 5]
    assert there.search("Aurora4")[0].article.id == "ship4"


def feeds_told(feeds: FollowedFeeds) -> list[object]:
    url, other = "http://paper.example/feed", "http://radio.example/feed"
    told: list[object] = [feeds.add(url, "Paper"), feeds.add(url, "Paper"), feeds.add(other, "Radio")]
    for link, taken in (("a", True), ("b", False), ("b", False), ("b", True), ("a", False), ("c", False)):
        feeds.tried(url, link, taken)
    feeds.tried("http://nobody.example/feed", "a", True)
    feeds.succeeded(url, Tag("etag", "modified"))
    feeds.failed(other, "gone")
    told += [feeds.done_with(url), [(f.url, f.title, f.tag, f.failure, f.articles) for f in feeds.all()]]
    return [*told, feeds.remove(url).title, [feed.url for feed in feeds.all()], feeds.done_with(url)]


def test_feeds_are_followed_in_postgresql_as_in_a_file(database_url: str, tmp_path: Path) -> None:
    there = FollowedFeeds(tmp_path / "one", database_url)
    assert feeds_told(there) == feeds_told(FollowedFeeds(tmp_path / "file"))
    elsewhere = FollowedFeeds(tmp_path / "other", database_url)
    assert [feed.title for feed in elsewhere.all()] == ["Radio"]
    with there.visiting_alone(), pytest.raises(FeedsBusy, match="checked by process"), elsewhere.visiting_alone():
        pass


def test_a_thread_that_ends_gives_its_connection_back(machine: Callable[[str], Index], index: Index) -> None:
    from threading import Thread

    for one in (index, machine("one")):
        for _ in range(3):
            threads = [Thread(target=one.store.revision) for _ in range(30)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert left_open(one.store.place) <= 5


def left_open(place: Place) -> int:
    return int(place.engine.pool.checkedin() + place.engine.pool.checkedout())  # type: ignore[attr-defined]


def test_a_database_of_the_step_before_is_upgraded_and_its_articles_are_as_before(
    machine: Callable[[str], Index], database_url: str, tmp_path: Path
) -> None:
    one = machine("one")
    assert added(one, *SHIPS[:2]) == ["added", "added"]
    before = [one.store.article(ship.id) for ship in SHIPS[:2]]
    with one.store.transaction() as db:
        for column in ("stated_source", "source_note", "fetched_from", "added_by"):
            db.exec_driver_sql(f"ALTER TABLE versions DROP COLUMN {column}")
        db.exec_driver_sql("DROP TABLE alembic_version_articles")
    one.close()
    two = machine("two")
    assert [two.store.article(ship.id) for ship in SHIPS[:2]] == before
    assert added(two, SHIPS[0], SHIPS[2]) == ["unchanged", "added"]
    source, target = place_at(tmp_path, database_url), place_at(tmp_path / "moved" / "onrecord.db")
    move(source, target, articles_schema)
    source.close()
    target.close()


def test_who_added_an_article_and_who_says_what_it_is_move_with_it(
    machine: Callable[[str], Index], database_url: str, tmp_path: Path
) -> None:
    key = Sender("key feeds", "sent with the key feeds", may_edit=False)
    with Index(tmp_path / "file") as index:
        list(index.add([new_article("The ship left.", id="ship", source="Quay Chronicle")], sender=key))
        copied(index, database_url)
    kept = machine("one").store.article("ship")
    assert (kept.outlet, kept.source) == ("says it is Quay Chronicle, sent with the key feeds", "Quay Chronicle")
    assert kept.added_by == "key feeds"
