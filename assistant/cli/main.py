"""The ``onrecord`` command and its sub-commands, one function each."""

from __future__ import annotations

import io
import sys
from importlib.util import find_spec
from typing import Annotated

import typer

from assistant.cli import accounts, add, articles, ask, backup, evaluate, feeds
from assistant.cli.output import DONE, EXIT_CODES, FAILED, Json, complain, errors_in_a_line, opened_index, say_json
from assistant.text.safe_logging import be_discreet, in_outline


def mcp() -> None:
    """Serve the tools ask, search, read_article and claims to another assistant (Model Context Protocol, stdio).

    In the assistant's configuration, the command is onrecord and its argument mcp. onrecord serve offers the same tools
    over HTTP at /mcp.
    """
    if find_spec("mcp") is None:
        complain("onrecord: the Model Context Protocol is not installed. Install it: pip install 'onrecord[mcp]'")
        raise typer.Exit(FAILED)
    with opened_index(mends_itself=True) as (index, settings):
        from assistant.factory import open_assistant
        from assistant.web.api.mcp_tools import tool_server
        from assistant.web.http.queue import AnswerQueue

        tool_server(open_assistant(settings, index), AnswerQueue()).run("stdio")


app = typer.Typer(
    name="onrecord",
    help="Answer questions from your newsroom's own articles, citing the sentences that support the answer.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(add.add)
app.command()(ask.ask)
app.command()(ask.search)
app.command()(ask.claims)
app.command()(ask.check_receipt)
app.command()(articles.info)
app.command()(articles.remove)
app.command()(articles.reindex)
app.command()(articles.doctor)
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(backup.upgrade)
app.command()(backup.move)
app.command()(evaluate.evaluate)
app.add_typer(accounts.users, name="users")
app.add_typer(accounts.keys, name="keys")
app.add_typer(accounts.feedback, name="feedback")
app.add_typer(feeds.watch)
app.command()(accounts.audit)
app.command()(mcp)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (setting host).")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on (setting port).")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Also serve a demo page of the widget at /demo.")] = False,
    json: Json = False,
) -> None:
    """Serve the chat to browsers until stopped with Ctrl-C."""
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
