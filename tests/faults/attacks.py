"""Hostile texts through every page, a proxy in front, everything watched for calls: the tests marked as faults."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.trial import Row, Trial

ROOT = Path(__file__).parents[2]


def run(short: bool) -> Iterator[Row]:
    """``short`` runs those that need no more than a server: the proxy's."""
    files = ["tests/web/test_nginx.py"] if short else []
    command = [sys.executable, "-m", "pytest", "-m", "faults", "-p", "no:cacheprovider", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    counted = {kind: int(count) for count, kind in re.findall(r"(\d+) (passed|failed|error|skipped)", done.stdout)}
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    yield Row(
        "507 hostile texts on nine surfaces in Chromium; Debian's nginx in front; every page watched for calls",
        ", ".join(f"{count} tests {kind}" for kind, count in counted.items()) or "no test ran",
        "every test passes",
        done.returncode == 0 and not counted.get("skipped"),
        "26, 27, 39",
    )
    if failed:
        yield Row("tests that failed", "; ".join(failed), "none", False)


TRIAL = Trial("attacks", "Attacks on the pages", run)
