"""The ``onrecord`` command and its sub-commands, one function each."""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from assistant.cli import (
    adding,
    asking,
    auditing,
    backing_up,
    checking,
    claiming,
    evaluating,
    judging,
    keeping,
    letting,
    moving,
    tooling,
    watching,
)
from assistant.cli.output import DONE, EXIT_CODES, FAILED, Json, errors_in_a_line, say_json
from assistant.discreet import be_discreet, in_outline

app = typer.Typer(
    name="onrecord",
    help="Answers questions over your newsroom's own articles, with the sentences that say so.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(adding.add)
app.command()(asking.ask)
app.command()(asking.search)
app.command()(claiming.claims)
app.command()(checking.check_receipt)
app.command()(keeping.info)
app.command()(keeping.remove)
app.command()(keeping.reindex)
app.command()(keeping.doctor)
app.command()(backing_up.backup)
app.command()(backing_up.restore)
app.command()(moving.move)
app.command()(evaluating.evaluate)
app.add_typer(letting.users, name="users")
app.add_typer(letting.keys, name="keys")
app.add_typer(judging.feedback, name="feedback")
app.add_typer(watching.watch)
app.command()(auditing.audit)
app.command()(tooling.mcp)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (setting host).")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on (setting port).")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Serve a page that shows the widget, too: /demo.")] = False,
    json: Json = False,
) -> None:
    """Serve the chat in the browser, until stopped with Ctrl-C."""
    with errors_in_a_line():
        from assistant.settings import load_settings
        from assistant.web.server import serve as run

        settings = load_settings()
        given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
        run(settings.model_copy(update=given), (lambda url: say_json({"url": url})) if json else None, demo)


@app.callback(invoke_without_command=True)
def _options(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        from importlib.metadata import version as installed

        print(installed("onrecord"))
        raise typer.Exit(DONE)


def main() -> None:
    # A terminal that lacks a character shows another one; it is no reason to stop.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    be_discreet()
    try:
        app()
    except Exception as error:  # here, since Typer would show it in full
        print(in_outline(error), file=sys.stderr, flush=True)
        sys.exit(FAILED)
