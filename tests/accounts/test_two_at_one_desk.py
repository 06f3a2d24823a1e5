"""Several processes at one desk, and a desk opened twice in one of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from assistant.accounts.audit import Event
from assistant.accounts.database import database_at
from assistant.desk import Desk

pytestmark = pytest.mark.slow

_ELSEWHERE = """
import sys
from pathlib import Path
from assistant.accounts.audit import Event
from assistant.accounts.database import database_at
from assistant.desk import Desk
with Desk(database_at(Path(sys.argv[1]))) as desk:
    desk.audit.note(Event.LOGIN, sys.argv[2])
    print(*(entry.about for entry in desk.audit.entries()))
"""


def elsewhere(path: Path, about: str) -> list[str]:
    """What a process sees that notes something, and ends."""
    command = [sys.executable, "-c", _ELSEWHERE, str(path), about]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_what_one_process_notes_others_see_though_it_opened_the_desk_twice(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with Desk(database_at(path)) as desk:
        desk.audit.note(Event.LOGIN, "first")
        with Desk(database_at(path)) as again:
            again.audit.note(Event.LOGIN, "second")
        assert elsewhere(path, "third") == ["first", "second", "third"]
        desk.audit.note(Event.LOGIN, "fourth")
        assert elsewhere(path, "fifth") == ["first", "second", "third", "fourth", "fifth"]
        assert [entry.about for entry in desk.audit.entries()] == ["first", "second", "third", "fourth", "fifth"]
        assert desk.audit.problems() == []
