"""Chroma as something to throw away: built beside, checked on opening, rebuilt from the truth."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import pytest

from indexes import Index
from indexes.search import ann, chroma_local, duplicate_vectors
from indexes.search.ann import GenerationDamaged
from indexes.search.chroma_files import published
from indexes.search.chroma_local import Generation
from indexes.storage.store import Store
from indexes.types.article import new_article
from tests.support.damage_shapes import AT_REST
from tests.support.index_checks import searched
from tests.support.killing import wait_until_mended
from tests.support.synthetic_index import crowded, hidden, scattered, seq_of, wait_until_opened, with_passages

pytestmark = pytest.mark.slow

Add = Callable[..., list[str]]
SHIPS = [new_article(f"The ship Aurora {n} left harbour {n * 7} on day {n}.", id=f"ship{n}") for n in range(40)]


def chroma_folder(index: Index) -> Path:
    named = published(index.store)
    assert named is not None
    return index.home / named.folder


def test_every_vector_is_found_by_itself_through_chroma(index: Index, add: Add) -> None:
    add(*SHIPS)
    assert index.dense.health == "Chroma"
    assert not searched(index)


def test_a_larger_graph_is_searched_for_longer(index: Index, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    def looked_at() -> int:
        with chroma_local._opened(chroma_folder(index)) as collection:
            return int(collection.configuration["hnsw"]["ef_search"])

    assert chroma_local.candidates(1_000_000) > chroma_local.candidates(100_000)
    add(*SHIPS)
    assert looked_at() == chroma_local.candidates(len(SHIPS))
    monkeypatch.setattr(chroma_local, "candidates", lambda count: 700 + count)
    index.remove(["ship0"])
    assert looked_at() == 700 + len(SHIPS) - 1


def test_where_chroma_cannot_hold_the_vectors_exact_search_serves(
    index: Index, add: Add, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unsound(*_: object) -> None:
        tried.append(1)
        raise GenerationDamaged("60 of 64 vectors do not find themselves")

    tried = list[int]()
    with monkeypatch.context() as patched:
        patched.setattr(chroma_local, "check_found", unsound)
        assert add(*SHIPS[:30]) == ["added"] * 30
        assert index.dense.health == "exact search"
        assert "using exact search" in caplog.text
        assert not searched(index)
        add(*SHIPS[30:35])
        assert len(tried) == 1  # not for a few more
    add(*SHIPS[35:])
    assert index.dense.health == "exact search"
    index.remove(["ship0"])
    assert index.dense.health == "Chroma"


def test_what_is_added_after_a_generation_is_searched_exactly(index: Index, add: Add) -> None:
    add(*SHIPS[:20])
    first = chroma_folder(index)
    add(*SHIPS[20:])
    assert chroma_folder(index) == first
    assert not searched(index)


def test_chroma_and_exact_search_agree(index: Index, add: Add) -> None:
    add(*SHIPS)
    through_chroma = index.search("Aurora in harbour 49", top=40)
    shutil.rmtree(chroma_folder(index))
    with Index(index.home) as fresh:
        exactly = fresh.search("Aurora in harbour 49", top=40)
        assert "damaged" in fresh.dense.health
    assert [hit.passage.id for hit in exactly] == [hit.passage.id for hit in through_chroma]


def test_removed_passages_leave_chroma_with_the_next_generation(index: Index, add: Add) -> None:
    add(*SHIPS)
    index.remove([f"ship{n}" for n in range(30)])
    named = published(index.store)
    assert named is not None
    assert named.count == 10
    assert not searched(index)


def test_hundreds_that_are_nearly_the_same_hide_no_other_passage(tmp_path: Path) -> None:
    vectors = crowded()
    with_passages(Store(tmp_path / "onrecord.db"), vectors)
    with Index(tmp_path) as index:
        index.mend()
        named = published(index.store)
        assert named is not None
        assert (named.held, len(named.apart)) == (len(vectors), 10 * (200 - 16))
        assert hidden(index, vectors) <= 2  # two threads make the graph, each time another
        assert index.dense.health == "Chroma"
        gone = named.apart[0]
        index.remove([passage.article_id for passage in index.store.passages([gone], 1).values()])
        assert gone not in dict(index.dense.nearest(vectors[gone - 1], 1, 300))
        assert index.problems() == []


def test_what_is_kept_apart_grows_with_the_generation(index: Index, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    def apart() -> int:
        named = published(index.store)
        assert named is not None
        return len(named.apart)

    monkeypatch.setattr(ann, "ENOUGH", 1)
    monkeypatch.setattr(duplicate_vectors, "_TOGETHER", 2)
    same = "The ship Aurora left harbour on Monday."
    add(*SHIPS, *(new_article(same, id=f"same{n}") for n in range(8)))
    assert apart() == 6
    add(*(new_article(same, id=f"again{n}") for n in range(8)))
    assert apart() == 12
    assert not_told_apart(index) == 16
    index.remove([f"same{n}" for n in range(8)])
    assert apart() == 6
    assert not_told_apart(index) == 8
    assert index.problems() == []


def not_told_apart(index: Index) -> int:
    """How many passages are found with the last one's cosine."""
    *_, (_, _, rows) = index.store.vectors(1)
    return sum(cosine > 0.999 for _, cosine in index.dense.nearest(rows[-1], 1, 50))


