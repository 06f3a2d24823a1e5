"""Adding with a batch being embedded while the next is cut: the order, what is on disk when, and how it ends early."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pytest

from indexes import Article, Index
from indexes.embedding.embedder import PACKAGED_MODEL, Embedder, EmbeddingCancelled, FairLock, locate_model
from indexes.ingest import pipeline
from indexes.types.article import new_article

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors

pytestmark = pytest.mark.slow


def ship(n: int, harbour: str = "Karsholm") -> Article:
    return new_article(f"The ship number {n} left the harbour of {harbour}.", id=f"ship{n}")


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 2)


@pytest.mark.usefixtures("small_batches")
def test_outcomes_come_in_order_and_each_is_on_disk_when_it_is_told(index: Index) -> None:
    articles = [
        ship(0),
        ship(1),
        ship(0),
        new_article("...\n", id="dots", title="..."),
        ship(2),
        ship(1, "Tarn"),
        ship(3),
        ship(4),
    ]
    told = []
    with Index(index.home) as reader:
        for outcome in index.add(articles):
            told.append(outcome.kind)
            if outcome.article is not None:
                assert reader.store.knows(outcome.article)
    assert told == ["added", "added", "unchanged", "refused", "added", "updated", "added", "added"]
    assert index.store.versions("ship1") == [1, 2]


@pytest.mark.usefixtures("small_batches")
def test_the_next_articles_are_read_while_passages_are_embedded(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    read_on = threading.Event()
    embed = Embedder.embed

    def embed_late(embedder: Embedder, texts: Sequence[str], unwanted: threading.Event | None = None) -> Vectors:
        assert read_on.wait(60), "nothing is read before the first batch is embedded"
        return embed(embedder, texts, unwanted)

    def found() -> Iterator[Article]:
        yield from (ship(0), ship(1), ship(2))
        read_on.set()
        yield ship(3)

    monkeypatch.setattr(Embedder, "embed", embed_late)
    assert [outcome.kind for outcome in index.add(found())] == ["added"] * 4


@pytest.mark.usefixtures("small_batches")
def test_what_fails_while_embedding_is_raised_and_what_was_told_stays(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed = Embedder.embed

    def fails_at_ship_4(embedder: Embedder, texts: Sequence[str], unwanted: threading.Event | None = None) -> Vectors:
        if any("number 4" in text for text in texts):
            raise MemoryError("no room for ship 4")
        return embed(embedder, texts, unwanted)

    monkeypatch.setattr(Embedder, "embed", fails_at_ship_4)
    listening = index.add(map(ship, range(8)))
    assert [next(listening).kind for _ in range(4)] == ["added"] * 4
    with pytest.raises(MemoryError, match="ship 4"):
        next(listening)
    assert index.store.article_ids() == ["ship0", "ship1", "ship2", "ship3"]
    monkeypatch.setattr(Embedder, "embed", embed)
    assert [outcome.kind for outcome in index.add(map(ship, range(8)))] == ["unchanged"] * 4 + ["added"] * 4


@pytest.mark.usefixtures("small_batches")
def test_whoever_stops_listening_stops_the_work(index: Index) -> None:
    adding_ships = index.add(map(ship, range(100)))
    assert next(adding_ships).kind == "added"
    adding_ships.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("embedding")]
    assert len(index.store.article_ids()) < 8
    assert [outcome.kind for outcome in index.add(map(ship, range(8)))].count("added") >= 1
    assert index.problems() == []


@pytest.mark.parametrize(("number_format", "off"), [("fp32", 1e-6), ("int8", 2e-3)])
def test_vectors_do_not_depend_on_what_is_embedded_beside_them(
    number_format: str, off: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In int8 the last bit of a number may decide how it is rounded."""
    embedder = Embedder(locate_model(PACKAGED_MODEL), number_format)
    texts = [f"Ship {n} " + "sailed on and on " * (n * 7 % 30) for n in range(8)]
    together = embedder.embed(texts)
    monkeypatch.setattr(Embedder, "batch_tokens", 1)
    assert together.shape == (8, 384)
    alone = embedder.embed(texts[::-1])[::-1].astype(float)
    assert (alone * together).sum(1).min() > 1 - off


def test_embedding_nobody_wants_any_more_stops(index: Index) -> None:
    unwanted = threading.Event()
    unwanted.set()
    with pytest.raises(EmbeddingCancelled):
        index.builder().embedder.embed(["The harbour reopened."], unwanted)


def test_a_thread_that_asked_for_a_turn_gets_it_before_the_next_turn_of_the_one_that_works() -> None:
    turns, waits = FairLock(), threading.Event()
    order: list[str] = []

    def ask() -> None:
        waits.set()
        with turns.turn():
            order.append("question")

    asking = threading.Thread(target=ask)
    with turns.turn():
        asking.start()
        assert waits.wait(60)
        while not turns.waiting:
            time.sleep(0.001)
    for _ in range(3):
        with turns.turn():
            order.append("batch")
    asking.join(60)
    assert order == ["question", "batch", "batch", "batch"]


def test_who_has_gone_is_not_waited_for_while_their_articles_are_embedded(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, gone = threading.Event(), threading.Event()

    def made(_: object, __: object, unwanted: threading.Event) -> None:
        began.set()
        unwanted.wait(60)
        raise EmbeddingCancelled

    monkeypatch.setattr(pipeline, "made", made)
    threading.Thread(target=lambda: (began.wait(60), gone.set())).start()
    with pytest.raises(EmbeddingCancelled):
        list(index.add([ship(1)], lambda builder: pipeline.OneThread(builder, gone)))
    assert index.is_empty()
    monkeypatch.undo()
    assert [outcome.kind for outcome in index.add([ship(1)])] == ["added"]
