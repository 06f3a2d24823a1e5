"""Vectors on a real ``chroma run``: what a folder does, the server does, and what breaks there fails no question."""

from __future__ import annotations

import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from indexes import Index
from indexes.search import chroma_client, chroma_server, duplicate_vectors
from indexes.search.ann import EngineAway, GenerationDamaged
from indexes.search.chroma_client import Calls, ChromaServer, Collection
from indexes.search.chroma_server import ChromaShared, Shared
from indexes.storage.store import Store
from indexes.types.article import new_article
from tests.support.chroma_run import Chroma
from tests.support.fast_index import QuickIndex, story
from tests.support.index_checks import searched
from tests.support.loopback import Reply, serving
from tests.support.synthetic_index import crowded, hidden, seq_of, wait_until_opened, with_passages

pytestmark = pytest.mark.slow

SHIPS = [new_article(f"The ship Aurora {n} left harbour {n * 7} on day {n}.", id=f"ship{n}") for n in range(40)]

Opener = Callable[..., QuickIndex]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is looked at again at once, and waited for on a busy machine."""
    monkeypatch.setattr(chroma_server, "_PATIENCE", 30.0)
    monkeypatch.setattr(chroma_server, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(chroma_server, "_LONGEST_PAUSE", 0.05)


@pytest.fixture
def opened(tmp_path: Path, chroma: Chroma) -> Iterator[Opener]:
    """Opens the index of this test, or another process's view of it, on the server."""
    indexes: list[QuickIndex] = []

    def open_one(url: str = chroma.url, home: Path = tmp_path / "home", **more: Any) -> QuickIndex:
        indexes.append(QuickIndex(home, chroma=ChromaServer(url), **more))
        return indexes[-1]

    yield open_one
    for index in indexes:
        index.close()


@pytest.fixture
def in_a_folder(tmp_path: Path) -> Iterator[QuickIndex]:
    with QuickIndex(tmp_path / "folder") as index:
        yield index


def added(index: Index, *articles: Any) -> None:
    assert {outcome.kind for outcome in index.add(articles)} <= {"added", "updated"}


def engine(index: Index) -> ChromaShared:
    assert isinstance(index.dense.engine, ChromaShared)
    return index.dense.engine


def published(index: Index) -> Shared:
    named = engine(index).published()
    assert named is not None
    return named


def collection(index: Index) -> Any:
    return engine(index)._calls.collection(engine(index)._collections.name(published(index).number))


def collections(index: Index) -> list[str]:
    ours = engine(index)._collections.name("")
    return [name for name in engine(index)._calls.names() if name.startswith(ours)]


def by_chroma(index: Index, question: str = "Aurora in harbour 49") -> bool:
    """Whether the server serves a search, once what was published last is opened."""
    index.search(question)
    wait_until_opened()
    index.search(question)
    return index.dense.health == engine(index).label and index.dense._state.generation is not None  # type: ignore[union-attr]


def until(state: Callable[[], bool], seconds: float = 60) -> None:
    give_up = time.monotonic() + seconds
    while not state():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def test_the_server_answers_as_a_folder_does(opened: Opener, in_a_folder: QuickIndex) -> None:
    there = opened()
    added(there, *SHIPS)
    added(in_a_folder, *SHIPS)
    assert by_chroma(there)
    assert not searched(there)
    assert there.problems() == []
    found = [[hit.passage.id for hit in one.search("Aurora in harbour 49", top=40)] for one in (there, in_a_folder)]
    assert found[0] == found[1]


def test_articles_are_added_changed_and_removed_on_the_server_too(opened: Opener) -> None:
    index = opened()
    added(index, *SHIPS)
    first = published(index)
    gone = {str(seq_of(index.store, "ship7:1:0"))}
    assert gone <= set(collection(index).get(include=[])["ids"])
    index.remove(["ship7"])
    assert (published(index).number, published(index).count) == (first.number, 39)  # a small change, made in place
    assert not gone & set(collection(index).get(include=[])["ids"])
    added(index, new_article("The ship Aurora 8 sank off harbour 9.", id="ship8"))
    index.remove([f"ship{n}" for n in range(20, 30)])  # a large one
    assert published(index).number > first.number
    assert collections(index) == [engine(index)._collections.name(published(index).number)]
    assert collection(index).count() == 29
    assert not searched(index)
    assert by_chroma(index)


