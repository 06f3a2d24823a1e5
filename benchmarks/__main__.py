"""Measures how fast On Record is, and writes it to docs/benchmarks.md.

    python -m benchmarks [NAME …] [--short]

Each trial replaces its own section of the page; rows that were missed stand there too. Machines are noisy: believe
ratios and medians.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import adding, asking, growth
from benchmarks.trial import Trial, run_from_command_line

TRIALS: tuple[Trial, ...] = (adding.TRIAL, asking.TRIAL, growth.TRIAL)
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"

if __name__ == "__main__":
    sys.exit(run_from_command_line(__doc__, TRIALS, PAGE, "benchmarks"))
