"""The ``onrecord`` command and its sub-commands, one function each."""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from assistant.cli import (
    accounts,
    add,
    articles,
    ask,
    auditing,
    backup,
    checking,
    claiming,
    evaluate,
    feeds,
    judging,
    moving,
    tooling,
)
from assistant.cli.output import DONE, EXIT_CODES, FAILED, Json, errors_in_a_line, say_json
from assistant.text.safe_logging import be_discreet, in_outline

app = typer.Typer(
    name="onrecord",
    help="Answers questions over your newsroom's own articles, with the sentences that say so.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(add.add)
app.command()(ask.ask)
app.command()(ask.search)
app.command()(claiming.claims)
app.command()(checking.check_receipt)
app.command()(articles.info)
app.command()(articles.remove)
app.command()(articles.reindex)
app.command()(articles.doctor)
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(moving.move)
app.command()(evaluate.evaluate)
app.add_typer(accounts.users, name="users")
app.add_typer(accounts.keys, name="keys")
app.add_typer(judging.feedback, name="feedback")
app.add_typer(feeds.watch)
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
        from assistant.web.server.server import serve as run

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
