"""Puts On Record through faults and attacks, and writes what became of it to docs/reliability.md.

    python -m tests.faults [NAME …] [--short]

The whole takes hours. Each trial replaces its own section of the page; rows that were missed stand there too.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.trial import Trial, run_from_command_line
from tests.faults import (
    attacks,
    chroma_server,
    damage,
    disk,
    egress,
    fuzzing,
    hostile,
    keeping,
    kills,
    load,
    models,
    races,
    ray_cluster,
    readers,
    soak,
    supply,
    traces,
)

TRIALS: tuple[Trial, ...] = (
    kills.TRIAL,
    damage.TRIAL,
    races.TRIAL,
    models.TRIAL,
    disk.TRIAL,
    keeping.TRIAL,
    readers.TRIAL,
    chroma_server.TRIAL,
    ray_cluster.TRIAL,
    hostile.TRIAL,
    load.TRIAL,
    soak.TRIAL,
    attacks.TRIAL,
    fuzzing.TRIAL,
    egress.TRIAL,
    traces.TRIAL,
    supply.TRIAL,
)
PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"

if __name__ == "__main__":
    sys.exit(run_from_command_line(__doc__, TRIALS, PAGE, "tests.faults"))
