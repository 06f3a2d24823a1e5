"""kill -9 while writing, for real, a few times; python -m ordeals kills does it three hundred times."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

KILLS = {"at random moments, in adding, removing and reindexing": (5, 0), "as Chroma rewrites its files": (0, 1)}


@pytest.mark.parametrize("when", KILLS)
def test_a_kill_costs_nothing_but_time(when: str) -> None:
    """Neither for a server that starts then, nor for whoever runs the command again. In processes of their own."""
    at_random, aimed = KILLS[when]
    command = [sys.executable, "-m", "ordeals.kills", "--random", str(at_random), "--aimed", str(aimed)]
    done = subprocess.run(command, capture_output=True, text=True)
    kills = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(kills) == at_random + aimed, done.stderr
    assert [(kill["operation"], kill["reader"], kill["writer"]) for kill in kills] == [
        (kill["operation"], "", "") for kill in kills
    ]
