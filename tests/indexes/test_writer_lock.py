"""One writer at a time, who is named to all others; a killed one is in nobody's way. Two races of fifty."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from indexes.storage import writer_lock
from indexes.storage.writer_lock import holder, writing
from indexes.types.errors import IndexBusy

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
HOLD = """
import sys, time
from pathlib import Path
from indexes.storage.writer_lock import writing
with writing(Path(sys.argv[1])):
    print("holds", flush=True)
    time.sleep(600)
"""
RACES = """
import sys
from pathlib import Path
from tests.faults.races import races
for race in races(2, Path(sys.argv[1])):
    print(race.commands, race.fault)
"""


def test_a_killed_writer_is_in_nobodys_way_and_is_not_named(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "holds\n"
        with pytest.raises(IndexBusy, match=rf"process {process.pid} \(-c .*, since .* UTC\)"), writing(tmp_path):
            pass
        process.kill()
    assert (tmp_path / "writer.json").exists()
    assert holder(tmp_path) == ""
    with writing(tmp_path):
        assert f"process {os.getpid()} " in holder(tmp_path)
    assert holder(tmp_path) == ""


def test_who_took_the_lock_a_moment_ago_is_waited_for_to_say_its_name(tmp_path: Path) -> None:
    """Not the one that was killed before."""
    late = {"pid": os.getpid(), "born": writer_lock._born(os.getpid()), "who": "process 1 (the late one)"}
    earlier = {"pid": os.getpid(), "born": "12", "who": "one that was killed and had the same number"}
    (tmp_path / "writer.json").write_text(json.dumps(earlier), encoding="utf-8")
    taken = FileLock(tmp_path / "writer.lock", thread_local=False)
    with taken:
        says_it = threading.Timer(0.05, lambda: (tmp_path / "writer.json").write_text(json.dumps(late)))
        says_it.start()
        with pytest.raises(IndexBusy, match="the late one"), writing(tmp_path):
            pass
        says_it.join()


def test_a_lock_that_is_given_back_meanwhile_is_taken(tmp_path: Path) -> None:
    taken = FileLock(tmp_path / "writer.lock", thread_local=False)
    taken.acquire()
    given_back = threading.Timer(0.05, taken.release)
    given_back.start()
    with writing(tmp_path):
        given_back.join()


def test_a_holder_that_never_says_its_name_is_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_lock, "_PATIENCE", 0.0)
    taken = FileLock(tmp_path / "writer.lock", thread_local=False)
    with taken, pytest.raises(IndexBusy, match="by another process"), writing(tmp_path):
        pass


def test_of_writers_that_start_at_once_one_writes_and_the_others_are_told_who(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", RACES, str(tmp_path)], cwd=ROOT, capture_output=True, text=True)
    assert [line.rpartition(")")[2] for line in done.stdout.splitlines()] == [" ", " "], done.stdout + done.stderr
