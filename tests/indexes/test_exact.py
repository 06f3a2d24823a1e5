"""The vector file: exact search by arithmetic, and a copy that is never believed over the truth."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import Index
from indexes.search import exact
from indexes.search.exact import VectorFile
from indexes.storage.checksums import crc32_read
from indexes.types.article import new_article
from tests.support.damage_shapes import AT_REST
from tests.support.index_checks import searched
from tests.support.killing import wait_until_mended

pytestmark = pytest.mark.slow

Add = Callable[..., list[str]]
SHIPS = [new_article(f"The ship Aurora {n} left harbour {n * 7} on day {n}.", id=f"ship{n}") for n in range(30)]


@given(
    seqs=st.lists(st.integers(1, 10_000), min_size=1, max_size=60, unique=True).map(sorted),
    seed=st.integers(0, 2**32 - 1),
    top=st.integers(1, 20),
    data=st.data(),
)
def test_the_nearest_are_the_nearest_of_those_allowed(
    seqs: list[int], seed: int, top: int, data: st.DataObject
) -> None:
    random = np.random.default_rng(seed)
    rows, vector = random.normal(size=(len(seqs), 8)).astype(np.float32), random.normal(size=8).astype(np.float32)
    file = VectorFile(np.array(seqs), rows)
    among = data.draw(st.lists(st.sampled_from([*seqs, 10_001]), unique=True).map(sorted))
    after = data.draw(st.integers(0, 10_000))
    cosines = dict(zip(seqs, (rows @ vector).tolist(), strict=True))

    def best(allowed: list[int]) -> list[float]:
        return sorted((cosines[seq] for seq in allowed), reverse=True)[:top]

    from_among = list(file.nearest(vector, top, among=np.array(among, np.int64)))
    assert [cosine for _, cosine in from_among] == pytest.approx(best([s for s in among if s in cosines]), abs=1e-5)
    from_rest = list(file.nearest(vector, top, after=after))
    assert [cosine for _, cosine in from_rest] == pytest.approx(best([s for s in seqs if s > after]), abs=1e-5)
    assert all(cosines[seq] == pytest.approx(cosine, abs=1e-5) for seq, cosine in [*from_among, *from_rest])


def rows_file(index: Index) -> Path:
    return next((index.home / "vectors").rglob("rows.f32"))


SHAPES = {shape.name: shape for shape in AT_REST if shape.part == "vectors"}


@pytest.mark.parametrize("shape", [name for name in SHAPES if "older" not in name and "permission" not in name])
def test_a_damaged_file_is_told_answered_around_and_mended(shape: str, index: Index, add: Add) -> None:
    add(*SHIPS)
    before = index.search("Aurora 7", 30)
    SHAPES[shape].inflict(index.home, index.home)
    with Index(index.home) as opened:
        assert [hit.passage.id for hit in opened.search("Aurora 7", 30)] == [hit.passage.id for hit in before]
        assert not searched(opened, words=False)
        assert len(opened.problems()) == 1
        opened.mend()
        assert opened.problems() == []


def test_what_a_kill_left_half_written_is_written_again(index: Index, add: Add) -> None:
    add(*SHIPS)
    whole = rows_file(index).read_bytes()
    with rows_file(index).open("ab") as file:
        file.write(whole[:2001])
    with Index(index.home) as opened:
        assert not searched(opened)
        list(opened.add([new_article("The ship Borealis stayed.", id="late")]))
        assert opened.problems() == []
        assert not searched(opened)
        assert rows_file(index).read_bytes()[: len(whole)] == whole


def test_rows_that_change_under_a_server_are_found_out_by_the_answers(index: Index, add: Add) -> None:
    add(*SHIPS)
    (_, seqs, rows) = next(index.store.vectors(1))
    with Index(index.home, mends_itself=True) as opened:
        assert next(iter(opened.dense.nearest(rows[3], 1, 1, among=seqs)))[0] == seqs[3]
        with rows_file(index).open("r+b") as file:
            file.write(bytes(os.fstat(file.fileno()).st_size))
        assert next(iter(opened.dense.nearest(rows[3], 1, 1, among=seqs)))[0] == seqs[3]
        assert wait_until_mended(opened)


def test_a_writer_may_begin_anew_while_another_reads(index: Index, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    add(*SHIPS)
    folder = rows_file(index).parent

    def checked_and_gone(*args: Any) -> int:
        checksum = crc32_read(*args)
        shutil.rmtree(folder)
        folder.mkdir()
        for name in ("rows.f32", "seqs.i64"):
            (folder / name).touch()
        return checksum

    monkeypatch.setattr(exact, "crc32_read", checked_and_gone)
    opened = exact.opened(index.home, index.store, 1, None, None)
    assert not opened.damage
    assert opened.seqs.tolist() == list(range(1, 31))


def test_rows_that_were_checked_are_not_read_again_unless_others_are_in_their_place(
    index: Index, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = list[int]()

    def counted(opened: Any, size: int, checksum: int = 0) -> int:
        read.append(size)
        return crc32_read(opened, size, checksum)

    add(*SHIPS[:20])
    before = exact.opened(index.home, index.store, 1, None, None)
    add(*SHIPS[20:])
    monkeypatch.setattr(exact, "crc32_read", counted)
    for rows_read in ([10], [10, 30]):
        after = exact.opened(index.home, index.store, 1, before, None)
        assert (after.seqs.tolist(), after.damage) == (list(range(1, 31)), "")
        assert read == [4 * 384 * rows for rows in rows_read]
        read.clear()
        before.sums = replace(before.sums, rows=1)


def test_nothing_of_a_removed_passage_stays_in_the_file(index: Index, add: Add) -> None:
    add(*SHIPS)
    (gone,) = index.store.vectors_of(1, [8]).values()
    index.remove(["ship7"])
    assert gone.tobytes() not in rows_file(index).read_bytes()
