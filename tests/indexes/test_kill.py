"""kill -9 while writing, for real, a few times; python -m tests.faults kills does it three hundred times."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent


def test_a_kill_costs_nothing_but_time() -> None:
    """Neither for a server that starts then, nor for whoever runs the command again."""
    command = [sys.executable, "-m", "tests.faults.kills", "--random", "2", "--aimed", "1"]  # no fork of this process
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    kills = [json.loads(line) for line in done.stdout.splitlines()]
    assert [kill["operation"] for kill in kills] == ["add", "remove", "add"], done.stderr
    assert [(kill["plan"], kill["reader"] or kill["writer"]) for kill in kills] == [
        (kill["plan"], "") for kill in kills
    ]
