"""What a process writes of its errors: where and which, never the words they quote, whoever prints them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BEGINNING = """
import asyncio, logging, sqlite3, threading, traceback, warnings
from assistant.text.safe_logging import be_discreet
be_discreet()
def fail():
    try:
        raise KeyError("who is Quillwort?")
    except KeyError as error:
        raise ValueError("who is Quillwort?") from error
"""
WAYS = {
    "an error that nobody caught": "fail()",
    "in a thread": "thread = threading.Thread(target=fail); thread.start(); thread.join()",
    "logged": "try: fail()\nexcept ValueError: logging.getLogger('x').exception('it failed')",
    "printed by a library": "try: fail()\nexcept ValueError: traceback.print_exc()",
    "in a destructor": "class D:\n    def __del__(self): fail()\nD()",
    "in a task": "async def main():\n    async def failing(): fail()\n    task = asyncio.create_task(failing())\n"
    "    await asyncio.sleep(0)\n    del task\nasyncio.run(main())",
}


def written_by(code: str, **environment: str) -> str:
    """What a fresh interpreter prints on either channel."""
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin", **environment}
    done = subprocess.run([sys.executable, "-c", BEGINNING + code], env=environment, capture_output=True, text=True)
    return done.stdout + done.stderr


@pytest.mark.parametrize("way", WAYS)
def test_an_errors_kind_and_place_are_told_and_not_its_words(way: str) -> None:
    written = written_by(WAYS[way])
    assert "Quillwort" not in written
    assert "builtins.ValueError" in written
    assert "builtins.KeyError" in written
    assert "in fail" in written


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("open('/no/such/file')", "builtins.FileNotFoundError: no such file or directory"),
        ("sqlite3.connect(':memory:').execute('SELECT * FROM no_table')", "OperationalError: no such table: no_table"),
    ],
)
def test_what_the_system_and_sqlite_say_is_told(code: str, told: str) -> None:
    assert told in written_by(code)


def test_a_command_that_breaks_tells_no_words_either() -> None:
    code = (
        "import sys, assistant.settings\nfrom assistant.cli import main\n"
        "assistant.settings.load_settings = fail\nsys.argv = ['onrecord', 'info']\nmain()"
    )
    written = written_by(code)
    assert "Quillwort" not in written
    assert "builtins.ValueError" in written


def test_below_a_warning_no_library_says_anything() -> None:
    code = (
        "logger = logging.getLogger('httpx'); logger.setLevel(logging.DEBUG)\n"
        "logger.debug('Quillwort'); logger.info('Quillwort'); warnings.warn('Quillwort'); logger.warning('said')"
    )
    assert written_by(code) == "warning httpx: said\n"


def test_a_line_of_the_log_stays_one_line() -> None:
    assert written_by(r"logging.error('a\nerror root: b\x1b[2J')").count("\n") == 1


def test_what_is_written_is_for_its_owner_alone_and_a_crash_leaves_nothing(tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'x')!r}, 'w')\nimport resource; print(resource.getrlimit(resource.RLIMIT_CORE))"
    assert written_by(code) == "(0, 0)\n"
    assert (tmp_path / "x").stat().st_mode & 0o077 == 0
