"""Chroma as something to throw away: built beside, checked on opening, rebuilt from the truth."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from indexes import Index, vectors
from indexes.article import new_article
from indexes.generations import Generation
from indexes.store import Store

Add = Callable[..., list[str]]
SHIPS = [new_article(f"The ship Aurora {n} left harbour {n * 7} on day {n}.", id=f"ship{n}") for n in range(40)]


def chroma_folder(index: Index) -> Path:
    published = vectors.published(index.store)
    assert published is not None
    return index.home / published.folder


def everything_finds_itself(index: Index) -> bool:
    """Whether a search with each stored vector brings up its own passage."""
    stored = [(seq, row) for _, seqs, rows in index.store.vectors(1) for seq, row in zip(seqs, rows, strict=True)]
    return all(
        seq in {found for found, cosine in index.dense.nearest(row, 1, 3) if cosine > 0.999} for seq, row in stored
    )


def test_every_vector_is_found_by_itself_through_chroma(index: Index, add: Add) -> None:
    add(*SHIPS)
    assert index.dense.health == "Chroma"
    assert everything_finds_itself(index)


def test_what_is_added_after_a_generation_is_searched_exactly(index: Index, add: Add) -> None:
    add(*SHIPS[:20])
    first = chroma_folder(index)
    add(*SHIPS[20:])
    assert chroma_folder(index) == first
    assert everything_finds_itself(index)


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
    published = vectors.published(index.store)
    assert published is not None
    assert published.count == 10
    assert everything_finds_itself(index)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "folder gone": shutil.rmtree,
    "database gone": lambda folder: (folder / "chroma.sqlite3").unlink(),
    "database truncated": lambda folder: (folder / "chroma.sqlite3").write_bytes(
        (folder / "chroma.sqlite3").read_bytes()[:5000]
    ),
    "database zeroed": lambda folder: (folder / "chroma.sqlite3").write_bytes(bytes(50_000)),
    "vectors gone": lambda folder: next(folder.glob("*/data_level0.bin")).unlink(),
    "vectors truncated": lambda folder: truncate(next(folder.glob("*/data_level0.bin"))),
    "vectors zeroed": lambda folder: zero(next(folder.glob("*/data_level0.bin"))),
    "links zeroed": lambda folder: zero(next(folder.glob("*/link_lists.bin"))),
    "header zeroed": lambda folder: zero(next(folder.glob("*/header.bin"))),
    "metadata truncated": lambda folder: truncate(next(folder.glob("*/index_metadata.pickle"))),
    "metadata gone": lambda folder: next(folder.glob("*/index_metadata.pickle")).unlink(),
}


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def zero(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index large enough that Chroma has written its own vector files: 1,200 made-up vectors."""
    home = tmp_path_factory.mktemp("large")
    made_up(Store(home / "onrecord.db"), 1200)
    with Index(home) as index:
        index.mend()
    return home


def made_up(store: Store, count: int) -> None:
    from indexes.embedding import PACKAGED_MODEL, locate_model
    from indexes.passages import PASSAGE_RULES, Passage
    from indexes.sentences import Sentence
    from indexes.store import Recipe

    rows = np.random.default_rng(7).normal(size=(count, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    files = locate_model(PACKAGED_MODEL)
    with store.transaction():
        store.put_recipe_in_force(1, Recipe(files.name, files.sha256, "fp32", 240, PASSAGE_RULES))
        for n in range(count):
            article = new_article(f"Sentence {n}.", id=f"a{n}")
            passage = Passage(f"a{n}:1:0", f"a{n}", 1, 0, (Sentence(0, len(article.text)),))
            store.add(article, 1, [passage], rows[n : n + 1])
    store.close()


@pytest.fixture
def damaged_home(large: Path, tmp_path: Path) -> Iterator[Path]:
    shutil.copytree(large, tmp_path / "copy")
    return tmp_path / "copy"


def found_by_its_own_vector(index: Index, n: int) -> bool:
    (_, seqs, rows) = next(index.store.vectors(1, after=n, batch=1))
    return index.dense.nearest(rows[0], 1, 1)[0][0] == seqs[0]


@pytest.mark.parametrize("shape", DAMAGE)
def test_damage_is_noticed_answered_around_and_mended_without_embedding(shape: str, damaged_home: Path) -> None:
    with Index(damaged_home) as index:
        folder = chroma_folder(index)
    DAMAGE[shape](folder)
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
        for thread in threading.enumerate():
            if thread.name == "mend":
                thread.join()
        assert index.dense.health == "Chroma"
        assert index.problems() == []


def test_nothing_of_a_removed_passage_stays_in_any_chroma_folder(index: Index, add: Add) -> None:
    add(*SHIPS)
    index.remove(["ship7"])
    assert [folder.name for folder in (index.home / "chroma").iterdir()] == [chroma_folder(index).name]
    assert "ship7:1:0" not in Generation(index.home, vectors.published(index.store)).ids()  # type: ignore[arg-type]


def test_a_removal_that_changes_no_generation_still_discards_the_one_before(index: Index, add: Add) -> None:
    add(*SHIPS)
    index.remove(["ship1"])
    left_behind = index.home / "chroma" / "999"
    shutil.copytree(chroma_folder(index), left_behind)
    add(new_article("A late ship left the harbour.", id="late"))
    index.remove(["late"])
    assert not left_behind.exists()
