"""While it is served, the home's files are opened by the stores alone, and so the locks on its databases hold."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

# What a library of others does: here it is called "others", and opens what it is told to.
_OTHERS = """
import os
from pathlib import Path

def opened(path):
    with open(path, "rb") as file:
        return file.read(4)

def opened_low(path):
    os.close(os.open(path, os.O_RDONLY))
    return b"open"

def opened_path(path):
    return Path(path).read_bytes()[:4]
"""
_SERVES = """
import os, sqlite3, sys
from contextlib import nullcontext
from pathlib import Path
from assistant.web.server.home_guard import only_stores_open
import others

home, is_guarded, way, name = Path(sys.argv[1]), sys.argv[2] == "guarded", sys.argv[3], sys.argv[4]
with only_stores_open(home) if is_guarded else nullcontext():
    db = sqlite3.connect(home / "desk.db", isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    try:
        print(getattr(others, way)(home / name), flush=True)
    except PermissionError as error:
        print("refused:", error, flush=True)
    input()
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "others.py").write_text(_OTHERS, encoding="utf-8")
    home = tmp_path / "home"
    (home / "vectors").mkdir(parents=True)
    (home / "vectors" / "rows").write_bytes(b"rows of vectors")
    for name in ("desk.db", "onrecord.db"):
        db = sqlite3.connect(home / name)
        db.execute("CREATE TABLE kept (word TEXT)")
        db.close()
    (home / "linked").symlink_to(home / "desk.db")
    os.link(home / "desk.db", tmp_path / "another-name")
    return home


def told_and_lock_held(home: Path, guarded: str, way: str, name: str) -> tuple[str, bool]:
    """What a process that holds the desk's lock tells of opening a file, and whether it holds the lock after that."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVES, str(home), guarded, way, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{home.parent}:{Path(__file__).parents[2]}"},
    ) as serving:
        assert serving.stdout is not None
        told = serving.stdout.readline()
        db = sqlite3.connect(home / "desk.db", timeout=0, isolation_level=None)
        try:
            db.execute("BEGIN IMMEDIATE")
            is_held = False
        except sqlite3.OperationalError:
            is_held = True
        finally:
            db.close()
        serving.communicate("\n", timeout=60)
    return told, is_held


def test_a_library_that_opens_and_closes_a_database_takes_its_locks_away_unless_it_is_kept_from_it(home: Path) -> None:
    assert told_and_lock_held(home, "unguarded", "opened", "desk.db") == ("b'SQLi'\n", False)
    told, is_held = told_and_lock_held(home, "guarded", "opened", "desk.db")
    assert told.startswith("refused: ")
    assert is_held


@pytest.mark.parametrize("way", ["opened", "opened_low", "opened_path"])
@pytest.mark.parametrize(
    "name", ["desk.db", "onrecord.db", "linked", "../another-name", "vectors/rows", "vectors/../desk.db"]
)
def test_in_whatever_way_and_under_whatever_name_it_is_refused(home: Path, way: str, name: str) -> None:
    told, is_held = told_and_lock_held(home, "guarded", way, name)
    assert told.startswith("refused: ")
    assert is_held


def test_files_elsewhere_are_everybodys(home: Path) -> None:
    assert told_and_lock_held(home, "guarded", "opened", "../others.py") == ("b'\\nimp'\n", True)