SHAPES = {shape.name: shape for shape in AT_REST if shape.part == "chroma"}


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index large enough that Chroma has written its own vector files: 1,200 made-up vectors."""
    home = tmp_path_factory.mktemp("large")
    with_passages(Store(home / "onrecord.db"), scattered(1200))
    with Index(home) as index:
        index.mend()
    return home


@pytest.fixture
def damaged_home(large: Path, tmp_path: Path) -> Iterator[Path]:
    shutil.copytree(large, tmp_path / "copy")
    return tmp_path / "copy"


def found_by_its_own_vector(index: Index, n: int) -> bool:
    (_, seqs, rows) = next(index.store.vectors(1, after=n, batch=1))
    return index.dense.nearest(rows[0], 1, 1)[0][0] == seqs[0]


@pytest.mark.parametrize("shape", [name for name in SHAPES if "older" not in name and "permission" not in name])
def test_damage_is_noticed_answered_around_and_mended_without_embedding(shape: str, damaged_home: Path) -> None:
    SHAPES[shape].inflict(damaged_home, damaged_home)
    with Index(damaged_home) as index:
        assert all(found_by_its_own_vector(index, n) for n in range(0, 1200, 60))
        assert "damaged" in index.dense.health
        assert len(index.problems()) == 1
        index.mend()
        assert index.problems() == []
        assert all(found_by_its_own_vector(index, n) for n in range(0, 1200, 60))
        assert index.dense.health == "Chroma"


def test_a_folder_removed_while_serving_loses_no_vector(damaged_home: Path) -> None:
    with Index(damaged_home) as index:
        assert found_by_its_own_vector(index, 17)
        shutil.rmtree(damaged_home / "chroma")
        assert all(found_by_its_own_vector(index, n) for n in range(0, 1200, 60))


def test_a_serving_index_mends_itself_in_the_background(damaged_home: Path) -> None:
    with Index(damaged_home, mends_itself=True) as index:
        shutil.rmtree(chroma_folder(index))
        assert found_by_its_own_vector(index, 17)
        assert wait_until_mended(index)
        assert index.dense.health == "Chroma"


def test_nobody_waits_while_the_next_generation_is_opened(
    index: Index, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(*SHIPS[:30])
    with Index(index.home) as reader:
        assert not searched(reader)
        opening, go_on, check = threading.Event(), threading.Event(), Generation._check

        def slowly(generation: Generation) -> None:
            if threading.current_thread().name == "open":
                opening.set()
                assert go_on.wait(60)
            check(generation)

        monkeypatch.setattr(Generation, "_check", slowly)
        index.remove(["ship7"])
        add(*SHIPS[30:])
        assert not searched(reader)
        assert opening.wait(60)
        assert not searched(reader)
        assert reader.dense._state.generation is None  # type: ignore[union-attr]
        go_on.set()
        wait_until_opened()
        assert not searched(reader)
        assert reader.dense._state.generation.published == published(index.store)  # type: ignore[union-attr]


def test_a_next_generation_that_is_damaged_is_noticed_and_never_used(index: Index, add: Add) -> None:
    add(*SHIPS[:30])
    with Index(index.home, mends_itself=True) as reader:
        assert not searched(reader)
        index.remove(["ship7"])
        next(chroma_folder(index).glob("*/data_level0.bin")).write_bytes(b"nothing")
        assert not searched(reader)
        assert wait_until_mended(reader)
        assert not searched(reader)
        assert reader.problems() == []


def test_nothing_of_a_removed_passage_stays_in_any_chroma_folder(index: Index, add: Add) -> None:
    add(*SHIPS)
    gone = seq_of(index.store, "ship7:1:0")
    index.remove(["ship7"])
    assert [folder.name for folder in (index.home / "chroma").iterdir()] == [chroma_folder(index).name]
    assert gone not in Generation(index.home, published(index.store)).seqs()  # type: ignore[arg-type]


def test_a_removal_that_changes_no_generation_still_discards_the_one_before(index: Index, add: Add) -> None:
    add(*SHIPS)
    index.remove(["ship1"])
    left_behind = index.home / "chroma" / "999"
    shutil.copytree(chroma_folder(index), left_behind)
    add(new_article("A late ship left the harbour.", id="late"))
    index.remove(["late"])
    assert not left_behind.exists()


@pytest.mark.parametrize("count", [2, 3, 40, 1001])
def test_opening_and_asking_changes_no_byte_of_a_generation(count: int, tmp_path: Path) -> None:
    with_passages(Store(tmp_path / "onrecord.db"), scattered(count))
    with Index(tmp_path) as index:
        index.mend()
        folder = chroma_folder(index)
        before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        for _ in range(2):
            with Index(tmp_path) as other:
                assert found_by_its_own_vector(other, count // 2)
                assert other.dense.health == "Chroma"
        assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before


def test_a_generation_is_opened_while_another_thread_closes_it(
    index: Index, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chromadb.api.shared_system_client import SharedSystemClient

    add(*SHIPS)
    named = published(index.store)
    assert named is not None
    first = Generation(index.home, named)
    opening, closed, count = threading.Event(), threading.Event(), SharedSystemClient._increment_refcount

    def slowly(identifier: str) -> None:
        opening.set()
        closed.wait(0.5)  # as long as it is opened, nobody closes it
        count(identifier)

    monkeypatch.setattr(SharedSystemClient, "_increment_refcount", slowly)
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(Generation, index.home, named)
        assert opening.wait(60)
        first.close()
        closed.set()
        assert len(second.result().seqs()) == len(SHIPS)
        second.result().close()


def test_a_single_passage_is_searched_without_chroma(index: Index, add: Add) -> None:
    add(SHIPS[0])
    assert index.dense.health == "exact search"
    before = index.store.revision()
    add(SHIPS[0])
    assert index.store.revision() == before
    add(SHIPS[1])
    index.remove(["ship1"])
    assert not searched(index)
    assert list((index.home / "chroma").glob("*")) == []


def test_what_chroma_says_is_held_against_the_stored_vectors(index: Index, add: Add) -> None:
    """As if a generation held other vectors than the passages', and its checksums were right."""
    add(*SHIPS)
    (ids, seqs, rows) = next(index.store.vectors(1))
    wrong = chroma_local.build(index.home, 999, 1, None, (), [(ids, seqs, rows[::-1].copy())])
    with index.store.transaction():
        index.store.remember("chroma", asdict(wrong))
    assert not searched(index)
    assert "damaged" in index.dense.health


def open_files_of(folder: Path) -> set[str]:
    """Generations of which this process has a file open."""
    links = [os.readlink(one) for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
    return {Path(link).relative_to(folder).parts[0] for link in links if link.startswith(f"{folder}/")}


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells which files are open")
def test_a_generation_that_another_took_the_place_of_holds_no_file_open(index: Index, add: Add) -> None:
    add(*(new_article(f"The ferry {n} is late.", id=str(n)) for n in range(8)))
    for n in range(5):
        index.remove([str(n)])
        index.search("When is the ferry late?")
        wait_until_opened()
        index.search("When is the ferry late?")
    assert open_files_of(chroma_folder(index).parent.resolve()) <= {chroma_folder(index).name}
