"""The keyword index as something to throw away: behind, damaged or gone, it is brought up to date from the truth."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from indexes import Index
from indexes.search import keyword_index, keyword_integrity
from indexes.types.article import new_article
from tests.support.damage_shapes import AT_REST
from tests.support.killing import wait_until_mended

pytestmark = pytest.mark.slow

Add = Callable[..., list[str]]
SHIPS = [new_article(f"The ship Aurora{n} left harbour on day {n}.", id=f"ship{n}") for n in range(20)]


def found_by_words(index: Index, question: str) -> list[str]:
    return [hit.article.id for hit in index.search(question, channels=("keyword",))]


SHAPES = {shape.name: shape for shape in AT_REST if shape.part == "keywords"}


@pytest.mark.parametrize("shape", [name for name in SHAPES if "older" not in name and "permission" not in name])
def test_damage_is_told_and_mended_from_the_truth(shape: str, index: Index, add: Add) -> None:
    add(*SHIPS)
    SHAPES[shape].inflict(index.home, index.home)
    with Index(index.home) as opened:
        assert any("keyword index" in line for line in opened.problems())
        opened.mend()
        assert opened.problems() == []
        assert found_by_words(opened, "Aurora7") == ["ship7"]


def test_a_file_of_another_segment_is_no_substitute(index: Index, add: Add) -> None:
    """Its own checksum is right."""
    add(*SHIPS[:10])
    other = index.home / "other.idx"
    shutil.copy(next((index.home / "keywords").rglob("*.idx")), other)
    add(*SHIPS[10:])
    list(index.reindex())
    shutil.copy(other, next((index.home / "keywords").rglob("*.idx")))
    with Index(index.home) as opened:
        assert "is not as it was written" in opened.problems()[0]
        assert found_by_words(opened, "Aurora17") == ["ship17"]
        assert opened.problems() == []


def test_words_are_found_while_the_index_is_made_anew(index: Index, add: Add, caplog: pytest.LogCaptureFixture) -> None:
    add(*SHIPS)
    made = threading.Event()

    def make_anew() -> None:
        for _ in range(20):
            keyword_index.rebuild(index.home, index.store, 1)
        made.set()

    with Index(index.home, mends_itself=True) as reader:
        writer = threading.Thread(target=make_anew)
        writer.start()
        while not made.is_set():
            assert found_by_words(reader, "Aurora7") == ["ship7"]
        writer.join()
    assert "cannot be searched" not in caplog.text


def test_a_search_waits_while_one_index_takes_anothers_place(
    index: Index, add: Add, caplog: pytest.LogCaptureFixture
) -> None:
    add(*SHIPS)
    used = index.home / "keywords" / "1"
    with Index(index.home, mends_itself=True) as reader:
        assert found_by_words(reader, "Aurora7") == ["ship7"]
        used.rename(keyword_integrity.replaced(used))
        back = threading.Timer(0.05, lambda: keyword_integrity.replaced(used).rename(used))
        back.start()
        assert found_by_words(reader, "Aurora7") == ["ship7"]
        back.join()
    assert "cannot be searched" not in caplog.text


def test_a_search_makes_a_keyword_index_that_is_missing(index: Index, add: Add) -> None:
    add(*SHIPS)
    shutil.rmtree(index.home / "keywords")
    with Index(index.home) as opened:
        assert found_by_words(opened, "Aurora7") == ["ship7"]


def test_what_was_committed_to_the_truth_alone_is_taken_in_by_the_next_writer(index: Index, add: Add) -> None:
    """As after a kill between the two commits."""
    add(*SHIPS[:10])
    behind = index.home / "behind"
    shutil.copytree(index.home / "keywords", behind)
    add(*SHIPS[10:])
    index.remove(["ship3"])
    with index.store.transaction():
        index.store.execute("INSERT INTO dropped VALUES (4)")  # ship3's passage, as if the index had not yet taken note
    shutil.rmtree(index.home / "keywords")
    behind.rename(index.home / "keywords")
    with Index(index.home) as opened:
        assert found_by_words(opened, "Aurora17") == []
        assert found_by_words(opened, "Aurora3") == []
        opened.mend()
        assert opened.problems() == []
        assert found_by_words(opened, "Aurora17") == ["ship17"]


def test_a_server_takes_in_what_a_killed_writer_left_out(index: Index, add: Add) -> None:
    add(*SHIPS[:10])
    behind = index.home / "behind"
    shutil.copytree(index.home / "keywords", behind)
    add(*SHIPS[10:])
    shutil.rmtree(index.home / "keywords")
    behind.rename(index.home / "keywords")
    with Index(index.home, mends_itself=True) as server:
        found_by_words(server, "Aurora17")
        assert wait_until_mended(server)
        assert found_by_words(server, "Aurora17") == ["ship17"]


def test_the_rarity_of_a_word_is_its_bm25_idf(index: Index, add: Add) -> None:
    import math

    add(*SHIPS)
    rarity = index.rarity({"ship", "aurora7", "zebra"})
    assert rarity["ship"] == pytest.approx(math.log(1 + 0.5 / 20.5))
    assert rarity["aurora7"] == pytest.approx(math.log(1 + 19.5 / 1.5))
    assert rarity["zebra"] == pytest.approx(math.log(1 + 20.5 / 0.5))


def test_rarity_does_not_count_what_a_new_version_no_longer_says(index: Index, add: Add, tmp_path: Path) -> None:
    """However it came to hold what it holds, an index answers alike."""
    add(*SHIPS)
    reworded = [new_article(f"The boat Aurora{n} stayed in harbour.", id=f"ship{n}") for n in range(5)]
    assert add(*reworded) == ["updated"] * 5
    words = {"ship", "boat", "harbour", "aurora7"}
    with Index(tmp_path / "fresh") as fresh:
        list(fresh.add([*SHIPS[5:], *reworded]))
        assert index.rarity(words) == fresh.rarity(words)