def test_hundreds_that_are_nearly_the_same_hide_no_other_passage_there_either(opened: Opener, tmp_path: Path) -> None:
    vectors = crowded()
    with_passages(Store(tmp_path / "crowd" / "onrecord.db"), vectors)
    with Index(tmp_path / "crowd", chroma=engine(opened())._calls.server) as index:
        index.mend()
        assert (collection(index).count(), published(index).held) == (200 + 10 * 16, len(vectors))
        assert hidden(index, vectors) <= 2  # two threads make the graph, each time another
        assert index.dense.health == engine(index).label


def test_what_is_kept_apart_from_the_server_changes_in_place(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chroma_server.ann, "ENOUGH", 1)
    monkeypatch.setattr(duplicate_vectors, "_TOGETHER", 2)
    one, other = opened(), opened()
    same = [new_article("The ship Aurora left harbour on Monday.", id=f"same{n}") for n in range(5)]
    added(one, *SHIPS, *same[:4])
    first = published(one)
    assert len(first.apart) == 2
    added(one, same[4])
    assert (published(one).number, published(one).apart) == (first.number, first.apart)  # two more may go in
    for gone in ("same3", "same2"):
        one.remove([gone])
        for index in (one, other):
            assert not any(hit.article.id == gone for hit in index.search("Aurora left harbour on Monday", top=44))
            assert by_chroma(index)
    assert (published(one).number, published(one).apart) == (first.number, ())
    assert collection(one).count() == index.store.count_passages(1)


def test_what_lies_on_the_server_is_vectors_and_numbers(opened: Opener) -> None:
    index = opened()
    added(index, *SHIPS[:3])
    held = collection(index).get(include=["documents", "metadatas", "uris"])
    assert all(id.isdecimal() for id in held["ids"])
    assert [held[name] for name in ("documents", "metadatas", "uris")] == [[None] * 3] * 3


def test_another_process_sees_what_was_added_and_what_was_removed(opened: Opener) -> None:
    one, other = opened(), opened()
    added(one, *SHIPS)
    assert by_chroma(other)
    one.remove(["ship3"])
    assert "ship3" not in {hit.article.id for hit in other.search("Aurora 3 harbour 21", top=39)}
    assert by_chroma(other)
    assert not searched(other)


def test_several_machines_share_one_collection_that_only_the_writer_makes(
    database_url: str, opened: Opener, tmp_path: Path
) -> None:
    one = opened(home=tmp_path / "one", database_url=database_url)
    other = opened(home=tmp_path / "other", database_url=database_url)
    added(one, *SHIPS)
    first = published(one)
    assert by_chroma(other)
    assert collections(other) == [engine(one)._collections.name(first.number)]
    other.remove(["ship3"])
    assert published(one) == published(other)
    for index in (one, other):
        assert by_chroma(index)
        assert not searched(index, words=False)
        assert index.problems() == []
    with one.store.writing_alone():
        assert not other.mend()  # not without the lock of all machines


def damaged(index: Index, how: str, server: Chroma) -> None:
    if how == "emptied":
        server.emptied()
    elif how == "collection deleted":
        engine(index)._calls.delete(engine(index)._collections.name(published(index).number))
    elif how == "some deleted":
        collection(index).delete(ids=collection(index).get(include=[])["ids"][:30])
    else:
        held = collection(index).get(include=["embeddings"])
        collection(index).update(ids=held["ids"], embeddings=held["embeddings"][::-1].copy())


@pytest.mark.parametrize("how", ["emptied", "collection deleted", "some deleted", "mixed up"])
def test_damage_on_the_server_is_answered_around_and_mended_without_embedding(
    how: str, opened: Opener, chroma: Chroma
) -> None:
    index = opened()
    added(index, *SHIPS)
    damaged(index, how, chroma)
    later = opened(mends_itself=True)
    assert not searched(later)
    until(lambda: not searched(later) and later.problems() == [] and later.dense.health == engine(later).label)
    assert later.embedder.embedded == 0
    assert by_chroma(later)
    assert not searched(later)


