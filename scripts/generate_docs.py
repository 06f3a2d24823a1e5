"""Writes docs/settings.md and docs/cli.md from the code. ``--check`` only tells whether they are stale."""

from __future__ import annotations

import sys
from collections.abc import Iterator
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

Generated from the code by `make docs`. Every setting has a working default.

Set one as an environment variable, `ONRECORD_` plus its name in capitals (`ONRECORD_PORT=8000`), or in `{CONFIG_FILE}`
in the folder you start from (`port = 8000`). The environment takes precedence. An unknown name is an error.

{settings_table()}
"""


def cli_page() -> str:
    helps = [_help(arguments) for arguments in _commands(typer.main.get_command(app), [])]
    return (
        "# Command line\n\nGenerated from the code by `make docs`. " + EXIT_CODES + "\n\n" + "\n\n".join(helps) + "\n"
    )


def _commands(command: Any, arguments: list[str]) -> Iterator[list[str]]:
    """The command itself and all below it, in the order of the alphabet."""
    yield arguments
    for name, below in sorted(getattr(command, "commands", {}).items()):
        yield from _commands(below, [*arguments, name])


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
