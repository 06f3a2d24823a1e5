"""Writes docs/settings.md and docs/cli.md from the code. ``--check`` only tells whether they are stale."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from assistant.cli import app
from assistant.cli.output import EXIT_CODES
from assistant.settings import CONFIG_FILE, settings_table

DOCS = Path(__file__).parent.parent / "docs"


def settings_page() -> str:
    return f"""# Settings

Made from the code by `make docs`. Every setting has a working default.

Set one in the environment as `ONRECORD_` and its name in capitals (`ONRECORD_PORT=8000`), or in `{CONFIG_FILE}` in the
folder you start from (`port = 8000`). The environment wins. A name that is no setting is an error.

{settings_table()}
"""


def cli_page() -> str:
    command = typer.main.get_command(app)
    helps = [_help([])] + [_help(name) for name in _names(command)]
    return "# Command line\n\nMade from the code by `make docs`. " + EXIT_CODES + "\n\n" + "\n\n".join(helps) + "\n"


def _names(command: Any) -> list[list[str]]:
    """Every command below ``command``, each followed by those below it."""
    below = sorted(getattr(command, "commands", {}).items())
    return [[name, *rest] for name, child in below for rest in [[], *_names(child)]]


def _help(arguments: list[str]) -> str:
    result = CliRunner().invoke(app, [*arguments, "--help"], prog_name="onrecord", terminal_width=100)
    lines = [line.rstrip() for line in result.output.strip().splitlines()]
    return f"## onrecord {' '.join(arguments)}".rstrip() + "\n\n```\n" + "\n".join(lines) + "\n```"


def main() -> int:
    pages = {DOCS / "settings.md": settings_page(), DOCS / "cli.md": cli_page()}
    stale = [path for path, page in pages.items() if not path.exists() or path.read_text(encoding="utf-8") != page]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.name} is stale: make docs", file=sys.stderr)
        return bool(stale)
    for path in stale:
        path.write_text(pages[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