def test_a_server_that_is_away_fails_no_question_and_is_used_again_when_it_is_back(
    opened: Opener, chroma: Chroma, caplog: pytest.LogCaptureFixture
) -> None:
    serving, writer = opened(mends_itself=True), opened()
    added(writer, *SHIPS)
    assert by_chroma(serving)
    chroma.stop()
    try:
        assert not searched(serving)
        assert serving.dense.health == f"exact search, {engine(serving).label} is away"
        assert "cannot be reached" in serving.problems()[0]
        added(writer, new_article("A late ship left the harbour.", id="late"))
        writer.remove(["ship5"])
        assert [line.message for line in caplog.records if "using exact search" in line.message]
        with pytest.raises(EngineAway):
            list(writer.reindex())
    finally:
        chroma.start()
    until(lambda: by_chroma(serving) and published(serving).count == 40)
    assert not searched(serving)


def test_a_folder_that_was_in_use_before_is_left_behind_and_made_anew_when_it_is_again(
    opened: Opener, in_a_folder: QuickIndex
) -> None:
    index = in_a_folder
    added(index, *SHIPS)
    there = opened(home=index.home)
    there.mend()
    assert by_chroma(there)
    assert not (there.home / "chroma").exists()
    assert not searched(index)
    index.mend()
    assert index.problems() == []
    assert index.dense.health == "Chroma"


def test_a_server_killed_while_it_is_sent_vectors_loses_none(opened: Opener, chroma: Chroma, tmp_path: Path) -> None:
    index = opened(mends_itself=True)
    added(index, *SHIPS)
    killer = threading.Timer(0.05, chroma.kill)
    with sending_slowly():
        killer.start()
        index.remove(["ship1"])
        added(index, *(story(n) for n in range(12)))
        killer.join()
        chroma.start()
        until(lambda: index.mend() and by_chroma(index, "bridge"))
    assert published(index).count == index.store.count_passages(1) == collection(index).count()
    assert not searched(index)


