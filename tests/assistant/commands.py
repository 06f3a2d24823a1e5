"""Runs ``onrecord`` as a person would: a process of its own, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import forked

ONRECORD = Path(sys.executable).with_name("onrecord")
_LEFT_TO_THE_COMMAND = ("ONRECORD_", "HF_HUB_", "GRADIO_", "ANONYMIZED_", "TOKENIZERS_")


@dataclass(frozen=True)
class Run:
    """What a finished command left: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.removesuffix("\n").split("\n") if self.out else []

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Its output as JSON, one object a line."""
        return [json.loads(line) for line in self.lines]

    @property
    def complaint(self) -> str:
        """The one line it printed on stderr. Fails if it printed more, or none."""
        (line,) = self.err.splitlines()
        return line


def onrecord(folder: Path, *arguments: str | Path, **settings: object) -> Run:
    """Runs ``onrecord arguments`` in ``folder``, with its index in ``folder/data`` unless ``home=`` says otherwise."""
    done = forked.run(arguments, folder, _environment(folder, settings))
    return Run(done.returncode, done.stdout, done.stderr)


def installed(folder: Path, *arguments: str | Path, **settings: object) -> Run:
    """As ``onrecord``, but starts the installed program, whose imports are its own."""
    command, environment = [str(ONRECORD), *map(str, arguments)], _environment(folder, settings)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=300)
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


def _environment(folder: Path, settings: dict[str, object]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_TO_THE_COMMAND)}
    given = {f"ONRECORD_{name.upper()}": str(value) for name, value in {"home": folder / "data", **settings}.items()}
    return kept | given
