"""The generated pages of docs/ are what the code makes of them today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from assistant.cli import app
from assistant.settings import Settings
from indexes.ingest.files import FILE_ENDINGS

ROOT = Path(__file__).parent.parent


def test_the_generated_pages_are_not_stale() -> None:
    script = ROOT / "scripts" / "generate_docs.py"
    check = subprocess.run([sys.executable, script, "--check"], cwd=ROOT, capture_output=True, text=True)
    assert (check.returncode, check.stderr) == (0, "")


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_in_the_table_of_settings(name: str) -> None:
    assert f"| `{name}` |" in (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


COMMANDS = [command.callback.__name__.replace("_", "-") for command in app.registered_commands if command.callback]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_section(command: str) -> None:
    assert f"\n## onrecord {command}\n" in (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("ending", FILE_ENDINGS)
def test_every_format_that_is_read_is_named_to_whoever_reads_the_readme(ending: str) -> None:
    assert f"`{ending}`" in (ROOT / "README.md").read_text(encoding="utf-8")