@contextmanager
def sending_slowly() -> Iterator[None]:
    """A vector a request, and each change at once."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(chroma_client, "_AT_ONCE", 1)
        patched.setattr(chroma_server.ann, "ENOUGH", 1)
        yield


def test_what_was_removed_while_the_server_was_away_leaves_it_when_it_is_back(opened: Opener, chroma: Chroma) -> None:
    index = opened()
    added(index, *SHIPS)
    gone = {str(seq_of(index.store, "ship7:1:0"))}
    chroma.stop()
    index.remove(["ship7"])
    chroma.start()
    assert gone <= set(collection(index).get(include=[])["ids"])
    assert index.mend()
    assert not gone & set(collection(index).get(include=[])["ids"])
    before = index.store.revision()
    assert index.mend()
    assert index.store.revision() == before


def test_a_large_collection_in_use_never_has_its_files_written_again(opened: Opener, chroma: Chroma) -> None:
    """Chroma rewrites them in place, and does not survive a kill then."""
    index = opened()
    added(index, *(story(n, sentences=80) for n in range(16)))
    assert published(index).built >= 60
    lasting = files(chroma, collection(index).id)
    assert "data_level0.bin" in {name for name, _, _ in lasting}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(chroma_server.ann, "ENOUGH", 1)
        first = published(index).number
        for ship in SHIPS[:5]:
            added(index, ship)
            assert by_chroma(index)
    assert (published(index).number, published(index).changed) == (first, 5)
    assert files(chroma, collection(index).id) == lasting
    chroma.kill()
    chroma.start()
    later = opened()
    assert by_chroma(later)
    assert not searched(later, words=False)


def files(server: Chroma, collection_id: object) -> set[tuple[str, int, int]]:
    """Chroma's own files of a collection, with when they were written."""
    with sqlite3.connect(server.folder / "data" / "chroma.sqlite3") as db:
        rows = db.execute("SELECT id FROM segments WHERE collection = ?", [str(collection_id)]).fetchall()
    found = [file for (id,) in rows for file in (server.folder / "data" / id).glob("*")]
    return {(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in found}


@contextmanager
def silent_server() -> Iterator[str]:
    """Lets anyone connect and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_server_that_was_away_from_the_beginning_is_used_when_it_comes(opened: Opener, chroma: Chroma) -> None:
    writer = opened()
    added(writer, *SHIPS)
    chroma.stop()
    later = opened()
    assert not by_chroma(later)
    chroma.start()
    until(lambda: by_chroma(later))


def test_a_silent_server_holds_a_question_up_once_and_not_for_long(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = opened()
    added(index, *SHIPS)
    monkeypatch.setattr(chroma_server, "_PATIENCE", 0.3)
    with silent_server() as url:
        later = opened(url)
        asked: list[float] = []
        monkeypatch.setattr(Calls, "within", counted(asked))
        assert not searched(later)
        assert asked == [0.3]
        assert "away" in later.dense.health


def counted(asked: list[float]) -> Callable[..., Any]:
    plain = Calls.within

    def within(self: Calls, seconds: float, call: Callable[[], Any]) -> Any:
        asked.append(seconds)
        return plain(self, seconds, call)

    return within


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply("<h1>It works!</h1>"), "does not answer as Chroma does"),
        (Reply("[]", "application/json"), "does not answer as Chroma does"),
        (Reply("<h1>Authorization required</h1>", status=401), "answers 401"),
        (Reply("<h1>Bad gateway: secret of the inside</h1>", status=502), "answers 502"),
        (Reply('{"error": "AuthError", "message": "no"}', "application/json", 403), "refuses: ChromaAuthError"),
    ],
)
def test_what_is_no_chroma_server_or_lets_nobody_in_is_told_and_answered_around(
    reply: Reply, told: str, opened: Opener, tmp_path: Path
) -> None:
    index = opened()
    added(index, *SHIPS[:3])
    name = engine(index)._collections.name(published(index).number)
    with serving() as site:
        site.replies[f"/api/v2/tenants/default_tenant/databases/default_database/collections/{name}"] = reply
        later = opened(site.url(""))
        assert not searched(later)
        (problem,) = later.problems()
        assert problem.startswith(f"vector index: the Chroma server at {site.url('')} {told}")
        assert "inside" not in problem


def test_the_token_goes_to_the_server_and_nowhere_else(opened: Opener, caplog: pytest.LogCaptureFixture) -> None:
    index = opened()
    added(index, *SHIPS[:3])
    with serving() as site, QuickIndex(index.home, chroma=ChromaServer(site.url(""), token="quay-lantern")) as later:
        later.search("Aurora")
        assert {headers["authorization"] for headers in site.headers} == {"Bearer quay-lantern"}
        assert {headers["x-chroma-token"] for headers in site.headers} == {"quay-lantern"}
        told = [*later.problems(), later.dense.health, caplog.text, repr(later.dense.engine.__dict__)]
    assert not [line for line in told if "quay-lantern" in line]


def test_a_collection_that_names_an_embedding_function_has_none_made(
    opened: Opener, chroma: Chroma, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chromadb.utils.embedding_functions import known_embedding_functions

    index = opened()
    added(index, *SHIPS)
    config = {"model_name": "another", "device": "cpu", "normalize_embeddings": False, "kwargs": {}}
    another = {"type": "known", "name": "sentence_transformer", "config": config}
    made = known_embedding_functions["sentence_transformer"]
    monkeypatch.setattr(made, "build_from_config", lambda *_: pytest.fail("it was made"))
    plain = Calls._collection

    def named(self: Calls, model: Any) -> Any:
        model.configuration_json["embedding_function"] = another
        return plain(self, model)

    monkeypatch.setattr(Calls, "_collection", named)
    later = opened(mends_itself=True)
    assert by_chroma(later)
    later.remove(["ship3"])
    list(later.reindex())
    assert not searched(later)


def test_a_server_that_breaks_down_whenever_a_collection_is_searched_gets_another_one(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = opened()
    added(index, *SHIPS)
    later = opened()
    first = published(later)

    def broken(*_: object) -> None:
        raise httpx.ReadError("connection reset")

    with monkeypatch.context() as patched:
        patched.setattr(Collection, "check_sample", broken)
        for _ in range(2):
            with pytest.raises(EngineAway):
                engine(later).check(first)
        with pytest.raises(GenerationDamaged):
            engine(later).check(first)
        assert not searched(later)
    assert later.mend()
    assert published(later).number > first.number
    assert by_chroma(later)


def test_chroma_run_refuses_sparse_indexes_so_tantivy_searches_words(chroma: Chroma) -> None:
    """When this fails, a release of Chroma has them: docs/chroma-server.md says what could then be built."""
    from chromadb import Schema, SparseVectorIndexConfig

    schema = Schema().create_index(config=SparseVectorIndexConfig(), key="words")
    with pytest.raises(Exception, match="Sparse vector indexing is not enabled in local"):
        Calls(ChromaServer(chroma.url))._api.create_collection("words", schema=schema)
