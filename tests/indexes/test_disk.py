"""A disk that is full or fails: one clear line, nothing lost, and done again it ends where it should."""

from __future__ import annotations

import errno
import os
import resource
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from indexes import adding
from indexes.disk import failures_told
from indexes.errors import DiskFailed, IndexDamaged
from indexes.followed import FollowedFeeds
from indexes.lock import writing
from ordeals.quick import QuickIndex, story

STORIES = [story(n) for n in range(12)]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "data/rows"),
            "data/rows could not be written: the disk is full",
        ),
        (sqlite3.OperationalError("database or disk is full"), "data could not be written: the disk is full"),
        (sqlite3.OperationalError("disk I/O error"), "data could not be written: disk i/o error"),
        (ValueError("An IO error occurred: 'No space left on device (os error 28)'"), "the disk is full"),
        (OSError(errno.EIO, os.strerror(errno.EIO), "data/rows"), "data/rows could not be written: input/output error"),
    ],
)
def test_a_failing_disk_is_told_in_one_line_with_what_to_do(error: Exception, said: str) -> None:
    with pytest.raises(DiskFailed) as told, failures_told(Path("data")):
        raise error
    assert said in str(told.value)
    assert "What was told as done is kept" in str(told.value)
    assert "\n" not in str(told.value)


def test_what_is_no_failure_of_the_disk_stays_what_it_was() -> None:
    with pytest.raises(ZeroDivisionError), failures_told(Path("data")):
        raise ZeroDivisionError


def limited(does: Callable[[], None], largest: int) -> list[str]:
    """What ``does`` told, in a child that may make no file larger than so many bytes."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(write, 1)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
        try:
            does()
        except DiskFailed as error:
            os.write(1, f"failed: {error}\n".encode())
        finally:
            os._exit(0)
    os.close(write)
    with open(read, encoding="utf-8") as told:
        lines = told.read().splitlines()
    os.waitpid(child, 0)
    return lines


@pytest.mark.parametrize("largest", [2_000, 40_000, 90_000, 150_000])
def test_what_was_told_before_the_disk_failed_is_kept_and_the_rest_can_be_added(
    largest: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding, "BATCH", 2)

    def add() -> None:
        with QuickIndex(tmp_path / "home") as index:
            for outcome in index.add(STORIES):
                os.write(1, f"{outcome.where or outcome.article.id}\n".encode())  # type: ignore[union-attr]

    *told, failed = limited(add, largest)
    assert failed.startswith(f"failed: {tmp_path / 'home'}")
    assert "see to the disk" in failed or "make room" in failed
    with QuickIndex(tmp_path / "home") as index:
        assert set(told) <= set(index.store.article_ids())
        assert index.store.problems() == []
        kinds = [outcome.kind for outcome in index.add(STORIES)]
        assert kinds.count("unchanged") >= len(told)
        assert index.problems() == []
        assert len(index.store.article_ids()) == len(STORIES)


def test_a_full_disk_is_not_taken_for_a_damaged_index(tmp_path: Path) -> None:
    with QuickIndex(tmp_path / "home") as index:
        list(index.add(STORIES[:1]))
    (line,) = limited(lambda: QuickIndex(tmp_path / "home").store.revision() and None, 0)
    assert "could not be written" in line
    assert "backup" not in line
    (tmp_path / "home" / "onrecord.db").write_bytes(b"no database" * 1000)
    with pytest.raises(IndexDamaged):
        QuickIndex(tmp_path / "home")


def test_the_lock_and_the_list_of_feeds_say_so_too(tmp_path: Path) -> None:
    def lock() -> None:
        with writing(tmp_path):
            pass

    assert "file too large" in limited(lock, 0)[0]
    assert (
        "feeds.db could not be written" in limited(lambda: FollowedFeeds(tmp_path).add("https://a.example", ""), 0)[0]
    )
