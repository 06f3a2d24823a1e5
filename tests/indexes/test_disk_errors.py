"""A disk that is full or fails: one clear line, nothing lost, and done again it ends where it should."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from indexes.storage.disk_errors import failures_told
from indexes.types.errors import DiskFailed, IndexDamaged
from tests.support.fast_index import QuickIndex, story
from tests.support.full_disk import full

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
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
    assert "Everything reported as done is saved" in str(told.value)
    assert "\n" not in str(told.value)


def test_what_is_no_failure_of_the_disk_stays_what_it_was() -> None:
    with pytest.raises(ZeroDivisionError), failures_told(Path("data")):
        raise ZeroDivisionError


LIMITED = """
import resource, sys
from pathlib import Path
from indexes.ingest import pipeline
from indexes.types.errors import DiskFailed
from indexes.fetch.subscriptions import FollowedFeeds
from indexes.storage.writer_lock import writing
from tests.support.fast_index import QuickIndex, story
home, largest = Path(sys.argv[1]), int(sys.argv[2])
pipeline.BATCH = 2
resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
try:
    {}
except DiskFailed as error:
    print("failed:", error)
"""
ADD = "[print(o.article.id, flush=True) for o in QuickIndex(home).add(story(n) for n in range(12)) if o.article]"


def limited(does: str, home: Path, largest: int) -> list[str]:
    """What is printed by a process that may make no file larger than so many bytes."""
    command = [sys.executable, "-c", LIMITED.format(does), str(home), str(largest)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize("largest", [2_000, 40_000, 150_000])
def test_what_was_told_before_the_disk_failed_is_kept_and_the_rest_can_be_added(largest: int, tmp_path: Path) -> None:
    *told, failed = limited(ADD, tmp_path, largest)
    assert failed.startswith(f"failed: {tmp_path}")
    assert "check the disk" in failed or "make room" in failed
    with QuickIndex(tmp_path) as index:
        assert set(told) <= set(index.store.article_ids())
        assert index.store.problems() == []
        kinds = [outcome.kind for outcome in index.add(STORIES)]
        assert kinds.count("unchanged") >= len(told)
        assert index.problems() == []
        assert len(index.store.article_ids()) == len(STORIES)


def test_a_full_disk_is_not_taken_for_a_damaged_index(tmp_path: Path) -> None:
    with QuickIndex(tmp_path) as index:
        list(index.add(STORIES[:1]))
    (line,) = limited("QuickIndex(home)", tmp_path, 0)
    assert "onrecord.db could not be written" in line
    assert "backup" not in line
    (tmp_path / "onrecord.db").write_bytes(b"no database" * 1000)
    with pytest.raises(IndexDamaged):
        QuickIndex(tmp_path)


def test_the_lock_and_the_list_of_feeds_say_so_too(tmp_path: Path) -> None:
    (line,) = limited("writing(home).__enter__()", tmp_path, 0)
    assert "file too large" in line
    (line,) = limited("FollowedFeeds(home).add('https://a.example', '')", tmp_path, 0)
    assert "feeds.db could not be written" in line


def test_a_search_that_cannot_mend_the_index_searches_what_is_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with QuickIndex(tmp_path) as index:
        list(index.add(STORIES))
        assert index.search("What did the bridge cost?")
        shutil.rmtree(tmp_path / "keywords")
        with full():
            found = index.search("What did the bridge cost?")
        assert found
        assert "searched without updating the index first" in caplog.text
        assert index.search("What did the bridge cost?")
        assert index.problems() == []
