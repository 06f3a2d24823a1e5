"""The docs are up to date: generated pages are what the code makes today, and every file they name is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.cli import app
from assistant.settings import Settings
from indexes.ingest.files import FILE_ENDINGS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
HISTORY = ROOT / "docs" / "log.md"
OF_USERS = {"onrecord.toml"}
"""Files that the docs name and a user writes."""

_FILE = re.compile(r"`([\w./-]+\.(?:py|sh|md|toml|html|css|js))`")
_LINK = re.compile(r"\]\(([^)\s]+)\)|\b(?:src|href)=\"([^\"]+)\"")
_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


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


@pytest.mark.parametrize("page", [page for page in PAGES if page != HISTORY], ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    tracked = set(listed.stdout.splitlines())
    there = tracked | {name.rpartition("/")[2] for name in tracked} | OF_USERS
    assert sorted(set(_FILE.findall(page.read_text(encoding="utf-8"))) - there) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    links = {(one or other).partition("#")[0] for one, other in _LINK.findall(text)}
    within = {link for link in links if link and "://" not in link and not link.startswith(("mailto:", "/"))}
    assert [link for link in sorted(within) if not (page.parent / link).exists()] == []
